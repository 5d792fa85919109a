"""The curve of a day's volume, made of past days that are like it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import median
from typing import Protocol, TypeVar

from execution.market_data.bars import Bar
from execution.market_data.volume import VolumeCurve
from execution.session import Session

FEWEST_DAYS = 3
"""Fewer days of the same type say less than more of any."""
HALF_HOURS = 13
"""Bins of New York's regular session: the reference's figures are by half hours."""
USUAL_SHARES = VolumeCurve(
    bins=tuple(
        Decimal(per_mille) / 1000 for per_mille in (135, 95, 77, 64, 67, 53, 46, 50, 46, 55, 49, 74, 187)
    )
)
"""What stands in where nothing is known: US large caps, six days of October 2013, by half hours (they sum to 0.998)."""
_FRIDAY, _THIRD_WEEK = 4, range(15, 22)
_QUARTER_ENDS = (3, 6, 9, 12)


class OfSession(Protocol):
    """A day, as far as its type hangs on its session."""

    @property
    def session(self) -> Session:
        """When it traded."""


D = TypeVar("D", bound=OfSession)


class DayType(StrEnum):
    """Days whose volume is spread alike."""

    REGULAR = "regular"
    EARLY_CLOSE = "early_close"
    QUARTERLY_EXPIRY = "quarterly_expiry"


@dataclass(frozen=True, slots=True)
class TradedDay:
    """A session that is over, with its minute bars in order of start."""

    session: Session
    bars: Sequence[Bar]

    @property
    def auction_volume(self) -> Decimal:
        """What was traded in the bar that begins at the close: the closing auction's print."""
        return sum((bar.volume for bar in self.bars if bar.start == self.session.close), Decimal(0))


def day_type(session: Session, *, usual_length: timedelta) -> DayType:
    """Return of which type a session is.

    Options and futures on indices expire on the third Friday of March, June, September and December.
    """
    if session.length < usual_length:
        return DayType.EARLY_CLOSE
    return DayType.QUARTERLY_EXPIRY if _is_quarterly_expiry(session.day) else DayType.REGULAR


def _is_quarterly_expiry(day: date) -> bool:
    return day.month in _QUARTER_ENDS and day.weekday() == _FRIDAY and day.day in _THIRD_WEEK


def days_like(session: Session, days: Sequence[D]) -> list[D]:
    """Return the days of the same type as a session where there are at least 3, else all of them.

    The longest session among them is of the usual length.
    """
    usual = max([session.length, *(day.session.length for day in days)])
    wanted = day_type(session, usual_length=usual)
    alike = [day for day in days if day_type(day.session, usual_length=usual) is wanted]
    return alike if len(alike) >= FEWEST_DAYS else list(days)


def volume_curve(days: Sequence[TradedDay], bins: int = HALF_HOURS) -> VolumeCurve | None:
    """Return the median over the days of each bin's share of its day, brought to a sum of 1; None without volume.

    The auction has a share where most of the days have its print. A bar counts in the bin in which it begins.
    """
    rows = [(part_volumes(day, bins), day.auction_volume) for day in days]
    shares = [row for row in shares_of_days(rows) if row]
    medians = [median(column) for column in zip(*shares, strict=True)]
    total = sum(medians, Decimal(0))
    if total == 0:
        return None
    *parts, auction = (each / total for each in medians)
    return VolumeCurve(tuple(parts), auction, len(shares))


def shares_of_days(days: Sequence[tuple[Sequence[Decimal], Decimal]]) -> list[list[Decimal]]:
    """Return, of the volumes of each day's parts and its auction, their shares of the day, the auction's last.

    It counts where most of the days have its print. A day without volume has no shares.
    """
    has_auction = 2 * sum(auction > 0 for _parts, auction in days) > len(days)
    return [_shares([*parts, auction if has_auction else Decimal(0)]) for parts, auction in days]


def _shares(volumes: Sequence[Decimal]) -> list[Decimal]:
    total = sum(volumes)
    return [volume / total for volume in volumes] if total else []


def part_volumes(day: TradedDay, parts: int) -> list[Decimal]:
    """Return what was traded in each of the equally long parts of a day's session, in units, by when bars begin."""
    volumes, session = [Decimal(0)] * parts, day.session
    length = session.length
    for bar in day.bars:
        if bar.start in session:
            passed = session.trading_time(session.open, bar.start)
            volumes[min(passed * parts // length, parts - 1)] += bar.volume
    return volumes
