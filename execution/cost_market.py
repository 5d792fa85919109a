"""What the market did around orders that have ended: one statement for 2,500 of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from execution.costs.measured import REVERSION_MINUTES
from execution.market_data.bars import BAR_LENGTH
from execution.market_data.quotes import LONGEST_AGE
from execution.market_figures import VOLUME_DAYS

AT_ONCE = 2_500
"""So many orders a statement looks around: it stays well within the time that a web process gives it."""
SETTLED = timedelta(minutes=5)
"""A bar that ended longer ago says less of a price on arrival than the open of the minute that holds the arrival."""
TRADING_DAYS = 252
"""How many days a year's volatility is made of."""

# The last trade in the market before a moment, as admissions have it, is the close of the newest bar that had ended.
_CLOSE_BEFORE = """
    SELECT close FROM execution_bar WHERE instrument_id = wanted.instrument AND start <= {moment} - %(bar)s
    ORDER BY start DESC LIMIT 1
"""
_TEXT = f"""
    SELECT ({_CLOSE_BEFORE.format(moment="wanted.decided")}) AS decision_price,
        coalesce(
            (SELECT close FROM execution_bar WHERE instrument_id = wanted.instrument
                AND start <= wanted.arrived - %(bar)s AND start > wanted.arrived - %(bar)s - %(settled)s
                ORDER BY start DESC LIMIT 1),
            (SELECT open FROM execution_bar WHERE instrument_id = wanted.instrument
                AND start <= wanted.arrived AND start > wanted.arrived - %(bar)s AND start <= %(newest)s),
            ({_CLOSE_BEFORE.format(moment="wanted.arrived")})
        ) AS arrival_price,
        ({_CLOSE_BEFORE.format(moment="wanted.ended")}) AS end_price,
        life.vwap, life.twap, life.volume,
        (SELECT close FROM execution_dailybar WHERE instrument_id = wanted.instrument AND day = wanted.closed) AS close,
        days.volume, days.volatility,
        (SELECT (ask - bid) * 20000 / (ask + bid) FROM execution_quote
            WHERE instrument_id = wanted.instrument AND at <= wanted.arrived AND at >= wanted.arrived - %(stale)s
            ORDER BY at DESC LIMIT 1) AS spread_bps,
        ({_CLOSE_BEFORE.format(moment="wanted.filled")}) AS price_at_last_fill,
        (SELECT close FROM execution_bar WHERE instrument_id = wanted.instrument AND start >= wanted.filled
            AND start <= least(wanted.filled + %(reversion)s - %(bar)s, %(newest)s)
            AND wanted.filled <= %(newest)s + %(bar)s - %(reversion)s
            ORDER BY start DESC LIMIT 1) AS price_afterwards
    FROM unnest(%(instruments)s::uuid[], %(decided)s::timestamptz[], %(arrived)s::timestamptz[],
        %(ended)s::timestamptz[], %(filled)s::timestamptz[], %(days)s::date[], %(closed)s::date[])
        WITH ORDINALITY AS wanted(instrument, decided, arrived, ended, filled, day, closed, number)
    CROSS JOIN LATERAL (
        SELECT round(sum((high + low + close) * volume) / nullif(3 * sum(volume), 0), 8) AS vwap,
            round(avg(high + low + close) / 3, 8) AS twap, coalesce(sum(volume), 0) AS volume
        FROM execution_bar WHERE instrument_id = wanted.instrument
            AND start > wanted.arrived - %(bar)s AND start < wanted.ended AND start <= %(newest)s
    ) AS life
    CROSS JOIN LATERAL (
        SELECT round(avg(volume), 8) AS volume,
            stddev_samp(ln(close::float8 / before)) * sqrt({TRADING_DAYS}) AS volatility
        FROM (
            SELECT volume, close, lag(close) OVER (ORDER BY day) AS before FROM (
                SELECT day, close, volume FROM execution_dailybar
                WHERE instrument_id = wanted.instrument AND day < wanted.day ORDER BY day DESC LIMIT {VOLUME_DAYS}
            ) AS newest
        ) AS changes
    ) AS days
    ORDER BY wanted.number
"""  # noqa: S608 - numbers and names of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The moments of an order (market time): decided, arrived, ended, and last filled, None where nothing was.

    `day` is the market's date of the arrival, `closed_day` that of the end, None while its session is open.
    """

    instrument_id: UUID
    decided: datetime
    arrived: datetime
    ended: datetime
    filled: datetime | None
    day: date
    closed_day: date | None


class Around(NamedTuple):
    """What the market did around one order, as execution/costs/measured.py names it; None where nobody knows."""

    decision_price: Decimal | None
    arrival_price: Decimal | None
    end_price: Decimal | None
    vwap: Decimal | None
    twap: Decimal | None
    volume: Decimal
    close: Decimal | None
    average_daily_volume: Decimal | None
    volatility: float | None
    spread_bps: Decimal | None
    price_at_last_fill: Decimal | None
    price_afterwards: Decimal | None


def markets_around(lives: Sequence[Life], *, market_time: datetime) -> list[Around]:
    """Return what the market did around each life, in their order; nothing of it is later than `market_time`."""
    parts = (lives[first : first + AT_ONCE] for first in range(0, len(lives), AT_ONCE))
    return [around for part in parts for around in _around(part, market_time)]


def _around(lives: Sequence[Life], market_time: datetime) -> list[Around]:
    values: dict[str, Any] = {
        "instruments": [life.instrument_id for life in lives],
        "decided": [life.decided for life in lives],
        "arrived": [life.arrived for life in lives],
        "ended": [life.ended for life in lives],
        "filled": [life.filled for life in lives],
        "days": [life.day for life in lives],
        "closed": [life.closed_day for life in lives],
        "bar": BAR_LENGTH,
        "settled": SETTLED,
        "stale": LONGEST_AGE,
        "reversion": timedelta(minutes=REVERSION_MINUTES),
        "newest": market_time - BAR_LENGTH,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TEXT, values)
        return [Around(*row) for row in cursor.fetchall()]
