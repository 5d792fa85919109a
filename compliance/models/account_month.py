"""Which accounts each month of the log concerns, kept beside the log: what a legal hold on an account goes by."""

from uuid import UUID

from django.db import models
from django.db.models import Q

from compliance.models.months import LeafMonth

EVERY_ACCOUNT = UUID(int=0)
"""In the place of an account: a leaf of the month concerns one, or may, and nothing tells which."""


class AccountMonth(models.Model):
    """A month has a leaf that concerns an account; `account_id` is EVERY_ACCOUNT where it may be any.

    What is not here concerns no account as far as AccountReading says that the log was read. Rows are only added.
    """

    pk = models.CompositePrimaryKey("account_id", "month_id")
    account_id = models.UUIDField()
    month = models.ForeignKey(LeafMonth, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        default_permissions = ()


class AccountReading(models.Model):
    """The one row that says how many entries of the tree, from the first on, were read for AccountMonth."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    entries = models.PositiveBigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(name="account_reading_one_row", condition=Q(id=1))]
