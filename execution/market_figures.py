"""What is known of an instrument's market at a moment: what an admission reads, by one statement of what is wanted.

Written out, because every admission waits for it. tests/execution/test_market_figures.py holds it equal to a naive
reckoning from the rows.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from execution.market_data.bars import BAR_LENGTH
from execution.market_data.quotes import LONGEST_AGE
from execution.market_data.recent import of_recent_months
from execution.session import Session, current_or_next_session
from orders.kernel.statements import Statement
from orders.risk.figures import MarketFigures

WINDOW = timedelta(minutes=5)
"""Over which `window_average` is taken."""
VOLUME_DAYS = 20
"""Over how many days, at most, the average daily volume is taken."""

_STATEMENTS = {
    "last": """
        SELECT close FROM execution_bar
        WHERE instrument_id = %(instrument)s AND start <= %(newest)s
            AND start >= {since} AND start < {until}
        ORDER BY start DESC LIMIT 1
    """,
    "mid": """
        SELECT (bid + ask) * 0.5 FROM execution_quote
        WHERE instrument_id = %(instrument)s AND at BETWEEN %(stale)s AND %(market_time)s
            AND at >= {since} AND at < {until}
        ORDER BY at DESC LIMIT 1
    """,
    "window_average": """
        SELECT round(sum((high + low + close) * volume) / nullif(3 * sum(volume), 0), 8) FROM execution_bar
        WHERE instrument_id = %(instrument)s AND start > %(window)s AND start <= %(newest)s
            AND start >= {since} AND start < {until}
    """,
    "previous_close": """
        SELECT close FROM execution_dailybar
        WHERE instrument_id = %(instrument)s AND day < %(day)s
        ORDER BY day DESC LIMIT 1
    """,
    "average_daily_volume": f"""
        SELECT round(avg(volume), 8) FROM (
            SELECT volume FROM execution_dailybar
            WHERE instrument_id = %(instrument)s AND day < %(day)s
            ORDER BY day DESC LIMIT {VOLUME_DAYS}
        ) AS days
    """,  # noqa: S608 - a number of ours
}
_LAST_EVER = Statement("""
    SELECT close FROM execution_bar
    WHERE instrument_id = %(instrument)s AND start <= %(newest)s
    ORDER BY start DESC LIMIT 1
""")
OPENS = "session_opens_in_s"
_OF_DAYS = frozenset({"previous_close", "average_daily_volume"})
FIGURES = frozenset(_STATEMENTS) | {OPENS}
"""What can be wanted: the names of MarketFigures."""


def market_figures(
    *,
    instrument_id: UUID,
    mic: str,
    market_time: datetime,
    wanted: frozenset[str] = frozenset(),
    effective_at: datetime | None = None,
) -> MarketFigures:
    """Return the `wanted` figures (names of MarketFigures) as they are known at `market_time`, and always `last`.

    Prices in the instrument's currency, None where unknown: `last` is the close of the newest bar that had ended,
    `mid` that of the newest quote unless it is older than a minute, `window_average` the volume-weighted typical price
    of the bars that ended in the last five minutes. `previous_close` and `average_daily_volume` are of the days before
    that of the session that is open or opens next, so that all of them are over. `session_opens_in_s` looks at the
    session in which an order works that is effective at `effective_at`, or at once: 0 while that is open.

    Raises MarketWithoutCalendar where a session is asked for that nobody knows, KeyError for an unknown name.
    """
    values: dict[str, Any] = {
        "instrument": instrument_id,
        "market_time": market_time,
        "newest": market_time - BAR_LENGTH,
        "window": market_time - BAR_LENGTH - WINDOW,
        "stale": market_time - LONGEST_AGE,
    }
    if wanted & _OF_DAYS:
        values["day"] = current_or_next_session(market_time, mic).day
    read = _read(wanted - {OPENS} | {"last"}, values)
    if OPENS in wanted:
        session = current_or_next_session(max(market_time, effective_at or market_time), mic)
        read[OPENS] = _seconds_until_open(session, market_time)
    return MarketFigures(**read)


def _read(names: frozenset[str], values: Mapping[str, Any]) -> dict[str, Decimal | None]:
    statement = _statement(of_recent_months(_text(names), values["market_time"]))
    read = dict(zip(sorted(names), statement.row(values), strict=True))
    if read["last"] is None and (ever := _LAST_EVER.row(values)) is not None:
        (read["last"],) = ever
    return read


@cache
def _text(names: frozenset[str]) -> str:
    return "SELECT " + ", ".join(f"({_STATEMENTS[name]})" for name in sorted(names))


@lru_cache(maxsize=256)
def _statement(text: str) -> Statement:
    return Statement(text)


def _seconds_until_open(session: Session, market_time: datetime) -> Decimal:
    until = max(session.open - market_time, timedelta(0))
    return Decimal(until // timedelta(microseconds=1)) / 1_000_000
