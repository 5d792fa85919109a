"""Who halted or resumed what, when and why."""

from django.db import models
from django.db.models import Q

from orders.kernel.ids import new_id
from orders.models.organisation import Account
from orders.models.reference import Instrument, Market
from orders.models.user import User


class TradingStateChange(models.Model):
    """A named person changed the state of one instrument, market or account. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    instrument = models.ForeignKey(Instrument, null=True, on_delete=models.PROTECT, related_name="+")
    market = models.ForeignKey(Market, null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    before = models.CharField(max_length=16)
    after = models.CharField(max_length=16)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    market_time = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="trading_state_change_of_one",
                condition=Q(instrument__isnull=False, market=None, account=None)
                | Q(instrument=None, market__isnull=False, account=None)
                | Q(instrument=None, market=None, account__isnull=False),
            ),
        ]
