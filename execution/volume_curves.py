"""Volume curves of many instruments: made of the minutes of past days once, and kept by this process."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from execution.market_data.bars import Bar
from execution.market_data.volume import VolumeCurve
from execution.market_data.volume_curve import TradedDay, days_like, volume_curve
from execution.session import Session, session_on
from orders.kernel.statements import Statement

CURVE_DAYS = 20
"""Of how many days a curve is made at most."""

_DAYS = Statement(f"""
    SELECT wanted.id, array_agg(days.day ORDER BY days.day)
    FROM unnest(%(instruments)s::uuid[], %(days)s::date[]) AS wanted(id, day)
    CROSS JOIN LATERAL (
        SELECT day FROM execution_dailybar
        WHERE instrument_id = wanted.id AND day < wanted.day ORDER BY day DESC LIMIT {CURVE_DAYS}
    ) AS days
    GROUP BY wanted.id
""")  # noqa: S608 - a number of ours
# The bar that begins at the close is the closing auction's print.
_MINUTES = Statement("""
    SELECT past.id, past.day, bar.start, bar.open, bar.high, bar.low, bar.close, bar.volume
    FROM unnest(%(instruments)s::uuid[], %(days)s::date[], %(opens)s::timestamptz[], %(closes)s::timestamptz[])
        AS past(id, day, opens, closes)
    JOIN execution_bar AS bar ON bar.instrument_id = past.id
        AND bar.start >= past.opens AND bar.start <= past.closes
    ORDER BY bar.start
""")

_Key = tuple[UUID, date, tuple[date, ...]]
_MOST_KEPT = 4_096
_kept: dict[_Key, VolumeCurve | None] = {}


def volume_curves(sessions: Mapping[UUID, tuple[str, Session]]) -> dict[UUID, VolumeCurve | None]:
    """Return the curve of each instrument, given by id with its MIC, for a session: of up to 20 days before it.

    Where a day comes in that was not there before, the curve is made anew. None without a day.
    """
    values = {"instruments": list(sessions), "days": [session.day for _mic, session in sessions.values()]}
    past = {row[0]: tuple(row[1]) for row in _DAYS.rows(values)}
    keys = {
        instrument: (instrument, session.day, past.get(instrument, ()))
        for instrument, (_mic, session) in sessions.items()
    }
    missing = {instrument: key for instrument, key in keys.items() if key not in _kept}
    if missing:
        _make({instrument: (*sessions[instrument], key) for instrument, key in missing.items()})
    return {instrument: _kept[key] for instrument, key in keys.items()}


def _make(missing: Mapping[UUID, tuple[str, Session, _Key]]) -> None:
    traded = _traded_days({instrument: (mic, key[2]) for instrument, (mic, _session, key) in missing.items()})
    if len(_kept) + len(missing) > _MOST_KEPT:
        _kept.clear()
    for instrument, (_mic, session, key) in missing.items():
        _kept[key] = volume_curve(days_like(session, traded[instrument]))


def _traded_days(past: Mapping[UUID, tuple[str, tuple[date, ...]]]) -> Mapping[UUID, list[TradedDay]]:
    sessions = [
        (instrument, session)
        for instrument, (mic, days) in past.items()
        for session in (session_on(day, mic) for day in days)
        if session is not None
    ]
    values: dict[str, Any] = {
        "instruments": [instrument for instrument, _session in sessions],
        "days": [session.day for _instrument, session in sessions],
        "opens": [session.open for _instrument, session in sessions],
        "closes": [session.close for _instrument, session in sessions],
    }
    bars: defaultdict[tuple[UUID, date], list[Bar]] = defaultdict(list)
    for instrument, day, *bar in _MINUTES.rows(values):
        bars[instrument, day].append(_bar(*bar))
    found: defaultdict[UUID, list[TradedDay]] = defaultdict(list)
    for instrument, session in sessions:
        found[instrument].append(TradedDay(session, bars[instrument, session.day]))
    return found


def _bar(start: datetime, *prices_and_volume: Any) -> Bar:
    return Bar("", start, *prices_and_volume)
