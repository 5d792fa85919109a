"""Ticks that are kept: quotes with their sizes, and trades, as the venue's tick model takes them.

Nothing here is a prepared statement: each is planned with its bounds, and looks at their months alone.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from execution.session import Session
from execution.venues.simulated.ticks import QuoteTick, Tick, TradeTick, in_order

# Trades first: where there are none, as in a house that loads quotes alone, no quote is looked at.
_HAS_TICKS = """
    SELECT EXISTS (
        SELECT FROM execution_trade WHERE instrument_id = %(instrument)s AND at >= %(open)s AND at < %(close)s
    ) AND EXISTS (
        SELECT FROM execution_quote
        WHERE instrument_id = %(instrument)s AND at >= %(open)s AND at < %(close)s AND bid_size IS NOT NULL
    )
"""
_QUOTES = """
    SELECT at, bid, bid_size, ask, ask_size FROM execution_quote
    WHERE instrument_id = %s AND at > %s AND at <= %s AND bid_size IS NOT NULL ORDER BY at
"""
_TRADES = """
    SELECT at, price, size, condition FROM execution_trade
    WHERE instrument_id = %s AND at > %s AND at <= %s ORDER BY at, length(trade_id), trade_id
"""


def has_ticks(instrument_id: UUID, session: Session) -> bool:
    """Tell whether the session has at least one quote with sizes and one trade."""
    values: dict[str, Any] = {"instrument": instrument_id, "open": session.open, "close": session.close}
    with connection.cursor() as cursor:
        cursor.execute(_HAS_TICKS, values)
        return bool(cursor.fetchone()[0])


def ticks_between(instrument_id: UUID, *, after: datetime, until: datetime) -> list[Tick]:
    """Return the quotes with sizes and the trades with after < at <= until, as `in_order` has them.

    Trades of one moment are in order of their ids, numbers by their value: #2 is before #10.
    """
    bounds: list[Any] = [instrument_id, after, until]
    with connection.cursor() as cursor:
        cursor.execute(_QUOTES, bounds)
        quotes = [QuoteTick(*row) for row in cursor.fetchall()]
        cursor.execute(_TRADES, bounds)
        trades = [TradeTick(*row) for row in cursor.fetchall()]
    return in_order(quotes, trades)
