"""Load market data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection

from execution.errors import BarsPresent, SymbolUnknown
from execution.events import BarsLoaded
from execution.market_data.bars import Bar
from execution.wake import EVALUATE_TRIGGERS, wake_on_commit
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.errors import InvalidInput
from orders.kernel.transactions import service
from orders.selectors import instrument_with_symbol, market_now

_COPY = "COPY execution_bar (instrument_id, start, open, high, low, close, volume) FROM STDIN"


@dataclass
class _Loaded:
    """What has gone into the table."""

    instrument_ids: dict[str, UUID] = field(default_factory=dict)
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def instrument_id(self, symbol: str) -> UUID:
        if symbol not in self.instrument_ids:
            instrument = instrument_with_symbol(symbol)
            if instrument is None:
                raise SymbolUnknown(f"{symbol} is not an instrument here", symbol=symbol)
            self.instrument_ids[symbol] = instrument.pk
        return self.instrument_ids[symbol]

    def note(self, bar: Bar) -> None:
        self.count += 1
        self.first = min(self.first or bar.start, bar.start)
        self.last = max(self.last or bar.start, bar.start)


def load_bars(*, actor: Actor, bars: Iterable[Bar]) -> BarsLoaded:
    """Load minute bars by COPY, all or none, and return the event that says which.

    Raises SymbolUnknown naming the symbol, BarsPresent for a minute that is there already, InvalidInput for no
    bars at all, and whatever `bars` raises while it is read (BarsFileError).
    """
    # Read once and before the transaction: a service may be called again, a file is only read through once.
    return _load(actor=actor, bars=list(bars))


@service
def _load(*, actor: Actor, bars: Sequence[Bar]) -> BarsLoaded:
    # A connection in COPY answers nothing else: the symbols are looked up first.
    loaded = _Loaded()
    rows = []
    for bar in bars:
        instrument_id = loaded.instrument_id(bar.symbol)
        rows.append((instrument_id, bar.start, bar.open, bar.high, bar.low, bar.close, bar.volume))
        loaded.note(bar)
    _copy(rows)
    wake_on_commit(EVALUATE_TRIGGERS)
    return _announce(actor, loaded)


def _copy(rows: Iterable[tuple[object, ...]]) -> None:
    try:
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)
    except IntegrityError as error:
        raise BarsPresent(f"these bars cannot be added: {error}") from error


def _announce(actor: Actor, loaded: _Loaded) -> BarsLoaded:
    if loaded.first is None or loaded.last is None:
        raise InvalidInput("there are no bars to load")
    event = BarsLoaded(
        actor=actor,
        object_id=f"bars:{loaded.first.isoformat()}",
        revision=0,
        market_time=market_now(),
        count=loaded.count,
        symbols=tuple(sorted(loaded.instrument_ids)),
        first=loaded.first,
        last=loaded.last,
    )
    publish(event)
    return event
