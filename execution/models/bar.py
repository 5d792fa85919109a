"""Market data: one-minute bars."""

from django.db import models
from django.db.models import F, Q

from execution.models.restated import Restated
from orders.models.fields import price_field, quantity_field


class Bar(Restated):
    """What was traded in one instrument in the minute that began at `start` (market time, UTC).

    Prices in the instrument's currency, volume in its units.
    """

    pk = models.CompositePrimaryKey("instrument_id", "start")
    instrument = models.ForeignKey(
        "orders.Instrument", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    start = models.DateTimeField()
    open = price_field()
    high = price_field()
    low = price_field()
    close = price_field()
    volume = quantity_field()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="bar_prices_ordered",
                condition=Q(low__gt=0, low__lte=F("open"), high__gte=F("open"))
                & Q(low__lte=F("close"), high__gte=F("close")),
            ),
            models.CheckConstraint(name="bar_volume_not_negative", condition=Q(volume__gte=0)),
        ]
