"""Positions with the exposure that open orders hold, and what follows from their trades."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Abs, Greatest

from orders.kernel.checks import Checks
from orders.kernel.ids import new_id
from orders.models.fields import (
    mark_field,
    price_field,
    quantity_field,
    total_notional_field,
    total_quantity_field,
)
from orders.models.order import Execution
from orders.models.organisation import Account
from orders.models.reference import Instrument

_NET_NOTIONAL = (F("bought_quantity") - F("sold_quantity")) * F("mark")


class Position(models.Model):
    """What an account holds of an instrument, and what its open orders may still add.

    Every column counts upwards or releases what it counted, none is ever negative; the net quantity is derived.
    `open_buy_quantity` and `open_sell_quantity` are the sums of the open orders' `reserved_quantity`, the open
    notionals those of their `reserved_notional`: what is reserved before an order is admitted.

    `mark` is what a unit is worth, 0 before the first trade; `worst_notional` the largest absolute value that the
    position can come to, whichever of its open orders are filled; `traded_cash` what its trades moved, signed. These
    and the open notionals are in the firm's currency, and a trigger carries them to account, desk and firm.

    The realised P&L (in the instrument's currency, by average cost and by FIFO) is signed. What the net quantity
    cost and what it would gain follow from these columns and a price (orders/positions/holding.py).
    `last_trade_time` and `last_trade_id` are the place in FIFO order of the newest trade that is booked.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    bought_quantity = total_quantity_field(default=Decimal(0))
    sold_quantity = total_quantity_field(default=Decimal(0))
    bought_notional = total_notional_field(default=Decimal(0))
    sold_notional = total_notional_field(default=Decimal(0))
    open_buy_quantity = total_quantity_field(default=Decimal(0))
    open_sell_quantity = total_quantity_field(default=Decimal(0))
    open_buy_notional = total_notional_field(default=Decimal(0))
    open_sell_notional = total_notional_field(default=Decimal(0))
    mark = mark_field(default=Decimal(0))
    traded_cash = total_notional_field(default=Decimal(0))
    realised_average_cost = total_notional_field(default=Decimal(0))
    realised_fifo = total_notional_field(default=Decimal(0))
    last_trade_time = models.DateTimeField(null=True)
    last_trade_id = models.UUIDField(null=True)
    net_quantity = models.GeneratedField(
        expression=F("bought_quantity") - F("sold_quantity"),
        output_field=total_quantity_field(),
        db_persist=True,
    )
    net_notional = models.GeneratedField(
        expression=_NET_NOTIONAL,
        output_field=total_notional_field(),
        db_persist=True,
    )
    worst_notional = models.GeneratedField(
        expression=Greatest(
            Abs(_NET_NOTIONAL + F("open_buy_notional")), Abs(_NET_NOTIONAL - F("open_sell_notional"))
        ),
        output_field=total_notional_field(),
        db_persist=True,
    )

    class Meta:
        ordering = ("account", "instrument")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(name="position_account_instrument", fields=["account", "instrument"]),
            Checks(
                name="position_is_sound",
                checks=[
                    models.CheckConstraint(
                        name="position_nothing_negative",
                        condition=Q(
                            bought_quantity__gte=0,
                            sold_quantity__gte=0,
                            bought_notional__gte=0,
                            sold_notional__gte=0,
                            open_buy_quantity__gte=0,
                            open_sell_quantity__gte=0,
                            open_buy_notional__gte=0,
                            open_sell_notional__gte=0,
                            mark__gte=0,
                        ),
                    ),
                ],
            ),
        ]


class Lot(models.Model):
    """What is still open of one trade, first in first out: units at a price, all of a position on one side.

    `execution` is the row in force, `trade_id` the first of its chain of corrections: with the market time it gives
    the lot's place. Derived from the executions, so a rebooking may remove and write rows anew.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="+")
    execution = models.ForeignKey(Execution, on_delete=models.PROTECT, related_name="+", db_index=False)
    trade_id = models.UUIDField()
    quantity = quantity_field()
    price = price_field()
    market_time = models.DateTimeField()

    class Meta:
        ordering = ("position", "market_time", "trade_id")
        default_permissions = ()
        indexes = [models.Index(fields=["position", "market_time", "trade_id"], name="lot_in_fifo_order")]
        constraints = [
            models.UniqueConstraint(name="lot_once_per_trade", fields=["position", "trade_id"]),
            models.CheckConstraint(name="lot_quantity_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="lot_price_positive", condition=Q(price__gt=0)),
        ]


class Settlement(models.Model):
    """What of a position settles on one date (the venue's), null where no settlement cycle is known."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="+", db_index=False)
    settles_on = models.DateField(null=True)
    bought_quantity = total_quantity_field(default=Decimal(0))
    sold_quantity = total_quantity_field(default=Decimal(0))
    bought_notional = total_notional_field(default=Decimal(0))
    sold_notional = total_notional_field(default=Decimal(0))

    class Meta:
        ordering = ("position", "settles_on")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                name="settlement_position_date", fields=["position", "settles_on"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="settlement_nothing_negative",
                condition=Q(
                    bought_quantity__gte=0, sold_quantity__gte=0, bought_notional__gte=0, sold_notional__gte=0
                ),
            ),
        ]
