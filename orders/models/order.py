"""Orders and their executions."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT

from orders.kernel.checks import Checks
from orders.kernel.ids import new_id
from orders.kernel.money import average_price
from orders.models.fields import (
    choices,
    firm_price_field,
    notional_field,
    optional_price_field,
    optional_quantity_field,
    price_field,
    quantity_field,
    total_notional_field,
)
from orders.models.fitting import TERMS_FIT
from orders.models.organisation import Account
from orders.models.reference import Instrument
from orders.models.user import User
from orders.states import OPEN, TERMINAL, BaseStatus, OrderStatus, leaves_quantity
from orders.terms import DIRECT, MANUAL, SURVIVING, ExecutionKind, OrderType, Side, TimeInForce

_BY_ALGORITHM = ~Q(instruction__contains={"name": DIRECT})
_CHECKS = [
    models.CheckConstraint(name="order_side_known", condition=Q(side__in=list(Side))),
    *TERMS_FIT,
    models.CheckConstraint(name="order_status_known", condition=Q(status__in=list(OrderStatus))),
    models.CheckConstraint(name="order_base_status_known", condition=Q(base_status__in=list(BaseStatus))),
    models.CheckConstraint(name="order_quantity_positive", condition=Q(quantity__gt=0)),
    models.CheckConstraint(
        name="order_cash_quantity_positive",
        condition=Q(cash_quantity=None) | Q(cash_quantity__gt=0),
    ),
    models.CheckConstraint(
        name="order_filled_within_ordered",
        condition=Q(filled_quantity__gte=0, filled_quantity__lte=F("quantity")),
    ),
    models.CheckConstraint(name="order_notional_not_negative", condition=Q(filled_notional__gte=0)),
    models.CheckConstraint(name="order_reserved_not_negative", condition=Q(reserved_quantity__gte=0)),
    models.CheckConstraint(
        name="order_reserves_units_and_notional",
        condition=Q(reserved_quantity=0, reserved_notional=0)
        | Q(reserved_quantity__gt=0, reserved_notional__gt=0),
    ),
    models.CheckConstraint(name="order_worst_price_not_negative", condition=Q(worst_price__gte=0)),
    models.CheckConstraint(
        # What is filled may hold what a request to replace it up asks for, until the desk decides.
        name="order_ended_reserves_nothing",
        condition=~Q(status__in=sorted(TERMINAL - {OrderStatus.FILLED})) | Q(reserved_quantity=0),
    ),
    models.CheckConstraint(
        name="order_filled_means_all",
        condition=~Q(status=OrderStatus.FILLED) | Q(filled_quantity=F("quantity")),
    ),
    models.CheckConstraint(
        name="order_rejected_has_code", condition=Q(status=OrderStatus.REJECTED) ^ Q(denial_code="")
    ),
]


class Order(models.Model):
    """A client's order.

    `version` counts every change of the row; `terms_revision` only the changes of its terms, and is the ETag.
    `reserved_quantity` is what this order holds in its position's open quantity, `reserved_notional` what that counts
    at the `worst_price` of its terms (orders/risk/worst.py), both in the firm's currency. `digest` identifies the
    request (SHA-256 of the command), so that the same request again gets the same answer. `instruction` is the
    algorithm with its validated parameters, opaque to this app but for MANUAL. `expires_on` is the last day of a gtd
    order by its market's date, `effective_at` the market time before which nothing is sent, `triggered_at` the market
    time at which the market had triggered an order that waited for it. `market_time` is when it was placed in the
    market, `recorded_at` the same moment in real UTC.
    `client_order_id` is the first of a chain: every replace that comes into force gives the order its own, which is
    the `current_client_order_id`. `base_status` is what the order is beneath pending requests and quantities.
    `cash_quantity` (currency) is what an order was placed for that named no quantity: `quantity` is what it bought
    at the price of the moment.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+", db_index=False)
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    client_order_id = models.CharField(max_length=64)
    current_client_order_id = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    side = models.CharField(max_length=4, choices=choices(Side))
    type = models.CharField(max_length=17, choices=choices(OrderType))
    time_in_force = models.CharField(max_length=4, choices=choices(TimeInForce))
    quantity = quantity_field()
    limit_price = optional_price_field()
    stop_price = optional_price_field()
    trail_price = optional_price_field()
    trail_percent = optional_price_field()
    display_quantity = optional_quantity_field()
    minimum_quantity = optional_quantity_field()
    expires_on = models.DateField(null=True)
    effective_at = models.DateTimeField(null=True)
    triggered_at = models.DateTimeField(null=True)
    instruction: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    cash_quantity = optional_price_field()
    status = models.CharField(max_length=16, choices=choices(OrderStatus))
    base_status = models.CharField(max_length=12, choices=choices(BaseStatus), default=BaseStatus.WORKING)
    denial_code = models.CharField(max_length=64, blank=True)
    denial_detail = models.CharField(max_length=300, blank=True)
    filled_quantity = quantity_field(default=Decimal(0))
    filled_notional = notional_field(default=Decimal(0))
    reserved_quantity = quantity_field(default=Decimal(0))
    reserved_notional = notional_field(default=Decimal(0))
    worst_price = firm_price_field(default=Decimal(0))
    version = models.PositiveBigIntegerField(default=1)
    terms_revision = models.PositiveIntegerField(default=1)
    market_time = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        default_permissions = ()
        indexes = [
            models.Index(fields=["account", "-id"], name="order_by_account"),
            models.Index(fields=["id"], name="order_open", condition=Q(status__in=sorted(OPEN))),
            # What pre-trade risk counts (orders/risk/recent.py): they serve the foreign keys as well.
            models.Index(fields=["account", "recorded_at"], name="order_recent_of_account"),
            models.Index(fields=["placed_by", "recorded_at"], name="order_recent_of_trader"),
            models.Index(fields=["instrument", "recorded_at"], name="order_recent_in_instrument"),
            models.Index(
                fields=["instrument", "side", "limit_price"],
                name="order_open_in_instrument",
                condition=Q(status__in=sorted(OPEN)),
            ),
            models.Index(
                KT("instruction__name"),
                "account",
                "recorded_at",
                name="order_algorithm_of_account",
                condition=_BY_ALGORITHM,
            ),
            models.Index(
                KT("instruction__name"),
                "placed_by",
                "recorded_at",
                name="order_algorithm_of_trader",
                condition=_BY_ALGORITHM,
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="order_client_order_id", fields=["account", "client_order_id"]),
            Checks(name="order_is_sound", checks=_CHECKS),
        ]

    @property
    def leaves_quantity(self) -> Decimal:
        """What may still be filled, in units (FIX LeavesQty)."""
        return leaves_quantity(
            OrderStatus(self.status),
            filled_quantity=self.filled_quantity,
            quantity=self.quantity,
            is_carried_over=self.time_in_force in SURVIVING,
        )

    @property
    def is_manual(self) -> bool:
        """Whether nobody but the desk answers for it."""
        return self.instruction.get("name") == MANUAL

    @property
    def filled_avg_price(self) -> Decimal | None:
        """Average price of the executions (FIX AvgPx); None before the first."""
        return average_price(self.filled_notional, self.filled_quantity)

    def __str__(self) -> str:
        return self.client_order_id


