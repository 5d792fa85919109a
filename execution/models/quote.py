"""Market data: quotes."""

from django.db import models
from django.db.models import F, Q

from execution.models.restated import Restated
from orders.models.fields import price_field


class Quote(Restated):
    """The best bid and offer of one instrument from the moment `at` (market time) on, in its currency."""

    pk = models.CompositePrimaryKey("instrument_id", "at")
    instrument = models.ForeignKey(
        "orders.Instrument", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    bid = price_field()
    ask = price_field()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(name="quote_not_crossed", condition=Q(bid__gt=0, bid__lte=F("ask")))
        ]
