"""What is known of many instruments' markets at a moment: what plans are made of, by a handful of statements.

A session's bars are read each time: those of a minute may be loaded late, and then count from then on.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from execution.algorithms.terms import Market
from execution.market_data.bars import BAR_LENGTH, Bar
from execution.market_data.recent import of_recent_months
from execution.market_data.volume import TradedVolume
from execution.market_figures import VOLUME_DAYS
from execution.session import Session, current_or_next_session
from execution.volume_curves import volume_curves
from orders.kernel.statements import Statement

SPREAD_WINDOW = timedelta(minutes=30)
"""Over whose quotes the spread is taken."""

_MINUTES = """
    SELECT bar.instrument_id, bar.start, bar.open, bar.high, bar.low, bar.close, bar.volume
    FROM unnest(%(instruments)s::uuid[], %(opens)s::timestamptz[]) AS wanted(id, opens)
    JOIN execution_bar AS bar ON bar.instrument_id = wanted.id
        AND bar.start >= wanted.opens AND bar.start <= %(newest)s::timestamptz
        AND bar.start >= {since} AND bar.start < {until}
    ORDER BY bar.start
"""
# The deviation is that of a day's change of the close: of the square root of a day, in the instrument's currency.
_FIGURES = """
    SELECT wanted.id, last.close, days.volume, days.volatility, quotes.spread
    FROM unnest(%(instruments)s::uuid[], %(days)s::date[]) AS wanted(id, day)
    LEFT JOIN LATERAL (
        SELECT close FROM execution_bar
        WHERE instrument_id = wanted.id AND start <= %(newest)s::timestamptz
            AND start >= {since} AND start < {until}
        ORDER BY start DESC LIMIT 1
    ) AS last ON true
    LEFT JOIN LATERAL (
        SELECT round(avg(volume), 8) AS volume, round(stddev_samp(change), 8) AS volatility
        FROM (
            SELECT day.volume, day.close - lag(day.close) OVER (ORDER BY day.day) AS change
            FROM (
                SELECT day, close, volume FROM execution_dailybar
                WHERE instrument_id = wanted.id AND day < wanted.day ORDER BY day DESC LIMIT %(volume_days)s
            ) AS day
        ) AS changes
    ) AS days ON true
    LEFT JOIN LATERAL (
        SELECT round(avg(ask - bid), 8) AS spread FROM execution_quote
        WHERE instrument_id = wanted.id AND at > %(quotes_from)s::timestamptz AND at <= %(market_time)s::timestamptz
            AND at >= {since} AND at < {until}
    ) AS quotes ON true
""".replace("%(volume_days)s", str(VOLUME_DAYS))
_LAST_EVER = Statement("""
    SELECT wanted.id, last.close FROM unnest(%(instruments)s::uuid[]) AS wanted(id)
    CROSS JOIN LATERAL (
        SELECT close FROM execution_bar
        WHERE instrument_id = wanted.id AND start <= %(newest)s::timestamptz ORDER BY start DESC LIMIT 1
    ) AS last
""")


class _Figures(NamedTuple):
    last_price: Decimal | None
    average_daily_volume: Decimal | None
    daily_volatility: Decimal | None
    spread: Decimal | None


def markets(
    mics: Mapping[UUID, str], *, market_time: datetime, with_curve: Collection[UUID] = ()
) -> dict[UUID, Market]:
    """Return the market of each instrument, given by id with its MIC, as it is known at `market_time`.

    The session is the one that is open or opens next. The last price may be of an earlier day; volume and volatility
    are of up to 20 days before the session's, the spread is the mean of the last half hour's quotes. How the day is
    expected to go is known of the instruments `with_curve` alone. Raises MarketWithoutCalendar.
    """
    sessions = {mic: current_or_next_session(market_time, mic) for mic in set(mics.values())}
    of_instrument = {instrument: sessions[mic] for instrument, mic in mics.items()}
    values = _values(of_instrument, market_time)
    minutes = _minutes(values)
    figures = _figures(values)
    wanted = {each: (mics[each], of_instrument[each]) for each in with_curve}
    curves = volume_curves(wanted) if wanted else {}
    return {
        instrument: Market(
            session=session,
            minutes=minutes[instrument],
            traded=TradedVolume(minutes[instrument]),
            curve=curves[instrument].half_hours if instrument in curves else None,
            usual_day=curves[instrument].usual_day if instrument in curves else None,
            **figures[instrument]._asdict(),
        )
        for instrument, session in of_instrument.items()
    }


def _values(of_instrument: Mapping[UUID, Session], market_time: datetime) -> dict[str, Any]:
    return {
        "instruments": list(of_instrument),
        "opens": [session.open for session in of_instrument.values()],
        "days": [session.day for session in of_instrument.values()],
        "newest": market_time - BAR_LENGTH,
        "market_time": market_time,
        "quotes_from": market_time - SPREAD_WINDOW,
    }


def _figures(values: Mapping[str, Any]) -> dict[UUID, _Figures]:
    found = {row[0]: _Figures(*row[1:]) for row in _recent(_FIGURES, values).rows(values)}
    silent = [instrument for instrument, each in found.items() if each.last_price is None]
    if silent:
        for instrument, close in _LAST_EVER.rows({**values, "instruments": silent}):
            found[instrument] = found[instrument]._replace(last_price=close)
    return found


def _recent(template: str, values: Mapping[str, Any]) -> Statement:
    return _statement(of_recent_months(template, values["market_time"]))


@lru_cache(maxsize=128)
def _statement(text: str) -> Statement:
    return Statement(text)


def _minutes(values: Mapping[str, Any]) -> dict[UUID, list[Bar]]:
    found: defaultdict[UUID, list[Bar]] = defaultdict(list)
    for instrument, *bar in _recent(_MINUTES, values).rows(values):
        found[instrument].append(Bar("", *bar))
    return found
