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
- `ioc` has its first bar, and what that does not fill is cancelled. `fok` gets all of itself out of its first bar
  or nothing.
- `opg` takes part in the opening auction: the session's first bar, at its open, before all others. `cls` takes part
  in the closing auction: the bar that ends with the session, at its close, after all others. Both are held to their
  limit, share the bar's volume with the rest, and are cancelled when their auction is over; a last minute without a
  trade is no auction.
- Conditions may add costs (by default none): the typical price is first moved against the order by half a spread and by
  an impact linear in our share of the bar's volume up to and with this execution. An auction's price has neither.
- With a `display_quantity` an execution is at most that; what is displayed anew queues behind all others, and so one
  bar may bring several executions. With a `minimum_quantity` the first execution is at least that, or none.

Assumptions, which make it a model and not a market: our orders do not move the bars to come; their volume comes out
of what others traded; there is no queue and no fee, and unless asked for neither spread nor impact; every share of one
execution has one price; a bar that touches the limit fills as one that goes through it.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from execution.market_data.bars import Bar
from execution.venues.simulated.conditions import CALM, Conditions
from orders.terms import AUCTIONS, RESTING, Side, TimeInForce

MODEL = "bar"
DEFAULT_PARTICIPATION = Decimal("0.20")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingOrder:
    """An open order as the model sees it; `limit_price` is None for a market order, quantities in shares.

    `minimum_quantity` is None once something is filled.
    """

    number: int
    side: Side
    time_in_force: TimeInForce
    limit_price: Decimal | None
    display_quantity: Decimal | None
    minimum_quantity: Decimal | None
    leaves: Decimal
    arrived_at: datetime
    session_close: datetime
    tick_size: Decimal
    lot_size: Decimal


@dataclass(frozen=True, slots=True)
class Fill:
    """`quantity` shares of the order `number` at `price` each."""

    number: int
    quantity: Decimal
    price: Decimal


def fills(
    bar: Bar, orders: Sequence[WorkingOrder], participation: Decimal, conditions: Conditions = CALM
) -> list[Fill]:
    """What one completed bar gives the orders of its symbol, which come in time priority."""
    available = bar.volume * participation
    queue = deque(sorted((order for order in orders if takes_part(order, bar)), key=_turn))
    done = []
    while queue:
        order = queue.popleft()
        quantity = execution_quantity(order, available)
        if quantity == 0:
            continue
        available -= quantity
        share = participation - available / bar.volume
        market_price = conditions.with_costs(bar.typical_price, order.side, share)
        done.append(Fill(order.number, quantity, fill_price(order, bar, market_price)))
        if order.display_quantity is not None and quantity < order.leaves:
            queue.append(replace(order, leaves=order.leaves - quantity, minimum_quantity=None))
    return done


def _turn(order: WorkingOrder) -> int:
    """Opening auction, trading, closing auction; the sort is stable, so each keeps its time priority."""
    return {TimeInForce.OPG: 0, TimeInForce.CLS: 2}.get(order.time_in_force, 1)


def execution_quantity(order: WorkingOrder, available: Decimal) -> Decimal:
    """How many shares of what is `available` the order takes in one execution, in whole lots."""
    most = min(available, order.leaves, order.display_quantity or order.leaves)
    quantity = whole_lots(most, order.lot_size)
    least = order.leaves if order.time_in_force is TimeInForce.FOK else order.minimum_quantity
    return quantity if least is None or quantity >= least else Decimal(0)


def takes_part(order: WorkingOrder, bar: Bar) -> bool:
    """Whether the bar may fill the order: it began after the order's arrival and reached its limit."""
    if bar.start < order.arrived_at:
        return False
    if order.time_in_force is TimeInForce.CLS and bar.end != order.session_close:
        return False
    if order.limit_price is None:
        return True
    if order.time_in_force in AUCTIONS:
        price = _auction_price(order, bar)
        return price <= order.limit_price if order.side is Side.BUY else price >= order.limit_price
    if order.side is Side.BUY:
        return bar.low <= order.limit_price
    return bar.high >= order.limit_price


def is_last_bar(order: WorkingOrder, bar: Bar) -> bool:
    """Whether what the bar leaves of the order is cancelled: its first bar where it does not rest, or its auction."""
    if order.time_in_force in RESTING or bar.start < order.arrived_at:
        return False
    return order.time_in_force is not TimeInForce.CLS or bar.end == order.session_close


def fill_price(order: WorkingOrder, bar: Bar, market_price: Decimal) -> Decimal:
    """The price per share for an order that takes part; within [low, high] and never beyond its limit."""
    if order.time_in_force in AUCTIONS:
        return _auction_price(order, bar)
    price = min(max(to_tick(market_price, order.tick_size), bar.low), bar.high)
    if order.limit_price is None:
        return price
    return min(price, order.limit_price) if order.side is Side.BUY else max(price, order.limit_price)


def _auction_price(order: WorkingOrder, bar: Bar) -> Decimal:
    return bar.open if order.time_in_force is TimeInForce.OPG else bar.close


def to_tick(price: Decimal, tick_size: Decimal) -> Decimal:
    """The nearest multiple of the tick; a price half way between two goes up."""
    return (price / tick_size).to_integral_value(ROUND_HALF_UP) * tick_size


def whole_lots(quantity: Decimal, lot_size: Decimal) -> Decimal:
    """The largest multiple of the lot that is not more than `quantity`."""
    return (quantity / lot_size).to_integral_value(ROUND_FLOOR) * lot_size
