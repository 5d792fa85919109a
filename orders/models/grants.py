"""django-guardian's direct permission tables: one per container, for people only.

Rows are written by orders/authority.py alone. The reverse names stay visible: by them guardian finds the tables.
A row counts until `expires_at`, recorded time, null without an end: it need not be removed for that.
"""

from typing import Any

from django.db import models
from guardian.models import UserObjectPermissionBase

from orders.models.organisation import Account, Desk, Firm


class _Permission(UserObjectPermissionBase):
    """A person's permission. `on_behalf_of` names whom the person stands in for by it, "" for a right of their own."""

    expires_at = models.DateTimeField(null=True)
    on_behalf_of = models.CharField(max_length=96, blank=True, default="")

    class Meta(UserObjectPermissionBase.Meta):
        abstract = True
        default_permissions = ()


class FirmPermission(_Permission):
    """A person's permission on a firm and all below it."""

    content_object: "models.ForeignKey[Any, Firm]" = models.ForeignKey(Firm, on_delete=models.PROTECT)


class DeskPermission(_Permission):
    """A person's permission on a desk and its accounts."""

    content_object: "models.ForeignKey[Any, Desk]" = models.ForeignKey(Desk, on_delete=models.PROTECT)


class AccountPermission(_Permission):
    """A person's permission on one account."""

    content_object: "models.ForeignKey[Any, Account]" = models.ForeignKey(Account, on_delete=models.PROTECT)
