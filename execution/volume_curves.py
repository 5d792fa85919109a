"""How the days of many instruments are expected to go: made of minutes of past days once, and kept by this process."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from execution.market_data.bars import Bar
from execution.market_data.usual_day import (
    MOST_DAYS,
    SpreadDay,
    UsualDay,
    needs_others,
    spread_day,
    usual_day,
)
from execution.market_data.volume import VolumeCurve
from execution.market_data.volume_curve import TradedDay, days_like, volume_curve
from execution.session import Session, session_on
from orders.kernel.statements import Statement
from orders.selectors import instruments_of_market

_DAYS = Statement(f"""
    SELECT wanted.id, array_agg(days.day ORDER BY days.day)
    FROM unnest(%(instruments)s::uuid[], %(days)s::date[]) AS wanted(id, day)
    CROSS JOIN LATERAL (
        SELECT day FROM execution_dailybar
        WHERE instrument_id = wanted.id AND day < wanted.day ORDER BY day DESC LIMIT {MOST_DAYS}
    ) AS days
    GROUP BY wanted.id
""")  # noqa: S608 - a number of ours
# The newest days of any of the instruments; of one date those first in which most was traded.
_POOL = Statement(f"""
    SELECT newest.instrument_id, newest.day
    FROM unnest(%(instruments)s::uuid[]) AS listed(id)
    CROSS JOIN LATERAL (
        SELECT instrument_id, day, volume FROM execution_dailybar
        WHERE instrument_id = listed.id AND day < %(day)s::date ORDER BY day DESC LIMIT {MOST_DAYS}
    ) AS newest
    ORDER BY newest.day DESC, newest.volume DESC, newest.instrument_id LIMIT {MOST_DAYS}
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


class KnownCurves(NamedTuple):
    """`half_hours` are those of an instrument's own days, None without one; `usual_day` is what is expected."""

    half_hours: VolumeCurve | None
    usual_day: UsualDay


class _Own(NamedTuple):
    """What an instrument's own days say: `usual_day` is None where they are too few, and then `days` are kept."""

    half_hours: VolumeCurve | None
    usual_day: UsualDay | None
    days: Sequence[SpreadDay]


_OwnKey = tuple[UUID, date, tuple[date, ...]]
_PoolKey = tuple[str, date, tuple[tuple[UUID, date], ...]]
_MOST_KEPT, _MOST_POOLS = 4_096, 64
_own: dict[_OwnKey, _Own] = {}
_pools: dict[_PoolKey, Sequence[tuple[UUID, SpreadDay]]] = {}
_pooled: dict[tuple[_OwnKey, _PoolKey], UsualDay] = {}


def volume_curves(sessions: Mapping[UUID, tuple[str, Session]]) -> dict[UUID, KnownCurves]:
    """Return the curves of each instrument, given by id with its MIC, for a session: of up to 20 days before it.

    Where an instrument has too few days, the newest ones of others of its market are read too. Where a day comes in
    that was not there before, the curve is made anew.
    """
    _make_room()
    values = {"instruments": list(sessions), "days": [session.day for _mic, session in sessions.values()]}
    past = {row[0]: tuple(row[1]) for row in _DAYS.rows(values)}
    keys = {
        instrument: (instrument, session.day, past.get(instrument, ()))
        for instrument, (_mic, session) in sessions.items()
    }
    _keep_own({keys[each]: sessions[each] for each in sessions if keys[each] not in _own})
    pools = _keep_pools({sessions[each] for each in sessions if _own[keys[each]].usual_day is None})
    found = {}
    for instrument, (mic, session) in sessions.items():
        own = _own[keys[instrument]]
        day = own.usual_day or _from_pool(session, keys[instrument], pools[mic, session.day])
        found[instrument] = KnownCurves(own.half_hours, day)
    return found


def _make_room() -> None:
    if len(_own) > _MOST_KEPT or len(_pools) > _MOST_POOLS or len(_pooled) > _MOST_KEPT:
        _own.clear()
        _pools.clear()
        _pooled.clear()


def _keep_own(missing: Mapping[_OwnKey, tuple[str, Session]]) -> None:
    past = [(key[0], day, mic) for key, (mic, _session) in missing.items() for day in key[2]]
    traded = _traded_days(past) if past else {}
    for key, (_mic, session) in missing.items():
        days = traded.get(key[0], [])
        spread = [spread_day(day) for day in days]
        half_hours = volume_curve(days_like(session, days))
        is_short = needs_others(spread)
        _own[key] = _Own(
            half_hours, None if is_short else usual_day(session, spread, ()), spread if is_short else ()
        )


def _keep_pools(wanted: Collection[tuple[str, Session]]) -> dict[tuple[str, date], _PoolKey]:
    """Return which days are pooled for a session of each market, and keep them."""
    keys: dict[tuple[str, date], _PoolKey] = {}
    for mic, session in wanted:
        rows = _POOL.rows({"instruments": instruments_of_market(mic), "day": session.day})
        key = keys[mic, session.day] = (mic, session.day, tuple((row[0], row[1]) for row in rows))
        if key not in _pools:
            traded = _traded_days([(instrument, day, mic) for instrument, day in key[2]])
            _pools[key] = [(each, spread_day(day)) for each, days in traded.items() for day in days]
    return keys


def _from_pool(session: Session, key: _OwnKey, pool: _PoolKey) -> UsualDay:
    if (key, pool) not in _pooled:
        others = [day for instrument, day in _pools[pool] if instrument != key[0]]
        _pooled[key, pool] = usual_day(session, _own[key].days, others)
    return _pooled[key, pool]


def _traded_days(past: Sequence[tuple[UUID, date, str]]) -> dict[UUID, list[TradedDay]]:
    sessions = [
        (instrument, session)
        for instrument, day, mic in past
        if (session := session_on(day, mic)) is not None
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
