"""Market data: quotes."""

from django.db import models
from django.db.models import F, Q

from execution.models.restated import Restated
from orders.models.fields import optional_quantity_field, price_field

_NO_SIZES = Q(bid_size__isnull=True, ask_size__isnull=True)
_TWO_SIZES = Q(bid_size__isnull=False, ask_size__isnull=False, bid_size__gte=0, ask_size__gte=0)


class Quote(Restated):
    """The best bid and offer of one instrument from the moment `at` (market time) on, in its currency.

    The sizes are what is displayed there in units; both are null where they are not known.
    """

    pk = models.CompositePrimaryKey("instrument_id", "at")
    instrument = models.ForeignKey(
        "orders.Instrument", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    bid = price_field()
    ask = price_field()
    bid_size = optional_quantity_field()
    ask_size = optional_quantity_field()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(name="quote_not_crossed", condition=Q(bid__gt=0, bid__lte=F("ask"))),
            models.CheckConstraint(name="quote_sizes_both_or_neither", condition=_NO_SIZES | _TWO_SIZES),
        ]
