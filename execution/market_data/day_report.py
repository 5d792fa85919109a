"""What a day's data of one instrument lacks, and what in it stands out. Pure.

Outliers are minutes whose change of the close is far from the day's other changes, by the modified z-score of log
returns: 0.6745 (x - median) / MAD (B. Iglewicz and D. C. Hoaglin, "How to Detect and Handle Outliers", ASQC, 1993).
Prices move in ticks, so that most changes of a quiet day are the same and MAD is next to zero: where the mean absolute
deviation, in the same scale (0.7979 is that of a standard normal distribution), is the larger it stands in for MAD.
Their threshold of 3.5 is for a normal distribution; a minute's return has fatter tails, and a report that names many is
read by nobody.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from statistics import fmean, median

from execution.market_data.bars import BAR_LENGTH
from execution.session import Session

THRESHOLD = 10.0
FEWEST_RETURNS = 20
"""With fewer returns nothing is told of outliers."""
_MAD_FACTOR, _MEAN_FACTOR = 0.6745, 0.7979


@dataclass(frozen=True, slots=True)
class Minute:
    """What the report needs of a bar: its start, its close in the instrument's currency, its volume in units."""

    start: datetime
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of missing minutes: the starts of the first and the last, and how many they are."""

    first: datetime
    last: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Outlier:
    """A minute whose close jumped: from `previous` to `close`, and how far that is from the day's other changes."""

    start: datetime
    previous: Decimal
    close: Decimal
    score: float


@dataclass(frozen=True, slots=True)
class DayReport:
    """One session's minutes: how many its calendar expects, how many are there, which are not, and what stands out.

    `outliers` is None where too few minutes are there to tell. `outside` bars lie before or after the session.
    """

    day: date
    expected: int
    present: int
    outside: int
    gaps: tuple[Gap, ...]
    outliers: tuple[Outlier, ...] | None
    zero_volume: int

    @property
    def missing(self) -> int:
        """How many minutes of the session are not there."""
        return self.expected - self.present


def day_report(session: Session, minutes: Sequence[Minute], *, threshold: float = THRESHOLD) -> DayReport:
    """Report on the minutes of a session, given by start, with those around it."""
    inside = [minute for minute in minutes if _trades(session, minute.start)]
    expected = _expected(session)
    return DayReport(
        day=session.day,
        expected=len(expected),
        present=len(inside),
        outside=len(minutes) - len(inside),
        gaps=tuple(_gaps(expected, {minute.start for minute in inside})),
        outliers=_outliers(inside, threshold),
        zero_volume=sum(minute.volume == 0 for minute in inside),
    )


def _trades(session: Session, moment: datetime) -> bool:
    paused = session.pause is not None and session.pause[0] <= moment < session.pause[1]
    return moment in session and not paused


def _expected(session: Session) -> list[datetime]:
    length = (session.close - session.open) // BAR_LENGTH
    starts = (session.open + each * BAR_LENGTH for each in range(length))
    return [start for start in starts if _trades(session, start)]


def _gaps(expected: Sequence[datetime], present: set[datetime]) -> list[Gap]:
    """Runs of missing minutes; a pause does not end one."""
    gaps: list[Gap] = []
    was_missing = False
    for start in expected:
        is_missing = start not in present
        if is_missing and was_missing:
            gaps[-1] = Gap(gaps[-1].first, start, gaps[-1].minutes + 1)
        elif is_missing:
            gaps.append(Gap(start, start, 1))
        was_missing = is_missing
    return gaps


def _outliers(minutes: Sequence[Minute], threshold: float) -> tuple[Outlier, ...] | None:
    pairs = list(pairwise(minutes))
    if len(pairs) < FEWEST_RETURNS:
        return None
    returns = [math.log(after.close / before.close) for before, after in pairs]
    middle = median(returns)
    deviations = [abs(each - middle) for each in returns]
    scale = max(median(deviations) / _MAD_FACTOR, fmean(deviations) / _MEAN_FACTOR)
    if not scale:
        return ()
    scores = [(each - middle) / scale for each in returns]
    return tuple(
        Outlier(after.start, before.close, after.close, score)
        for (before, after), score in zip(pairs, scores, strict=True)
        if abs(score) > threshold
    )
