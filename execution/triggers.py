"""When the market triggers an order that waits for it: stop, stop limit, market if touched, trailing stop. Pure.

The market is known by its one-minute bars, each when it is over. A stop triggers when the price reaches it from the
passive side (a buy's from below), an order if touched when it comes back to it (a buy's from above). A trailing stop
follows the best price since the order came, at its offset, and never turns back (FIX 4.4 PegInstructions; Alpaca's
`trail_price`, `trail_percent`, `hwm`). Within one bar nobody knows whether high or low came first: a bar is held
against the extreme of the bars before it, and moves the extreme only then.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from execution.market_data.bars import Bar
from orders.terms import OrderType, Side

_PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is waited for. Prices in the instrument's currency per unit.

    `stop_price` is that of a stop or an order if touched, `trail_price` or `trail_percent` the offset of a trailing
    stop and `extreme` the best price that it has seen (a sell's highest, a buy's lowest), None before the first.
    Bars that start before `watched_from` say nothing: they had begun when the order came, or are known already.
    """

    type: OrderType
    side: Side
    stop_price: Decimal | None
    trail_price: Decimal | None
    trail_percent: Decimal | None
    extreme: Decimal | None
    watched_from: datetime

    @property
    def price(self) -> Decimal | None:
        """The price that triggers now, unrounded; None for a trailing stop that has seen no price."""
        if self.type is not OrderType.TRAILING_STOP:
            return self.stop_price
        if self.extreme is None:
            return None
        offset = self.trail_price
        if offset is None:
            offset = self.extreme * (self.trail_percent or Decimal(0)) / _PERCENT
        return self.extreme - offset if self.side is Side.SELL else self.extreme + offset


@dataclass(frozen=True, slots=True)
class Verdict:
    """The watch as the bars left it, and the bar that triggered, None where none did."""

    watch: Watch
    bar: Bar | None


def watched(watch: Watch, bars: Iterable[Bar]) -> Verdict:
    """Hold a watch against bars in order of time, up to the first that triggers."""
    for bar in bars:
        if bar.start < watch.watched_from:
            continue
        if is_triggered(watch, bar):
            return Verdict(watch, bar)
        watch = replace(watch, extreme=extreme_after(watch, bar), watched_from=bar.end)
    return Verdict(watch, None)


def is_triggered(watch: Watch, bar: Bar) -> bool:
    """Whether the bar reached the price of the watch as it stood before the bar."""
    price = watch.price
    if price is None:
        return False
    waits_above = (watch.side is Side.BUY) != (watch.type is OrderType.MARKET_IF_TOUCHED)
    return bar.high >= price if waits_above else bar.low <= price


def extreme_after(watch: Watch, bar: Bar) -> Decimal | None:
    """The best price after the bar; None for an order that does not trail."""
    if watch.type is not OrderType.TRAILING_STOP:
        return None
    best, reached = (max, bar.high) if watch.side is Side.SELL else (min, bar.low)
    return reached if watch.extreme is None else best(watch.extreme, reached)
