"""Roles as data, what each gave when, and who holds them where and for how long."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from compliance.periods import Period, earliest
from orders.kernel.ids import new_id
from orders.models.organisation import Account, Desk, Firm


class Role(models.Model):
    """A named set of permissions of the vocabulary (orders/permissions.py)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=32, unique=True)
    permissions = ArrayField(models.CharField(max_length=32))

    class Meta:
        default_permissions = ()
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name.replace("_", " ")


class RoleDefinition(models.Model):
    """What a role gives from a moment of recorded time until its next definition. Rows are only added."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")
    permissions = ArrayField(models.CharField(max_length=32))
    recorded_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ("id",)


class RoleGrant(models.Model):
    """A person holds a role on exactly one firm, desk or account, for a period of recorded time.

    From `effective_from` on, until before `effective_until` (null: without an end) or `revoked_at`, whichever is first.
    `delegated_from` is the grant of `delegator` in whose place the person holds it. `asked_by` and `agreed_by` are the
    two who changed that, by `approval`; all null where a command of the house did. `begun_at` and `ended_at` say when
    its permissions were written and removed. Only those two and `revoked_at` are ever written to its row, each once.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("orders.User", on_delete=models.PROTECT, related_name="+")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")
    firm = models.ForeignKey("orders.Firm", null=True, on_delete=models.PROTECT, related_name="+")
    desk = models.ForeignKey("orders.Desk", null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("orders.Account", null=True, on_delete=models.PROTECT, related_name="+")
    effective_from = models.DateTimeField()
    effective_until = models.DateTimeField(null=True)
    delegated_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    delegator = models.ForeignKey("orders.User", null=True, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey("orders.User", null=True, on_delete=models.PROTECT, related_name="+")
    agreed_by = models.ForeignKey("orders.User", null=True, on_delete=models.PROTECT, related_name="+")
    approval = models.ForeignKey("compliance.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(
                name="role_grant_to_begin",
                fields=["effective_from"],
                condition=Q(begun_at=None, ended_at=None),
            ),
            models.Index(name="role_grant_to_end", fields=["effective_until"], condition=Q(ended_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                name="role_grant_one_scope",
                condition=Q(firm__isnull=False, desk=None, account=None)
                | Q(firm=None, desk__isnull=False, account=None)
                | Q(firm=None, desk=None, account__isnull=False),
            ),
            models.CheckConstraint(
                name="role_grant_period",
                condition=Q(effective_until=None) | Q(effective_until__gt=F("effective_from")),
            ),
            models.CheckConstraint(
                name="role_grant_delegated_for_a_time",
                condition=Q(delegated_from=None, delegator=None)
                | (
                    Q(delegated_from__isnull=False, delegator__isnull=False, effective_until__isnull=False)
                    & ~Q(delegator=F("user"))
                ),
            ),
            models.CheckConstraint(
                name="role_grant_by_two_others",
                condition=Q(approval=None, asked_by=None, agreed_by=None)
                | (
                    Q(approval__isnull=False, asked_by__isnull=False, agreed_by__isnull=False)
                    & ~Q(asked_by=F("user"))
                    & ~Q(agreed_by=F("user"))
                    & ~Q(agreed_by=F("asked_by"))
                    & (Q(delegator=None) | ~Q(agreed_by=F("delegator")))
                ),
            ),
        ]

    @property
    def scope(self) -> Firm | Desk | Account:
        """On what the role is held."""
        scopes: list[Firm | Desk | Account | None] = [self.firm, self.desk, self.account]
        return next(scope for scope in scopes if scope is not None)

    @property
    def ends_at(self) -> datetime | None:
        """When it gives nothing any more: its end, or its revocation where that came first; None for never."""
        return earliest(self.effective_until, self.revoked_at)

    @property
    def period(self) -> Period:
        """When it gives what its role gives."""
        return Period(self.effective_from, self.ends_at)

    @property
    def on_behalf_of(self) -> str:
        """Whom the trail names for what is done by it: "" for a right of the person's own."""
        return "" if self.delegator_id is None else f"user:{self.delegator_id} role_grant:{self.pk}"
