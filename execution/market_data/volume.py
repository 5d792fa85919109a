"""Volume over the day: what has been traded so far, and how a day's volume is usually spread. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import accumulate

from execution.market_data.bars import BAR_LENGTH, Bar


class TradedVolume:
    """The volume of one instrument by minute, in units; sums between two moments take a bisection."""

    def __init__(self, bars: Iterable[Bar] = ()) -> None:
        """`bars` in order of start."""
        kept = list(bars)
        self._starts = [bar.start for bar in kept]
        self._sums = list(accumulate((bar.volume for bar in kept), initial=Decimal(0)))

    def between(self, since: datetime, until: datetime) -> Decimal:
        """Return the volume of the bars that begin at `since` or later and have ended at `until`."""
        first = bisect_left(self._starts, since)
        last = bisect_left(self._starts, until - BAR_LENGTH + _TICK)
        return self._sums[max(first, last)] - self._sums[first]


_TICK = datetime.resolution
NO_VOLUME = TradedVolume()


@dataclass(frozen=True, slots=True)
class VolumeCurve:
    """How a day's volume is usually spread over its session: shares that sum to 1.

    `bins` are those of equally long parts from the open to the close, `closing_auction` that of the auction after it,
    0 where the data has none. `days` tells of how many days the curve was made.
    """

    bins: Sequence[Decimal]
    closing_auction: Decimal = Decimal(0)
    days: int = 0
