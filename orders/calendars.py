"""The markets' calendars, out of the library exchange_calendars. Pure.

The library brings pandas, half a second and 60 MB: it is imported when hours are first asked for, and a year of a
market is asked for once in a process's life.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from threading import Lock
from typing import NamedTuple
from zoneinfo import ZoneInfo

from orders.errors import MarketWithoutCalendar

YEARS = range(1990, 2100)
"""What the library's rules are asked for; it computes any year, but speaks for none that it does not know."""
_STAND_IN = {"XXXX": "XNYS", "IEXG": "XNYS"}
"""Markets that the library does not know, and whose days they keep. XXXX is ISO 10383's code for no market: symbols
that a file of bars, in New York's time, brought along."""

_LOADING = Lock()
"""A calendar takes most of a second to make: the threads of a fresh process that need the same one wait for it."""


class Hours(NamedTuple):
    """When a session opens and closes, aware UTC, and from when to when it pauses for lunch, None where it does not."""

    open: datetime
    close: datetime
    pause: tuple[datetime, datetime] | None


def hours_of_year(mic: str, year: int) -> Mapping[date, Hours]:
    """The hours of every session of a market in a year, by the market's own date; empty outside YEARS.

    Raises MarketWithoutCalendar.
    """
    with _LOADING:
        name = _name(mic)
        return _hours(name, year) if year in YEARS else {}


def zone_of(mic: str) -> ZoneInfo:
    """The time zone of a market's clock. Raises MarketWithoutCalendar."""
    with _LOADING:
        return _zone(_name(mic))


def market_days(mics: Iterable[str], *, last: date, count: int) -> list[date]:
    """The newest `count` (1 to 250) days until `last` on which any of the markets has a session, oldest first.

    By each market's own date. Markets without a calendar are passed over; fewer days where the calendars begin.
    """
    days: set[date] = set()
    for mic in mics:
        for year in (last.year, last.year - 1):
            try:
                days.update(day for day in hours_of_year(mic, year) if day <= last)
            except MarketWithoutCalendar:
                break
    return sorted(days)[-count:]


@cache
def _name(mic: str) -> str:
    """The library's name for a market: several MICs of one house share a calendar, which is read once."""
    from exchange_calendars import get_calendar_names, resolve_alias

    if mic not in _STAND_IN and mic not in get_calendar_names():
        raise MarketWithoutCalendar(f"no calendar is known for the market {mic}", mic=mic)
    return str(resolve_alias(_STAND_IN.get(mic, mic)))


@cache
def _hours(name: str, year: int) -> Mapping[date, Hours]:
    from exchange_calendars import get_calendar

    try:
        calendar = get_calendar(name, start=f"{year}-01-01", end=f"{year}-12-31")
    except ValueError:
        return {}  # outside what the calendar's keepers vouch for
    table = (calendar.sessions, calendar.opens, calendar.closes, calendar.break_starts, calendar.break_ends)
    return {
        day.date(): Hours(
            opened.to_pydatetime(),
            closed.to_pydatetime(),
            # Where a session has no break the library has NaT, which alone is not equal to itself.
            (pause.to_pydatetime(), resumed.to_pydatetime()) if pause == pause else None,  # noqa: PLR0124
        )
        for day, opened, closed, pause, resumed in zip(*table, strict=True)
    }


@cache
def _zone(name: str) -> ZoneInfo:
    from exchange_calendars import get_calendar

    # The zone is the market's, not the year's: a short calendar tells it as well as a long one.
    return ZoneInfo(str(get_calendar(name, start="2024-01-02", end="2024-01-31").tz))
