"""Which symbol and day of the bars the demo replays, and why. Pure.

The rule: of the symbols' days that can carry the parent order, the one on which most minutes of the regular session
were traded; among equals the one with the largest volume in it. A day carries it when

- the symbol has a price before the first order, five minutes after the open;
- 100,000 shares sent in equal slices, each 30 minutes late, are filled by the close although the venue gives no
  more than its share of each minute's volume (execution/venues/simulated/bar_model.py);
- they are worth no more than the account's limit for one order.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from execution.algorithms.schedule import even_lots, even_times
from execution.market_data.bars import BAR_LENGTH, Bar
from execution.market_data.csv_reader import COLUMNS
from execution.session import NEW_YORK, XNYS, session_on
from execution.venues.simulated.bar_model import DEFAULT_PARTICIPATION
from qtweb.demo.errors import NoSuitableDay
from qtweb.demo.timetable import LATENESS, PARENT_SHARES, PARENT_SLICES, Timetable, timetable_of

_MINUTES = 390
_PAIR = tuple[str, date]


@dataclass(slots=True)
class SymbolDay:
    """What the choice looks at: `volumes` in shares by minute of the regular session, -1 where there is no bar."""

    symbol: str
    day: date
    has_early_price: bool = False
    highest: Decimal = Decimal(0)
    volumes: "array[float]" = field(default_factory=lambda: array("d", [-1.0]) * _MINUTES)

    @property
    def minutes(self) -> int:
        """How many minutes of the regular session were traded."""
        return sum(volume >= 0 for volume in self.volumes)

    @property
    def volume(self) -> int:
        """The regular session's volume in whole shares."""
        return int(sum(volume for volume in self.volumes if volume > 0))

    def see(self, bar: Bar, timetable: Timetable) -> None:
        """Take note of one bar of the day."""
        self.highest = max(self.highest, bar.high)
        self.has_early_price |= bar.end <= timetable.first_order
        if bar.start in timetable.session:
            self.volumes[(bar.start - timetable.session.open) // BAR_LENGTH] = float(bar.volume)

    def obstacle(self, largest_notional: Decimal) -> str | None:
        """Return why the day cannot carry the parent order, or None."""
        if not self.has_early_price:
            return "no price before the first order"
        if PARENT_SHARES * self.highest > largest_notional:
            return f"{PARENT_SHARES:,} shares are worth more than the limit of {largest_notional:,} per order"
        if not self._fills_parent():
            return f"its volume ({self.volume:,} shares) cannot carry {PARENT_SHARES:,} shares"
        return None

    def _fills_parent(self) -> bool:
        timetable = timetable_of(self.day)
        first, session = timetable.first_order, timetable.session
        times = even_times(first, timetable.parent_end, PARENT_SLICES)
        quantities = even_lots(PARENT_SHARES, Decimal(1), PARENT_SLICES)
        sent = [0.0] * (_MINUTES + 1)
        for moment, quantity in zip(times, quantities, strict=True):
            # An order takes part in the first minute that begins after it arrived.
            sent[_minute(moment + LATENESS - session.open) + 1] += float(quantity)
        waiting = 0.0
        for minute, volume in enumerate(self.volumes):
            waiting += sent[minute]
            waiting -= min(waiting, max(volume, 0.0) * float(DEFAULT_PARTICIPATION) // 1)
        return waiting == 0


@dataclass(frozen=True, slots=True)
class Survey:
    """What one reading of the bars found: the days of trading of each symbol, and each symbol's lowest price."""

    days: dict[_PAIR, SymbolDay]
    lowest: dict[str, Decimal]


def survey(bars: Iterable[Bar]) -> Survey:
    """Read the bars once, keeping 3 kB for each day of a symbol. Raises what reading `bars` raises."""
    found = Survey({}, {})
    timetables: dict[date, Timetable | None] = {}
    for bar in bars:
        found.lowest[bar.symbol] = min(bar.low, found.lowest.get(bar.symbol, bar.low))
        day = _day(bar)
        if day not in timetables:
            timetables[day] = timetable_of(day) if session_on(day, XNYS) else None
        timetable = timetables[day]
        if timetable is not None:
            found.days.setdefault((bar.symbol, day), SymbolDay(bar.symbol, day)).see(bar, timetable)
    return found


def choose(days: dict[_PAIR, SymbolDay], largest_notional: Decimal) -> SymbolDay:
    """Return the day to replay, by the rule above. Raises NoSuitableDay."""
    if not days:
        raise NoSuitableDay("the bars have no day on which New York trades: there is no session to replay")
    obstacles = {pair: seen.obstacle(largest_notional) for pair, seen in days.items()}
    able = [seen for pair, seen in days.items() if obstacles[pair] is None]
    if not able:
        nearest = max(days.values(), key=_rank)
        raise NoSuitableDay(
            f"none of the {len(days)} days of a symbol can carry the demo; the best traded, {nearest.symbol} on"
            f" {nearest.day}: {obstacles[nearest.symbol, nearest.day]}"
        )
    return max(able, key=_rank)


def reason(chosen: SymbolDay) -> str:
    """Return one sentence: what was chosen and why."""
    return (
        f"{chosen.symbol} on {chosen.day:%A %-d %B %Y}: of the days that can carry {PARENT_SHARES:,} shares it has"
        f" most minutes traded in the session ({chosen.minutes}), and of those the largest volume ({chosen.volume:,})"
    )


def bars_of(bars: Iterable[Bar], chosen: SymbolDay) -> list[Bar]:
    """Return the chosen symbol's bars of the chosen day, oldest first."""
    wanted = (bar for bar in bars if bar.symbol == chosen.symbol and _day(bar) == chosen.day)
    return sorted(wanted, key=lambda bar: bar.start)


def written(bars: Iterable[Bar], path: Path) -> Path:
    """Write bars as the reader of files takes them, so that a made-up day goes the same way as a real one."""
    with path.open("w") as file:
        file.writelines(f"{line}\n" for line in _lines(bars))
    return path


def _lines(bars: Iterable[Bar]) -> Iterator[str]:
    yield ",".join(COLUMNS)
    for bar in bars:
        start = f"{bar.start.astimezone(NEW_YORK):%Y-%m-%d,%H:%M:%S}"
        yield f"{bar.symbol},{start},{bar.open:f},{bar.high:f},{bar.low:f},{bar.close:f},{bar.volume:f}"


def _day(bar: Bar) -> date:
    return bar.start.astimezone(NEW_YORK).date()


def _minute(span: timedelta) -> int:
    return min(span // BAR_LENGTH, _MINUTES - 1)


def _rank(seen: SymbolDay) -> tuple[int, int]:
    return seen.minutes, seen.volume
