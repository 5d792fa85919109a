"""Approvals: one table and one mechanism for everything that needs a second person."""

from enum import StrEnum
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from orders.kernel.ids import new_id
from orders.models.fields import at_most_one_of, choices
from orders.models.organisation import Account, Desk, Firm


class ApprovalState(StrEnum):
    """pending: waits for a checker. approved: decided and carried out. refused: decided against."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"


class Approval(models.Model):
    """A change that its `maker` asks for and a `checker`, another person, decides.

    At most one of `firm`, `desk` and `account` is set: whom the change concerns, none of them for everybody.
    `digest` is the SHA-256 of `action` and `payload`: what was approved is exactly that. After `expires_at`
    (recorded time) a pending one can no longer be decided. `used_at` is when the change was carried out: once.
    `maker_persons` and `checker_persons` are who each counts as: themselves, and all for whom they stand in.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    action = models.CharField(max_length=32)
    payload: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    digest = models.CharField(max_length=64)
    firm = models.ForeignKey(Firm, null=True, on_delete=models.PROTECT, related_name="+")
    desk = models.ForeignKey(Desk, null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    maker = models.ForeignKey("orders.User", on_delete=models.PROTECT, related_name="+")
    maker_reason = models.CharField(max_length=200)
    checker = models.ForeignKey("orders.User", null=True, on_delete=models.PROTECT, related_name="+")
    checker_reason = models.CharField(max_length=200, blank=True)
    maker_persons = ArrayField(models.UUIDField(), default=list)
    checker_persons = ArrayField(models.UUIDField(), default=list)
    state = models.CharField(max_length=8, choices=choices(ApprovalState), default=ApprovalState.PENDING)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                name="approval_one_scope", condition=at_most_one_of("firm", "desk", "account")
            ),
            models.CheckConstraint(
                name="approval_maker_is_not_checker", condition=Q(checker=None) | ~Q(checker=F("maker"))
            ),
            models.CheckConstraint(
                name="approval_by_two_natural_persons",
                condition=~Q(maker_persons__overlap=F("checker_persons")),
            ),
            models.CheckConstraint(
                name="approval_decided_by_someone",
                condition=Q(state=ApprovalState.PENDING, checker=None, decided_at=None)
                | Q(~Q(state=ApprovalState.PENDING), checker__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="approval_used_when_approved",
                condition=Q(used_at=None) | Q(state=ApprovalState.APPROVED),
            ),
            models.CheckConstraint(name="approval_state_known", condition=Q(state__in=list(ApprovalState))),
        ]

    @property
    def scope(self) -> Firm | Desk | Account | None:
        """Whom the change concerns; None for everybody."""
        return self.firm or self.desk or self.account
