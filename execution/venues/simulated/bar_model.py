"""How the venue fills orders from minute bars: the model `bar`.

Rules
- An order takes part from the first bar that starts at or after its arrival: it never trades on prices of a
  minute that had begun, let alone ended, when it came (no look-ahead).
- At a bar's end all orders together get at most `participation` of the bar's volume, in time priority, in
  whole lots. What remains carries to the next bar.
- A market order's price is the bar's typical price (high + low + close) / 3, rounded half up to the tick and,
  where rounding leaves the bar's range, drawn back to its high or low.
- A limit buy takes part only if the bar's low is at or below its limit; its price is the lesser of limit and
  market price. A sell mirrors it: high at or above the limit, the greater of the two.

Assumptions, which make it a model and not a market: our orders do not move the price; their volume comes out
of what others traded; there is no queue, no spread and no fee; every share of one order in one bar has one
price; a bar that touches the limit fills as one that goes through it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from execution.market_data.bars import Bar
from orders.terms import Side

MODEL = "bar"
DEFAULT_PARTICIPATION = Decimal("0.20")


@dataclass(frozen=True, slots=True)
class WorkingOrder:
    """An open order as the model sees it; `limit_price` is None for a market order, `leaves` in shares."""

    number: int
    side: Side
    limit_price: Decimal | None
    leaves: Decimal
    arrived_at: datetime
    tick_size: Decimal
    lot_size: Decimal


@dataclass(frozen=True, slots=True)
class Fill:
    """`quantity` shares of the order `number` at `price` each."""

    number: int
    quantity: Decimal
    price: Decimal


def fills(bar: Bar, orders: Sequence[WorkingOrder], participation: Decimal) -> list[Fill]:
    """What one completed bar gives the orders of its symbol, which come in time priority."""
    available = bar.volume * participation
    done = []
    for order in orders:
        if not takes_part(order, bar):
            continue
        quantity = whole_lots(min(available, order.leaves), order.lot_size)
        if quantity > 0:
            available -= quantity
            done.append(Fill(order.number, quantity, fill_price(order, bar)))
    return done


def takes_part(order: WorkingOrder, bar: Bar) -> bool:
    """Whether the bar may fill the order: it began after the order's arrival and reached its limit."""
    if bar.start < order.arrived_at:
        return False
    if order.limit_price is None:
        return True
    if order.side is Side.BUY:
        return bar.low <= order.limit_price
    return bar.high >= order.limit_price


def fill_price(order: WorkingOrder, bar: Bar) -> Decimal:
    """The price per share for an order that takes part; within [low, high] and never beyond its limit."""
    price = min(max(to_tick(bar.typical_price, order.tick_size), bar.low), bar.high)
    if order.limit_price is None:
        return price
    return min(price, order.limit_price) if order.side is Side.BUY else max(price, order.limit_price)


def to_tick(price: Decimal, tick_size: Decimal) -> Decimal:
    """The nearest multiple of the tick; a price half way between two goes up."""
    return (price / tick_size).to_integral_value(ROUND_HALF_UP) * tick_size


def whole_lots(quantity: Decimal, lot_size: Decimal) -> Decimal:
    """The largest multiple of the lot that is not more than `quantity`."""
    return (quantity / lot_size).to_integral_value(ROUND_FLOOR) * lot_size
