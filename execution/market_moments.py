"""What the market of an instrument was at given moments, from the bars and quotes that are loaded: one statement.

What was restated since is told as it is known now; what an admission saw of it is kept with its decision.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from execution.market_data.bars import BAR_LENGTH
from execution.market_data.quotes import LONGEST_AGE
from orders.kernel.statements import Statement

_AT = Statement("""
    SELECT wanted.at, last.close, last.start, quote.bid, quote.ask, quote.bid_size, quote.ask_size, quote.at
    FROM unnest(%(moments)s::timestamptz[]) AS wanted(at)
    LEFT JOIN LATERAL (
        SELECT close, start FROM execution_bar
        WHERE instrument_id = %(instrument)s AND start <= wanted.at - %(bar_length)s::interval
        ORDER BY start DESC LIMIT 1
    ) AS last ON true
    LEFT JOIN LATERAL (
        SELECT bid, ask, bid_size, ask_size, at FROM execution_quote
        WHERE instrument_id = %(instrument)s AND at <= wanted.at AND at >= wanted.at - %(longest_age)s::interval
        ORDER BY at DESC LIMIT 1
    ) AS quote ON true
""")


class MarketMoment(NamedTuple):
    """A market at a moment, in the instrument's currency and units; None where nothing is known.

    `last` is the close of the newest bar that had ended, at `last_at`; bid and ask are those of the newest quote unless
    it was older than a minute. All moments are market time.
    """

    last: Decimal | None
    last_at: datetime | None
    bid: Decimal | None
    ask: Decimal | None
    bid_size: Decimal | None
    ask_size: Decimal | None
    quoted_at: datetime | None


def market_at(*, instrument_id: UUID, moments: Iterable[datetime]) -> dict[datetime, MarketMoment]:
    """Return the market of the instrument at each of these moments (market time)."""
    rows = _AT.rows(
        {
            "moments": sorted(set(moments)),
            "instrument": instrument_id,
            "bar_length": BAR_LENGTH,
            "longest_age": LONGEST_AGE,
        }
    )
    return {
        at: MarketMoment(close, None if start is None else start + BAR_LENGTH, *quote)
        for at, close, start, *quote in rows
    }
