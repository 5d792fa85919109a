"""Market data: prints."""

from django.db import models
from django.db.models import Q

from execution.models.restated import Restated
from orders.models.fields import price_field, quantity_field


class Trade(Restated):
    """A print: `size` units of one instrument traded at `price`, in its currency, at the moment `at` (market time).

    `trade_id` is the market's own id of it; where the file has none, which print of this moment it is: #1, #2.
    `condition` is the market's code for how it came about, as a closing auction's.
    """

    pk = models.CompositePrimaryKey("instrument_id", "at", "trade_id")
    instrument = models.ForeignKey(
        "orders.Instrument", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    trade_id = models.CharField(max_length=64)
    price = price_field()
    size = quantity_field()
    condition = models.CharField(max_length=16, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(name="trade_price_and_size_positive", condition=Q(price__gt=0, size__gt=0))
        ]
