"""Prices to compare an execution with, and the comparison."""

from collections.abc import Iterable
from decimal import Decimal

from execution.market_data.bars import Bar
from execution.session import in_regular_session
from orders.terms import Side

_BASIS_POINTS = 10_000


def day_vwap(bars: Iterable[Bar], *, mic: str) -> Decimal:
    """Volume-weighted average price of one symbol over the regular session, per share and unrounded.

    Sum of typical price times volume over sum of volume: bars hold no traded value, so the typical price
    (high + low + close) / 3 stands for each minute's average, as is usual. Bars outside the session of the
    market `mic` are left out. Raises ValueError when no volume is left.
    """
    average = interval_vwap(bar for bar in bars if in_regular_session(bar.start, mic))
    if average is None:
        raise ValueError("nothing was traded in the regular session")
    return average


def interval_vwap(bars: Iterable[Bar]) -> Decimal | None:
    """Return the volume-weighted average price of minutes, unrounded; None where nothing was traded.

    Each minute's average is its typical price, as for a day.
    """
    value = volume = Decimal(0)
    for bar in bars:
        value += bar.typical_price * bar.volume
        volume += bar.volume
    return value / volume if volume else None


def slippage_bps(side: Side, average_price: Decimal, benchmark_price: Decimal) -> Decimal:
    """What the execution cost against the benchmark, in basis points of it, unrounded; positive is a cost.

    A buy costs when it paid more, a sell when it got less. Raises ValueError for a benchmark not above zero.
    """
    if benchmark_price <= 0:
        raise ValueError("a benchmark price is more than zero")
    excess = average_price - benchmark_price if side is Side.BUY else benchmark_price - average_price
    return excess / benchmark_price * _BASIS_POINTS
