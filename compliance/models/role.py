"""Roles as data, and who holds them where."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from orders.kernel.ids import new_id


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


class RoleGrant(models.Model):
    """A person holds a role on exactly one firm, desk or account."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("orders.User", on_delete=models.PROTECT, related_name="+")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")
    firm = models.ForeignKey("orders.Firm", null=True, on_delete=models.PROTECT, related_name="+")
    desk = models.ForeignKey("orders.Desk", null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("orders.Account", null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="role_grant_one_scope",
                condition=Q(firm__isnull=False, desk=None, account=None)
                | Q(firm=None, desk__isnull=False, account=None)
                | Q(firm=None, desk=None, account__isnull=False),
            ),
            models.UniqueConstraint(
                name="role_grant_once",
                fields=["user", "role", "firm", "desk", "account"],
                condition=Q(revoked_at=None),
                nulls_distinct=False,
            ),
        ]
