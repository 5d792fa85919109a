"""Load market data: bars, quotes and trades, by COPY, all of a file or nothing; and correct what is there."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from django.db import DatabaseError, DataError, IntegrityError

from execution.errors import BarsPresent, QuotesPresent, SymbolUnknown, TradesPresent
from execution.events import (
    BarsCorrected,
    BarsLoaded,
    MarketDataLoaded,
    QuotesCorrected,
    QuotesLoaded,
    TradesCorrected,
    TradesLoaded,
)
from execution.market_data.bars import Bar
from execution.market_data.kinds import BARS, QUOTES, TRADES, Kind, Row
from execution.market_data.quotes import Quote
from execution.market_data.sources import RowSource, Source
from execution.market_data.trades import Trade
from execution.models import MarketDataLoad
from execution.services.daily_bars import derive_daily_bars
from execution.services.market_data_rows import (
    check_each_came_once,
    copy_rows,
    make_month,
    restate_rows,
    wait_turn,
)
from execution.wake import EVALUATE_TRIGGERS, wake_on_commit
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.errors import Conflict, InvalidInput
from orders.kernel.ids import new_id
from orders.kernel.rows import insert_values
from orders.kernel.transactions import service
from orders.models import Instrument
from orders.selectors import instrument_with_symbol, market_now

_LINE = re.compile(r"CONTEXT:\s+COPY \w+, line (\d+)")
_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
Progress = Callable[[int], None]
"""Is told how many rows have been stored so far."""

_PRESENT: dict[str, type[Conflict]] = {
    BARS.name: BarsPresent,
    QUOTES.name: QuotesPresent,
    TRADES.name: TradesPresent,
}
_EVENTS: dict[str, tuple[type[MarketDataLoaded], type[MarketDataLoaded]]] = {
    BARS.name: (BarsLoaded, BarsCorrected),
    QUOTES.name: (QuotesLoaded, QuotesCorrected),
    TRADES.name: (TradesLoaded, TradesCorrected),
}


def load_bars(*, actor: Actor, bars: Iterable[Bar]) -> MarketDataLoaded:
    """Load minute bars, derive the days that they touch anew, and return the event that says which came in.

    Raises as `load_market_data`, and whatever `bars` raises while it is read.
    """
    # Read once and before the transaction: a service may be called again, an iterator is only read through once.
    rows = [Row(bar.symbol, bar.start, (bar.open, bar.high, bar.low, bar.close, bar.volume)) for bar in bars]
    return load_market_data(actor=actor, kind=BARS, source=RowSource(BARS, rows))


def load_quotes(*, actor: Actor, quotes: Iterable[Quote]) -> MarketDataLoaded:
    """Load quotes, as `load_bars` does bars."""
    rows = [Row(quote.symbol, quote.at, _numbers(quote)) for quote in quotes]
    return load_market_data(actor=actor, kind=QUOTES, source=RowSource(QUOTES, rows))


def _numbers(quote: Quote) -> tuple[Decimal, ...]:
    if quote.bid_size is None or quote.ask_size is None:
        return quote.bid, quote.ask
    return quote.bid, quote.ask, quote.bid_size, quote.ask_size


def load_trades(*, actor: Actor, trades: Iterable[Trade]) -> MarketDataLoaded:
    """Load prints, each with its id, as `load_bars` does bars."""
    rows = [
        Row(each.symbol, each.at, (each.price, each.size), (each.trade_id, each.condition)) for each in trades
    ]
    return load_market_data(actor=actor, kind=TRADES, source=RowSource(TRADES, rows))


@service
def load_market_data(
    *, actor: Actor, kind: Kind, source: Source, reason: str = "", progress: Progress | None = None
) -> MarketDataLoaded:
    """Load the rows of a source and return the event that says which came in: all of them or, where this raises, none.

    With a `reason` it is a correction: what is there already is restated, and what it said is kept as a version. Loads
    of a kind follow one another.

    Raises MarketDataFileError for the first fault of a file, SymbolUnknown naming the symbol, BarsPresent,
    QuotesPresent or TradesPresent for what is there already, or is in a correction twice, InvalidInput for no rows at
    all, OSError.
    """
    wait_turn(kind)
    load = _Load(kind, reason)
    try:
        for table in source.tables():
            load.store(table)
            if progress is not None:
                progress(load.count)
        if reason:
            check_each_came_once(load.id)
    except (IntegrityError, DataError) as error:
        _tell(load, source, error)
    if not load.count:
        raise InvalidInput(f"there are no {kind.name} to load")
    if kind is BARS:
        derive_daily_bars(load.touched)
        wake_on_commit(EVALUATE_TRIGGERS)
    return _announce(actor, load, source)


@dataclass(slots=True)
class _Load:
    kind: Kind
    reason: str
    id: UUID = field(default_factory=new_id)
    listed: dict[str, Instrument] = field(default_factory=dict)
    days: set[tuple[str, date]] = field(default_factory=set)
    months: set[date] = field(default_factory=set)
    table: pa.Table = field(default_factory=lambda: pa.table({}))
    count: int = 0
    corrected: int = 0
    first: datetime = _NEVER
    last: datetime = _EVER

    @property
    def touched(self) -> list[tuple[Instrument, date]]:
        return [(self.listed[symbol], day) for symbol, day in self.days]

    def in_words(self, said: str) -> str:
        """Tell the row of which PostgreSQL speaks, which knows lines of the batch and the ids of instruments."""
        if (found := _LINE.search(said)) is not None:
            place = int(found[1]) - 1
            row = self.table.slice(place, 1).to_pylist()[0]
            where = f"{row['symbol']} at {row['at']} UTC, row {self.count + place + 1}"
            return f"{where}: {said[: found.start()].strip()}"
        for symbol, instrument in self.listed.items():
            said = said.replace(str(instrument.pk), symbol)
        return said

    def store(self, table: pa.Table) -> None:
        self.table = table
        self._prepare(table)
        ids = {symbol: str(instrument.pk) for symbol, instrument in self.listed.items()}
        if self.reason:
            self.corrected += restate_rows(self.kind, table, ids, load_id=self.id)
        else:
            copy_rows(self.kind, table, ids)
        self.count += len(table)

    def _prepare(self, table: pa.Table) -> None:
        """Look up what the rows need before they come: a connection in COPY answers nothing else."""
        days = table["at"].cast(pa.date32(), safe=False)
        seen = pa.table({"symbol": table["symbol"], "day": days}).group_by(["symbol", "day"]).aggregate([])
        found = set(zip(*(column.to_pylist() for column in seen.columns), strict=True))
        for symbol, day in sorted(found - self.days):
            if symbol not in self.listed:
                self.listed[symbol] = _instrument(symbol)
            if (month := day.replace(day=1)) not in self.months:
                make_month(self.kind, month)
                self.months.add(month)
        self.days |= found
        bounds = pc.min_max(table["at"]).as_py()
        self.first = min(self.first, bounds["min"].replace(tzinfo=UTC))
        self.last = max(self.last, bounds["max"].replace(tzinfo=UTC))


def _instrument(symbol: str) -> Instrument:
    instrument = instrument_with_symbol(symbol)
    if instrument is None:
        raise SymbolUnknown(f"{symbol} is not an instrument here", symbol=symbol)
    return instrument


def _tell(load: _Load, source: Source, error: DatabaseError) -> None:
    """Raise what the database refused in the words of the file, or of the kind."""
    source.explain()
    said = load.in_words(str(error))
    if isinstance(error, IntegrityError):
        raise _PRESENT[load.kind.name](f"these cannot be added: {said}") from error
    raise InvalidInput(f"these cannot be kept: {said}") from error


def _announce(actor: Actor, load: _Load, source: Source) -> MarketDataLoaded:
    what: dict[str, Any] = {
        "count": load.count,
        "corrected": load.corrected,
        "first": load.first,
        "last": load.last,
        "reason": load.reason,
        "source": source.name,
        "sha256": source.sha256(),
    }
    symbols, now = sorted(load.listed), market_now()
    insert_values(
        MarketDataLoad,
        id=load.id,
        kind=load.kind.name,
        symbols=symbols,
        actor=actor.reference,
        market_time=now,
        **what,
    )
    event = _EVENTS[load.kind.name][bool(load.reason)](
        actor=actor,
        object_id=str(load.id),
        revision=0,
        market_time=now,
        symbols=tuple(symbols),
        **what,
    )
    publish(event)
    return event
