"""What went to a venue, and what came back."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q

from orders.kernel.ids import new_id
from orders.models.fields import choices, optional_price_field, optional_quantity_field, quantity_field
from orders.states import TERMINAL, OrderStatus
from orders.terms import OrderType, Side, TimeInForce


class VenueOrder(models.Model):
    """An order at a venue. Its `id` is the client order id there, so sending it again never doubles it.

    It is written as pending new and committed before the venue hears of it. `next_attempt_at` (recorded time) is
    set while something is to be asked or said: sending it, asking about it, cancelling it; None when nothing is.
    `dead_lettered_at` marks one about which the venue's answers could not be understood: an operator has to ask.

    `reconciled_at` (recorded time) is when it had ended and the venue's record and ours agreed; until then it is
    compared again and again.

    `fill_model` is the venue's name for how it fills this order, told with its fills.

    `routing_rule` is the rule by which `venue` was chosen, `passed_over` the codes of those that it named before, each
    with why (execution/routing.py); both are empty for venue orders from before there were rules.

    It has no key to the order itself: a claim then locks nothing that a cancel of the order holds.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slice = models.OneToOneField("execution.Slice", on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey("execution.Run", on_delete=models.PROTECT, related_name="+")
    venue = models.CharField(max_length=16)
    routing_rule = models.ForeignKey(
        "execution.RoutingRule", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    passed_over: "models.JSONField[list[list[str]], list[list[str]]]" = models.JSONField(default=list)
    venue_order_id = models.CharField(max_length=64, blank=True)
    fill_model = models.CharField(max_length=16, blank=True)
    symbol = models.CharField(max_length=32)
    side = models.CharField(max_length=4, choices=choices(Side))
    type = models.CharField(max_length=17, choices=choices(OrderType))
    time_in_force = models.CharField(max_length=4, choices=choices(TimeInForce))
    quantity = quantity_field()
    limit_price = optional_price_field()
    display_quantity = optional_quantity_field()
    minimum_quantity = optional_quantity_field()
    status = models.CharField(max_length=16, choices=choices(OrderStatus), default=OrderStatus.PENDING_NEW)
    filled_quantity = quantity_field(default=Decimal(0))
    reason = models.CharField(max_length=200, blank=True)
    cancel_requested_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    dead_lettered_at = models.DateTimeField(null=True)
    reconciled_at = models.DateTimeField(null=True)
    version = models.PositiveBigIntegerField(default=1)
    market_time = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ("id",)
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="venue_order_to_ask",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(fields=["id"], name="venue_order_dead", condition=Q(dead_lettered_at__isnull=False)),
            models.Index(fields=["id"], name="venue_order_unreconciled", condition=Q(reconciled_at=None)),
        ]
        constraints = [
            models.CheckConstraint(name="venue_order_quantity_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="venue_order_filled_within_ordered",
                condition=Q(filled_quantity__gte=0, filled_quantity__lte=F("quantity")),
            ),
            models.CheckConstraint(
                name="venue_order_status_known", condition=Q(status__in=list(OrderStatus))
            ),
            models.CheckConstraint(
                name="venue_order_ended_asks_nothing",
                condition=~Q(status__in=sorted(TERMINAL)) | Q(next_attempt_at=None),
            ),
        ]


class VenueReport(models.Model):
    """A report as it came in: stored once by its sequence at the venue, applied once.

    `dead_lettered_at` marks one that could not be applied: an operator has to look at it. `discarded_at` says that it
    never will be; both are kept then. `waits_for` is the venue's id of the execution that a bust or a correction came
    before: it is applied once that is booked, and holds up nothing until then.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    venue = models.CharField(max_length=16)
    sequence = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=16)
    client_order_id = models.UUIDField()
    body: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    applied_at = models.DateTimeField(null=True)
    waits_for = models.CharField(max_length=1000, null=True)
    dead_lettered_at = models.DateTimeField(null=True)
    discarded_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ("venue", "sequence")
        indexes = [
            models.Index(
                fields=["sequence"],
                name="venue_report_unapplied",
                condition=Q(applied_at=None, dead_lettered_at=None),
            ),
            models.Index(
                fields=["id"], name="venue_report_dead", condition=Q(dead_lettered_at__isnull=False)
            ),
        ]
        constraints = [models.UniqueConstraint(name="venue_report_once", fields=["venue", "sequence"])]
