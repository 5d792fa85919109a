"""Ticks that are kept: quotes with their sizes, and trades, as the venue's tick model takes them.

Nothing here is a prepared statement: each is planned with its bounds, and looks at their months alone.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models.functions import Length

from execution.models import Quote, Trade
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


def has_ticks(instrument_id: UUID, session: Session) -> bool:
    """Tell whether the session has at least one quote with sizes and one trade."""
    with connection.cursor() as cursor:
        cursor.execute(
            _HAS_TICKS, {"instrument": instrument_id, "open": session.open, "close": session.close}
        )
        return bool(cursor.fetchone()[0])


def ticks_between(instrument_id: UUID, *, after: datetime, until: datetime) -> list[Tick]:
    """Return the quotes with sizes and the trades with after < at <= until, as `in_order` has them.

    Trades of one moment are in order of their ids, numbers by their value: #2 is before #10.
    """
    within = {"instrument_id": instrument_id, "at__gt": after, "at__lte": until}
    quotes = Quote.objects.filter(**within, bid_size__isnull=False).order_by("at")
    trades = Trade.objects.filter(**within).order_by("at", Length("trade_id"), "trade_id")
    return in_order(
        (QuoteTick(*row) for row in quotes.values_list("at", "bid", "bid_size", "ask", "ask_size")),
        (TradeTick(*row) for row in trades.values_list("at", "price", "size", "condition")),
    )
