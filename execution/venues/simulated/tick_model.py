"""How the venue fills orders from ticks: the model `tick`. Price-time priority, and a place in the queue. Pure.

An order meets the market at its effect: its arrival and the venue's latency, not before the session's open nor its
first quote. It meets the quote that stands then, and afterwards only ticks later than its effect (no look-ahead).

Rules
- Among our orders of a side the better limit comes first, a market order before all, then the earlier place.
- An order works at its limit, or at the opposite best where that is better for it.
- Taking: where an order's limit reaches the opposite best, it takes of what is displayed there, one level, at that
  price. What we took is gone for all our orders while the price stands; only what is displayed beyond it is new. What
  is not filled waits at the best of its side and takes again from each quote that its limit reaches.
- A quote that comes to an order which stood before pays the order's own price where that is the worse one for it.
- Queue: an order at the best of its side joins behind all that is displayed; one that improves it has nobody ahead;
  one behind the best does not know its place, and joins behind all that is displayed once its price is the best.
- What is ahead shrinks by prints at the price, and where less is displayed than was ahead; never by a guess of who
  cancelled. Once the best of its side has fallen back behind an order's price, nobody is ahead of it.
- A print at an order's price goes to those ahead, then to it; a print through its price to it at once, both at its own
  price. All our orders together get at most the print's size, less what of it we had taken from the display before;
  the side whose quote was nearer to the print comes first.
- A print marked as an auction fills, at its price, the orders of that auction and what rests at a strictly better
  limit, up to its size. Other prints fill neither `opg` nor `cls`.
- `ioc` takes once at its effect; `fok` only if one level has all of it. A `minimum_quantity` holds for the first
  execution. A print fills at most what is displayed of a `display_quantity`; the next part joins behind all others.
- Quantities are whole lots; what is less passes to the next order.

Assumptions: docs/decisions/fill_models.md.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from execution.venues.simulated.bar_model import Fill, whole_lots
from execution.venues.simulated.ticks import QuoteTick, TradeTick
from orders.terms import AUCTIONS, Side, TimeInForce

MODEL = "tick"
_NOTHING = Decimal(0)


@dataclass(slots=True)
class Level:
    """One side of the best quote: `size` units are displayed by others, `taken` of them are ours already."""

    price: Decimal
    size: Decimal
    taken: Decimal = _NOTHING

    @property
    def available(self) -> Decimal:
        """What our orders may still take."""
        return self.size - self.taken

    def restate(self, price: Decimal, size: Decimal) -> None:
        """What a new quote says: at another price all of it is new."""
        self.taken = min(self.taken, size) if price == self.price else _NOTHING
        self.price, self.size = price, size


@dataclass(slots=True)
class Display:
    """The best quote that stands since `at`."""

    at: datetime
    bid: Level
    ask: Level

    def own(self, side: Side) -> Level:
        """The best of a side."""
        return self.bid if side is Side.BUY else self.ask

    def opposite(self, side: Side) -> Level:
        """The best that a side trades with."""
        return self.ask if side is Side.BUY else self.bid

    def restate(self, quote: QuoteTick) -> None:
        """Show a new quote."""
        self.at = quote.at
        self.bid.restate(quote.bid, quote.bid_size)
        self.ask.restate(quote.ask, quote.ask_size)


@dataclass(slots=True)
class TickOrder:
    """An open order as the model sees it; `limit_price` is None for a market order, quantities in units.

    `place` is its place in time, 0 before it is in the book; `queue_ahead` the units of others ahead of it at its
    price, None where that is not known; `clip` what is left of its displayed part, None where it shows all;
    `minimum_quantity` is None once something is filled.
    """

    number: int
    side: Side
    time_in_force: TimeInForce
    limit_price: Decimal | None
    display_quantity: Decimal | None
    minimum_quantity: Decimal | None
    leaves: Decimal
    effective_at: datetime
    session_open: datetime
    session_close: datetime
    lot_size: Decimal
    place: int = 0
    queue_ahead: Decimal | None = None
    clip: Decimal | None = None

    def reaches(self, price: Decimal) -> bool:
        """Whether its limit lets it trade at a price."""
        return self.limit_price is None or not self.is_better(self.limit_price, price)

    def is_better(self, price: Decimal, other: Decimal) -> bool:
        """Whether the order would rather trade at `price` than at `other`."""
        return price < other if self.side is Side.BUY else price > other

    def working_price(self, display: Display) -> Decimal:
        """Its limit, or the opposite best where its limit reaches that."""
        opposite = display.opposite(self.side).price
        return opposite if self.limit_price is None or self.reaches(opposite) else self.limit_price

    def execute(self, price: Decimal, available: Decimal) -> Fill | None:
        """Take what it can of what is available, in whole lots; None where that is nothing."""
        quantity = whole_lots(min(available, self.leaves), self.lot_size)
        least = self.leaves if self.time_in_force is TimeInForce.FOK else self.minimum_quantity
        if quantity <= 0 or (least is not None and quantity < least):
            return None
        self.leaves -= quantity
        self.minimum_quantity = None
        if self.clip is not None:
            self.clip = min(self.clip, self.leaves)
        return Fill(self.number, quantity, price)


def by_priority(orders: Iterable[TickOrder]) -> list[TickOrder]:
    """Orders of one side, the first to trade first; those without a place by number."""
    return sorted(orders, key=lambda order: (_price_rank(order), order.place, order.number))


def _price_rank(order: TickOrder) -> tuple[int, Decimal]:
    if order.limit_price is None:
        return 0, _NOTHING
    return 1, -order.limit_price if order.side is Side.BUY else order.limit_price


def join(order: TickOrder, display: Display, place: int) -> list[Fill]:
    """The order comes into the book: it takes what it reaches, and finds its place in the queue."""
    order.place, order.clip = place, _next_clip(order)
    level = display.opposite(order.side)
    fills = _take(order, level, level.price)
    order.queue_ahead = _queue_on_joining(order, display)
    return fills


def _next_clip(order: TickOrder) -> Decimal | None:
    return None if order.display_quantity is None else min(order.display_quantity, order.leaves)


def _take(order: TickOrder, level: Level, price: Decimal) -> list[Fill]:
    if not order.reaches(level.price):
        return []
    fill = order.execute(price, level.available)
    if fill is None:
        return []
    level.taken += fill.quantity
    return [fill]


def _queue_on_joining(order: TickOrder, display: Display) -> Decimal | None:
    price, own = order.working_price(display), display.own(order.side)
    if order.reaches(display.opposite(order.side).price) or order.is_better(own.price, price):
        return _NOTHING
    return own.size if price == own.price else None


def restated(display: Display, quote: QuoteTick, orders: Sequence[TickOrder]) -> list[Fill]:
    """A new quote, and what it fills of the orders in the book. It concerns none behind the best of its side."""
    concerned = [
        order for order in orders if order.reaches(quote.bid if order.side is Side.BUY else quote.ask)
    ]
    prices = {order.number: order.working_price(display) for order in concerned}
    display.restate(quote)
    return settled(display, concerned, prices)


def settled(
    display: Display, orders: Sequence[TickOrder], prices: dict[int, Decimal] | None = None
) -> list[Fill]:
    """What the standing quote fills, and where it leaves the queues; `prices` are those that orders stood at before."""
    fills: list[Fill] = []
    for side in Side:
        level = display.opposite(side)
        for order in by_priority(order for order in orders if order.side is side):
            price = level.price if prices is None else prices[order.number]
            fills += _take(order, level, level.price if order.is_better(price, level.price) else price)
            _requeue(order, display)
    return fills


def _requeue(order: TickOrder, display: Display) -> None:
    ahead = _queue_on_joining(order, display)
    if ahead is None:
        return
    order.queue_ahead = ahead if order.queue_ahead is None else min(order.queue_ahead, ahead)


def printed(
    display: Display, trade: TradeTick, orders: Sequence[TickOrder], next_place: Callable[[], int]
) -> list[Fill]:
    """A print outside auctions, and what it fills of the orders in the book. It concerns none with a worse limit."""
    concerned = [order for order in orders if order.reaches(trade.price)]
    ours = sum((_given_up(level, trade) for level in (display.bid, display.ask)), _NOTHING)
    fills: list[Fill] = []
    for side in _nearer_first(display, trade.price):
        for order in by_priority(order for order in concerned if order.side is side):
            used = sum((fill.quantity for fill in fills), _NOTHING)
            fills += _met(order, display, trade, min(ours, trade.size), used)
    used = sum((fill.quantity for fill in fills), _NOTHING)
    for level in (display.bid, display.ask):
        if level.price == trade.price:
            level.size = max(level.size - (trade.size - used), level.taken)
    for order in sorted(concerned, key=lambda order: order.place):
        if order.clip == 0 and order.leaves > 0:
            order.place, order.clip = next_place(), _next_clip(order)
            order.queue_ahead = _queue_on_joining(order, display)
    return fills


def _given_up(level: Level, trade: TradeTick) -> Decimal:
    """How much of the print is what we had taken from the display before it; it is ours no longer."""
    if level.price != trade.price:
        return _NOTHING
    ours = min(level.taken, trade.size)
    level.taken -= ours
    return ours


def _nearer_first(display: Display, price: Decimal) -> tuple[Side, Side]:
    if 2 * price <= display.bid.price + display.ask.price:
        return Side.BUY, Side.SELL
    return Side.SELL, Side.BUY


def _met(order: TickOrder, display: Display, trade: TradeTick, ours: Decimal, used: Decimal) -> list[Fill]:
    """What a print of which `used` units are given out already gives to an order."""
    price = order.working_price(display)
    if order.is_better(price, trade.price):
        return []
    ahead = order.queue_ahead
    if price != trade.price:
        ahead = order.queue_ahead = _NOTHING
    if ahead is None:
        return []
    order.queue_ahead = max(ahead - (trade.size - used), _NOTHING)
    clip, available = order.clip, trade.size - max(ahead, ours) - used
    fill = order.execute(price, available if clip is None else min(available, clip))
    if fill is None:
        return []
    if clip is not None:
        order.clip = min(clip - fill.quantity, order.leaves)
    return [fill]


def crossed(trade: TradeTick, orders: Sequence[TickOrder]) -> Iterator[Fill]:
    """What the print of an auction gives to those who take part: the side that came first, each by its priority."""
    left = trade.size
    parts = [order for order in orders if _takes_part(order, trade)]
    for side in dict.fromkeys(order.side for order in sorted(parts, key=lambda order: order.number)):
        for order in by_priority(order for order in parts if order.side is side):
            fill = order.execute(trade.price, left)
            if fill is not None:
                left -= fill.quantity
                yield fill


def _takes_part(order: TickOrder, trade: TradeTick) -> bool:
    if order.time_in_force in AUCTIONS:
        return order.time_in_force is trade.auction and order.reaches(trade.price)
    return order.reaches(trade.price) and order.limit_price != trade.price
