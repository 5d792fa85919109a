"""Volume over the day: what has been traded so far, and how a day's volume is usually spread. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import accumulate

from execution.market_data.bars import BAR_LENGTH, Bar
from execution.session import Session


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


@dataclass(frozen=True)
class VolumeCurve:
    """How a day's volume is usually spread over its session: shares that sum to 1.

    `bins` are those of equally long parts from the open to the close, `closing_auction` that of the auction after it,
    0 where the data has none. `days` tells of how many days the curve was made.
    """

    bins: Sequence[Decimal]
    closing_auction: Decimal = Decimal(0)
    days: int = 0

    def share_between(self, session: Session, since: datetime, until: datetime) -> Decimal:
        """Return the share of the day that is usually traded between two moments of a session, without the auction.

        Within a bin it is spread evenly over trading time.
        """
        return max(self.share_until(session, until) - self.share_until(session, since), Decimal(0))

    def share_until(self, session: Session, moment: datetime) -> Decimal:
        """Return the share of the day that is usually traded from the open to a moment, without the auction."""
        passed = session.trading_time(session.open, min(moment, session.close)) // datetime.resolution
        place = Decimal(passed) * len(self.bins) / (session.length // datetime.resolution)
        whole = int(place)
        within = (place - whole) * self.bins[whole] if whole < len(self.bins) else Decimal(0)
        return self._sums[whole] + within

    @cached_property
    def _sums(self) -> Sequence[Decimal]:
        return list(accumulate(self.bins, initial=Decimal(0)))