class Execution(models.Model):
    """A fill as it was reported, or what was said of it later. Never changed: a correction is a row of its own.

    `kind` tells a trade from a correction, which replaces the execution that it `corrects`, and from a bust, which
    takes it back and has no quantity and no price. A row is corrected or busted at most once; a correction may be
    corrected again, so the last row of a chain is what stands. In force are the rows that no other row corrects
    and that are no bust. A correction keeps the `market_time` of its chain's first trade.
    `venue_execution_id` is unique per venue, so a replayed report books nothing twice. `reported_for` names the
    venue order that it belongs to, as text. `order_version` is the order's version that this row made.
    `cash_amount` is what it moves in the firm's currency, at the rate of its moment: negative for a buy.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    order_version = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=10, choices=choices(ExecutionKind), default=ExecutionKind.TRADE)
    corrects = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="+")
    venue = models.CharField(max_length=16)
    venue_execution_id = models.CharField(max_length=64)
    reported_for = models.CharField(max_length=64, blank=True)
    quantity = quantity_field()
    price = price_field()
    cash_amount = total_notional_field(default=Decimal(0))
    market_time = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(name="execution_once_per_venue", fields=["venue", "venue_execution_id"]),
            models.UniqueConstraint(
                # A split corrects all executions of an order in one version; `corrects` is unique by itself.
                name="execution_order_version",
                fields=["order", "order_version"],
                condition=Q(kind=ExecutionKind.TRADE),
            ),
            models.CheckConstraint(name="execution_kind_known", condition=Q(kind__in=list(ExecutionKind))),
            models.CheckConstraint(
                name="execution_corrects_unless_trade",
                condition=Q(kind=ExecutionKind.TRADE, corrects=None)
                | Q(~Q(kind=ExecutionKind.TRADE), corrects__isnull=False),
            ),
            models.CheckConstraint(
                name="execution_bust_is_nothing",
                condition=Q(kind=ExecutionKind.BUST, quantity=0, price=0)
                | Q(~Q(kind=ExecutionKind.BUST), quantity__gt=0, price__gt=0),
            ),
        ]
