"""How a day's volume is expected to be spread, and which days say so: the one choice that trading and backtest make.

An instrument's own days where there are three; else its own and those of other instruments of its market, pooled; else
the published U of US large caps. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from statistics import median

from execution.market_data.volume import VolumeCurve
from execution.market_data.volume_curve import (
    FEWEST_DAYS,
    HALF_HOURS,
    USUAL_SHARES,
    TradedDay,
    days_like,
    part_volumes,
    shares_of_days,
)
from execution.session import Session

MOST_DAYS = 20
"""Of how many days, or pooled days of instruments, a curve is made at most: of the newest."""
FIVES = 6
"""Parts of a half hour of New York's session: five minutes each."""
_PARTS = HALF_HOURS * FIVES
_SMOOTH_DAYS = 1
"""As so many days the smooth curve counts where days say how a half hour is spread over its parts."""


class CurveSource(StrEnum):
    """Whose days an expectation is made of."""

    OWN = "own"
    POOLED = "pooled"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class SpreadDay:
    """A session that is over: the volume of each of 78 equally long parts and of the closing auction, in units."""

    session: Session
    parts: Sequence[Decimal]
    auction: Decimal

    @property
    def is_whole(self) -> bool:
        """Whether something was traded in every half hour: else minutes are missing, or the day was like no other."""
        return all(any(half) for half in _by_half_hours(self.parts))


@dataclass(frozen=True, slots=True)
class UsualDay:
    """The curve by which a day is expected to go, and whose days it is made of (`curve.days` of them)."""

    curve: VolumeCurve
    source: CurveSource


def spread_day(day: TradedDay) -> SpreadDay:
    """Return how the volume of a day was spread."""
    return SpreadDay(day.session, part_volumes(day, _PARTS), day.auction_volume)


def usual_day(session: Session, own: Sequence[SpreadDay], others: Sequence[SpreadDay]) -> UsualDay:
    """Return what is expected of a session, by days before it: its instrument's `own`, and `others` of its market.

    Days in which a half hour passed without a trade do not count.
    """
    whole = [day for day in own if day.is_whole]
    if not needs_others(own):
        return UsualDay(_curve(days_like(session, whole)), CurveSource.OWN)
    pool = [*whole, *(day for day in others if day.is_whole)]
    if len(pool) >= FEWEST_DAYS:
        return UsualDay(_curve(days_like(session, pool)), CurveSource.POOLED)
    return PUBLISHED_DAY


def needs_others(own: Sequence[SpreadDay]) -> bool:
    """Whether an instrument has so few days of its own that those of others are looked at."""
    return sum(day.is_whole for day in own) < FEWEST_DAYS


def smoothed(shares: Sequence[Decimal], parts: int) -> list[Decimal]:
    """Return each share in `parts` parts such that what is summed up to a moment is a smooth curve through the sums.

    A monotone cubic (F. N. Fritsch, J. Butland, A Method for Constructing Local Monotone Piecewise Cubic Interpolants,
    SIAM J. Sci. Stat. Comput. 5, 1984, in the harmonic form): parts are never negative, and those of a share sum to it.
    """
    slopes = [_end_slope(shares[0], shares[1]), *map(_harmonic, shares, shares[1:])]
    slopes.append(_end_slope(shares[-1], shares[-2]))
    made: list[Decimal] = []
    for share, (at_start, at_end) in zip(shares, pairwise(slopes), strict=True):
        sums = [_cubic(Decimal(part) / parts, share, at_start, at_end) for part in range(parts + 1)]
        made += [after - before for before, after in pairwise(sums)]
    return made


def _harmonic(before: Decimal, after: Decimal) -> Decimal:
    return 2 * before * after / (before + after) if before and after else Decimal(0)


def _end_slope(outer: Decimal, inner: Decimal) -> Decimal:
    """The slope of the parabola through the last three sums, as far as it leaves the cubic monotone."""
    return min(max((3 * outer - inner) / 2, Decimal(0)), 3 * outer)


def _cubic(place: Decimal, share: Decimal, at_start: Decimal, at_end: Decimal) -> Decimal:
    """Hermite's cubic from 0 to `share` over a unit, with these slopes at its ends."""
    rest = 1 - place
    return share * place**2 * (3 - 2 * place) + at_start * place * rest**2 - at_end * place**2 * rest


def _by_half_hours(parts: Sequence[Decimal]) -> list[Sequence[Decimal]]:
    return [parts[first : first + FIVES] for first in range(0, _PARTS, FIVES)]


def _curve(days: Sequence[SpreadDay]) -> VolumeCurve:
    """Return the median over the days of each half hour's share, spread over five minutes as the days' mean is.

    A median of five minutes alone is noise with few days; a half hour spread evenly knows nothing of the last minutes.
    The auction has a share where most of the days have its print.
    """
    rows = shares_of_days([(day.parts, day.auction) for day in days])
    halves = [
        median(sum(_by_half_hours(row)[half], Decimal(0)) for row in rows) for half in range(HALF_HOURS)
    ]
    auction = median(row[-1] for row in rows)
    total = sum(halves, auction)
    smooth = _by_half_hours(smoothed(halves, FIVES))
    sums = [sum(column, Decimal(0)) for column in zip(*rows, strict=True)]
    bins: list[Decimal] = []
    for half, even, share in zip(_by_half_hours(sums), smooth, halves, strict=True):
        weights = [days_sum + _SMOOTH_DAYS * part for days_sum, part in zip(half, even, strict=True)]
        bins += [share / total * weight / sum(weights, Decimal(0)) for weight in weights]
    return VolumeCurve(tuple(bins), auction / total, len(days))


PUBLISHED_DAY = UsualDay(
    VolumeCurve(tuple(part / sum(USUAL_SHARES.bins) for part in smoothed(USUAL_SHARES.bins, FIVES))),
    CurveSource.PUBLISHED,
)
"""The published half hours, smoothly spread over theirs and brought to a sum of 1."""
