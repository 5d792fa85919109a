"""Triggers: what the market has to do before an order works."""

from django.db import models
from django.db.models import Q

from execution.models.run import Run
from orders.kernel.ids import new_id
from orders.models.fields import choices, optional_price_field
from orders.terms import TRIGGERED_TYPES, OrderType, Side


class Trigger(models.Model):
    """What one order waits for, and how far the market has been looked at: a crash forgets nothing of it.

    Prices in the instrument's currency. `extreme` is the best price that a trailing stop has seen; bars that start
    before `watched_from` (market time) say nothing any more. `bar_start` names the bar that triggered. The terms are
    the order's own, copied when it begins to wait and whenever they are replaced.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="+")
    instrument = models.ForeignKey("orders.Instrument", on_delete=models.PROTECT, related_name="+")
    mic = models.CharField(max_length=4)
    type = models.CharField(max_length=17, choices=choices(OrderType))
    side = models.CharField(max_length=4, choices=choices(Side))
    stop_price = optional_price_field()
    trail_price = optional_price_field()
    trail_percent = optional_price_field()
    extreme = optional_price_field()
    watched_from = models.DateTimeField()
    bar_start = models.DateTimeField(null=True)
    version = models.PositiveBigIntegerField(default=1)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="trigger_type_known", condition=Q(type__in=sorted(TRIGGERED_TYPES), side__in=list(Side))
            ),
            models.CheckConstraint(
                name="trigger_has_a_price",
                condition=Q(stop_price__isnull=False)
                | Q(trail_price__isnull=False)
                | Q(trail_percent__isnull=False),
            ),
        ]
