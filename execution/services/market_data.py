"""Load market data: minute bars and quotes, by COPY, all of a file or nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, connection

from execution.errors import BarsPresent, QuotesPresent, SymbolUnknown
from execution.events import BarsLoaded, MarketDataLoaded, QuotesLoaded
from execution.market_data.bars import Bar
from execution.market_data.quotes import Quote
from execution.services.daily_bars import derive_daily_bars
from execution.wake import EVALUATE_TRIGGERS, wake_on_commit
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.errors import Conflict, InvalidInput
from orders.kernel.transactions import service
from orders.models import Instrument
from orders.selectors import instrument_with_symbol, market_now

_COPY_BARS = "COPY execution_bar (instrument_id, start, open, high, low, close, volume) FROM STDIN"
_COPY_QUOTES = "COPY execution_quote (instrument_id, at, bid, ask) FROM STDIN"

E = TypeVar("E", bound=MarketDataLoaded)


def load_bars(*, actor: Actor, bars: Iterable[Bar]) -> BarsLoaded:
    """Load minute bars, derive the days that they touch anew, and return the event that says which came in.

    Raises SymbolUnknown naming the symbol, BarsPresent for a minute that is there already, InvalidInput for no
    bars at all, and whatever `bars` raises while it is read (MarketDataFileError).
    """
    # Read once and before the transaction: a service may be called again, a file is only read through once.
    return _load_bars(actor=actor, bars=list(bars))


def load_quotes(*, actor: Actor, quotes: Iterable[Quote]) -> QuotesLoaded:
    """Load quotes and return the event that says which came in.

    Raises SymbolUnknown naming the symbol, QuotesPresent for a moment of which its instrument has one already,
    InvalidInput for no quotes at all, and whatever `quotes` raises while it is read (MarketDataFileError).
    """
    return _load_quotes(actor=actor, quotes=list(quotes))


@service
def _load_bars(*, actor: Actor, bars: Sequence[Bar]) -> BarsLoaded:
    # A connection in COPY answers nothing else: the symbols are looked up first.
    listed = _listed(bar.symbol for bar in bars)
    rows = (
        (listed[bar.symbol].pk, bar.start, bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars
    )
    _copy(_COPY_BARS, rows, present=BarsPresent)
    touched = {(bar.symbol, bar.start.date()) for bar in bars}
    derive_daily_bars((listed[symbol], day) for symbol, day in touched)
    wake_on_commit(EVALUATE_TRIGGERS)
    return _announce(BarsLoaded, "bars", actor, listed, [bar.start for bar in bars])


@service
def _load_quotes(*, actor: Actor, quotes: Sequence[Quote]) -> QuotesLoaded:
    listed = _listed(quote.symbol for quote in quotes)
    rows = ((listed[quote.symbol].pk, quote.at, quote.bid, quote.ask) for quote in quotes)
    _copy(_COPY_QUOTES, rows, present=QuotesPresent)
    return _announce(QuotesLoaded, "quotes", actor, listed, [quote.at for quote in quotes])


def _listed(symbols: Iterable[str]) -> dict[str, Instrument]:
    """Return the instruments of the symbols. Raises SymbolUnknown."""
    listed: dict[str, Instrument] = {}
    for symbol in dict.fromkeys(symbols):
        instrument = instrument_with_symbol(symbol)
        if instrument is None:
            raise SymbolUnknown(f"{symbol} is not an instrument here", symbol=symbol)
        listed[symbol] = instrument
    return listed


def _copy(statement: str, rows: Iterable[tuple[object, ...]], *, present: type[Conflict]) -> None:
    try:
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except IntegrityError as error:
        raise present(f"these cannot be added: {error}") from error


def _announce(
    event_class: type[E], what: str, actor: Actor, listed: Iterable[str], moments: Sequence[datetime]
) -> E:
    if not moments:
        raise InvalidInput(f"there are no {what} to load")
    first, last = min(moments), max(moments)
    event = event_class(
        actor=actor,
        object_id=f"{what}:{first.isoformat()}",
        revision=0,
        market_time=market_now(),
        count=len(moments),
        symbols=tuple(sorted(listed)),
        first=first,
        last=last,
    )
    publish(event)
    return event
