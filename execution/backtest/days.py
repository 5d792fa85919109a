"""Days of symbols out of files of bars, and what may be known of one: nothing of it that is not over, all before it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import islice, pairwise
from statistics import stdev

from execution.algorithms.terms import Market
from execution.market_data.bars import BAR_LENGTH, Bar
from execution.market_data.usual_day import MOST_DAYS, SpreadDay, UsualDay, spread_day, usual_day
from execution.market_data.volume import TradedVolume, VolumeCurve
from execution.market_data.volume_curve import TradedDay, days_like, volume_curve
from execution.session import NEW_YORK, XNYS, Session, session_on

FEWEST_MINUTES = 30
"""A day with fewer minutes in its session is not played: its VWAP would be that of a few trades."""
_EIGHT_DIGITS = Decimal("0.00000001")


@dataclass(frozen=True)
class Day:
    """A symbol's bars of one date, in order of start, with the minutes before and after its session."""

    symbol: str
    session: Session
    bars: Sequence[Bar]

    @cached_property
    def minutes(self) -> Sequence[Bar]:
        """The bars of the session."""
        return [bar for bar in self.bars if bar.start in self.session]

    @cached_property
    def volume(self) -> Decimal:
        """What was traded in the session, in units."""
        return sum((bar.volume for bar in self.minutes), Decimal(0))

    @cached_property
    def traded(self) -> TradedDay:
        """The session with its minutes and the closing auction's print, which is the bar that begins at the close."""
        session = self.session
        return TradedDay(session, [bar for bar in self.bars if session.open <= bar.start <= session.close])

    @cached_property
    def spread(self) -> SpreadDay:
        """How its volume was spread."""
        return spread_day(self.traded)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A symbol's date that cannot be played, and why not."""

    symbol: str
    day: date
    reason: str


def days_of(bars: Iterable[Bar]) -> tuple[list[Day], list[Skipped]]:
    """Return the days of a file by date and symbol, and what of it is no day: dates without a session."""
    by_day: defaultdict[tuple[date, str], list[Bar]] = defaultdict(list)
    for bar in bars:
        by_day[bar.start.astimezone(NEW_YORK).date(), bar.symbol].append(bar)
    days, skipped = [], []
    for (day, symbol), found in sorted(by_day.items(), key=lambda item: item[0]):
        session = session_on(day, XNYS)
        if session is None:
            skipped.append(Skipped(symbol, day, "no session: a weekend or a holiday"))
        else:
            days.append(Day(symbol, session, sorted(found, key=lambda bar: bar.start)))
    return days, skipped


def why_not_played(day: Day) -> str | None:
    """Return why a day is not played, None where it can be."""
    if len(day.minutes) < FEWEST_MINUTES:
        return f"{len(day.minutes)} minutes in the session, fewer than {FEWEST_MINUTES}"
    return None if day.volume else "nothing was traded in the session"


@dataclass(frozen=True, kw_only=True)
class KnownDay:
    """A day to be played, and what is known before it. `market` alone tells of the day itself, and only what is over.

    Figures as execution/markets.py reads them: `average_daily_volume` in units and `daily_volatility` in currency per
    square root of a day are those of up to 20 days before, None where unknown.
    """

    day: Day
    price_before: Decimal | None
    average_daily_volume: Decimal | None
    daily_volatility: Decimal | None
    half_hours: VolumeCurve | None
    usual_day: UsualDay

    @property
    def session(self) -> Session:
        """When it trades."""
        return self.day.session

    @cached_property
    def _starts(self) -> Sequence[datetime]:
        return [bar.start for bar in self.day.bars]

    def market(self, moment: datetime) -> Market:
        """Return what is known of the market at a moment of the session: of the day, the bars that have ended."""
        ended = self.day.bars[: bisect_right(self._starts, moment - BAR_LENGTH)]
        minutes = [bar for bar in ended if bar.start >= self.session.open]
        return Market(
            session=self.session,
            last_price=ended[-1].close if ended else self.price_before,
            minutes=minutes,
            traded=TradedVolume(minutes),
            curve=self.half_hours,
            usual_day=self.usual_day,
            average_daily_volume=self.average_daily_volume,
            daily_volatility=self.daily_volatility,
        )


class Archive:
    """Days of symbols, each once. Of a day nothing is told but days before it."""

    def __init__(self, days: Iterable[Day]) -> None:
        """Of days that come twice the last counts."""
        kept = {(day.symbol, day.session.day): day for day in days if day.volume}
        newest_first = sorted(
            kept.values(), key=lambda day: (-day.session.day.toordinal(), -day.volume, day.symbol)
        )
        self._of_symbol = by_symbol(newest_first)
        self._newest_first = newest_first
        self._pools: dict[date, list[Day]] = {}

    def before(self, day: Day) -> list[Day]:
        """Return the symbol's own days before one, oldest first: the newest 20."""
        earlier = (each for each in self._of_symbol.get(day.symbol, ()) if each.session.day < day.session.day)
        return list(islice(earlier, MOST_DAYS))[::-1]

    def pool(self, day: Day) -> list[Day]:
        """Return days before one of the other symbols, of the newest 20 of any."""
        date_played = day.session.day
        if date_played not in self._pools:
            earlier = (each for each in self._newest_first if each.session.day < date_played)
            self._pools[date_played] = list(islice(earlier, MOST_DAYS))
        return [each for each in self._pools[date_played] if each.symbol != day.symbol]

    def known(self, day: Day) -> KnownDay:
        """Return the day with what is known before it."""
        own = self.before(day)
        closes = [each.minutes[-1].close for each in own]
        return KnownDay(
            day=day,
            price_before=own[-1].bars[-1].close if own else None,
            average_daily_volume=_average([each.volume for each in own]),
            daily_volatility=_deviation([after - before for before, after in pairwise(closes)]),
            half_hours=volume_curve(days_like(day.session, [each.traded for each in own])),
            usual_day=usual_day(
                day.session, [each.spread for each in own], [each.spread for each in self.pool(day)]
            ),
        )


def merged(history: Iterable[Day], played: Iterable[Day]) -> Archive:
    """Return the days of both files; what both have counts once, as it is played."""
    return Archive([*history, *played])


def by_symbol(days: Iterable[Day]) -> Mapping[str, list[Day]]:
    """Return the days of each symbol."""
    found: defaultdict[str, list[Day]] = defaultdict(list)
    for day in days:
        found[day.symbol].append(day)
    return found


def _average(values: Sequence[Decimal]) -> Decimal | None:
    return (sum(values, Decimal(0)) / len(values)).quantize(_EIGHT_DIGITS) if values else None


def _deviation(changes: Sequence[Decimal]) -> Decimal | None:
    return stdev(changes).quantize(_EIGHT_DIGITS) if len(changes) > 1 else None
