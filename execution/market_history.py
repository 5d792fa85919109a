"""What is kept of the market: what was known of it at a recorded time, what each day lacks, and what was loaded.

Market data is nobody's secret within the house: people who see orders see it (`may_see_market_data`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection

from execution.market_data.bars import Bar
from execution.market_data.day_report import DayReport, Minute, day_report
from execution.models import MarketDataLoad
from execution.session import Session, session_on
from orders.kernel.statements import Statement
from orders.models import Instrument

LONGEST_REPORT = timedelta(days=366)
MOST_LOADS = 50
_AROUND = timedelta(hours=8)

_AS_OF = Statement("""
    SELECT start, open, high, low, close, volume, version, recorded_at FROM execution_bar
    WHERE instrument_id = %(instrument)s AND start >= %(since)s AND start < %(until)s
        AND recorded_at <= %(recorded_at)s::timestamptz
    UNION ALL
    SELECT at, (values->>'open')::numeric(20, 8), (values->>'high')::numeric(20, 8),
        (values->>'low')::numeric(20, 8), (values->>'close')::numeric(20, 8),
        (values->>'volume')::numeric(20, 8), version, recorded_at
    FROM execution_marketdataversion
    WHERE kind = 'bars' AND instrument_id = %(instrument)s AND at >= %(since)s AND at < %(until)s
        AND recorded_at <= %(recorded_at)s::timestamptz AND superseded_at > %(recorded_at)s::timestamptz
    ORDER BY start
""")
_MINUTES = """
    SELECT start, close, volume FROM execution_bar
    WHERE instrument_id = %s AND start >= %s AND start < %s ORDER BY start
"""
_QUOTES = """
    SELECT count(*), count(*) FILTER (WHERE bid = ask) FROM execution_quote
    WHERE instrument_id = %s AND at >= %s AND at < %s
"""


@dataclass(frozen=True, slots=True)
class KnownBar:
    """A bar as it was known: its version, and since when (recorded time) it was known so."""

    bar: Bar
    version: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class QuoteCount:
    """How many quotes there are, and how many are locked: bid and ask are the same. Crossed ones are not kept."""

    quotes: int
    locked: int


def bars_as_of(
    instrument: Instrument, *, since: datetime, until: datetime, recorded_at: datetime
) -> list[KnownBar]:
    """Return the bars with since <= start < until as they were known at a recorded time, by start.

    A row counts from the beginning of the load that brought it; rows from before versions were kept count always.
    """
    values = {"instrument": instrument.pk, "since": since, "until": until, "recorded_at": recorded_at}
    return [
        KnownBar(Bar(instrument.symbol, *row[:6]), version=row[6], recorded_at=row[7])
        for row in _AS_OF.rows(values)
    ]


def loads_of(symbol: str, *, most: int = MOST_LOADS) -> list[MarketDataLoad]:
    """Return the loads and corrections that brought rows of a symbol, newest first."""
    return list(MarketDataLoad.objects.filter(symbols__contains=[symbol]).order_by("-id")[:most])


def newest_day(instrument: Instrument) -> date | None:
    """Return the date, in UTC, of the newest bar; None without one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(start) FROM execution_bar WHERE instrument_id = %s", [instrument.pk])
        (newest,) = cursor.fetchone()
    return None if newest is None else newest.astimezone(UTC).date()


def day_reports(instrument: Instrument, first: date, last: date) -> list[DayReport]:
    """Return a report for each session from the market's date `first` to `last`, by day.

    Raises MarketWithoutCalendar, ValueError for more than a year.
    """
    if last - first > LONGEST_REPORT:
        raise ValueError("a report is of a year at most")
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    sessions = [session for day in days if (session := session_on(day, instrument.mic)) is not None]
    if not sessions:
        return []
    found = _minutes_by_session(instrument, sessions)
    return [day_report(session, found[session.day]) for session in sessions]


def quote_count(instrument: Instrument, first: date, last: date) -> QuoteCount:
    """Count the quotes of these dates, in UTC."""
    since, until = _midnight(first), _midnight(last + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute(_QUOTES, [instrument.pk, since, until])
        return QuoteCount(*cursor.fetchone())


def _minutes_by_session(
    instrument: Instrument, sessions: Sequence[Session]
) -> Mapping[date, Sequence[Minute]]:
    """Sort the minutes to sessions: one is of the session that it is in, or else of the nearest within some hours."""
    bounds: list[Any] = [instrument.pk, sessions[0].open - _AROUND, sessions[-1].close + _AROUND]
    with connection.cursor() as cursor:
        cursor.execute(_MINUTES, bounds)
        minutes = [Minute(*row) for row in cursor.fetchall()]
    found: dict[date, list[Minute]] = {session.day: [] for session in sessions}
    place = 0
    for minute in minutes:
        while place + 1 < len(sessions) and _is_nearer(minute.start, sessions[place + 1], sessions[place]):
            place += 1
        if sessions[place].open - _AROUND <= minute.start < sessions[place].close + _AROUND:
            found[sessions[place].day].append(minute)
    return found


def _is_nearer(moment: datetime, following: Session, session: Session) -> bool:
    return moment >= session.close and following.open - moment < moment - session.close


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)
