"""django-guardian's direct permission tables: one per container, for people only.

Rows are written by orders/authority.py alone. The reverse names stay visible: by them guardian finds the tables.
"""

from typing import Any

from django.db import models
from guardian.models import UserObjectPermissionBase

from orders.models.organisation import Account, Desk, Firm


class FirmPermission(UserObjectPermissionBase):
    """A person's permission on a firm and all below it."""

    content_object: "models.ForeignKey[Any, Firm]" = models.ForeignKey(Firm, on_delete=models.PROTECT)

    class Meta(UserObjectPermissionBase.Meta):
        default_permissions = ()


class DeskPermission(UserObjectPermissionBase):
    """A person's permission on a desk and its accounts."""

    content_object: "models.ForeignKey[Any, Desk]" = models.ForeignKey(Desk, on_delete=models.PROTECT)

    class Meta(UserObjectPermissionBase.Meta):
        default_permissions = ()


class AccountPermission(UserObjectPermissionBase):
    """A person's permission on one account."""

    content_object: "models.ForeignKey[Any, Account]" = models.ForeignKey(Account, on_delete=models.PROTECT)

    class Meta(UserObjectPermissionBase.Meta):
        default_permissions = ()
