"""What the simulated venue's process gets from us: market time, bars and listings; and its faults."""

import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

from execution.market_data.bars import Bar
from execution.selectors import bars_between
from execution.session import Session
from execution.stored_ticks import has_ticks, ticks_between
from execution.venue_reads import calendars_of_venues
from execution.venues.simulated.conditions import Conditions
from execution.venues.simulated.faults import Faults
from execution.venues.simulated.market import Listing, Market
from execution.venues.simulated.ticks import Tick, TickSource
from orders.kernel.clock import MarketClock, recorded_now
from orders.selectors import instrument_with_symbol, market_clock

CLOCK_AGE_S = 0.05

P = ParamSpec("P")
R = TypeVar("R")


def _reconnecting(function: Callable[P, R]) -> Callable[P, R]:
    """Let go of a broken connection, so that the next call gets a new one; this one still raises."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (OperationalError, InterfaceError):
            connection.close()
            raise

    return wrapped


class StoredTicks:
    """The ticks of the database: quotes with sizes, and trades, as they are when the venue asks."""

    @_reconnecting
    def has_session(self, symbol: str, session: Session) -> bool:
        """Whether a quote with sizes and a print are both loaded for the symbol's session."""
        instrument = instrument_with_symbol(symbol)
        return instrument is not None and has_ticks(instrument.pk, session)

    @_reconnecting
    def between(self, symbol: str, after: datetime, until: datetime) -> list[Tick]:
        """The ticks with after < at <= until, as `in_order` has them."""
        instrument = instrument_with_symbol(symbol)
        return [] if instrument is None else ticks_between(instrument.pk, after=after, until=until)


class MarketSources:
    """Reads of the database, all from the venue's one thread. The clock's row is read anew after 50 ms.

    `ticks` that come from elsewhere take the place of the database's. The venue of the code `venue` keeps the sessions
    of its own calendar, where it is registered with one.
    """

    def __init__(self, ticks: TickSource | None = None, *, venue: str = "") -> None:
        self._venue, self._calendar = venue, ""
        self._ticks = StoredTicks() if ticks is None else ticks
        self._clock: MarketClock | None = None
        self._read_at = 0.0

    def market(self) -> Market:
        """Return the sources as the venue takes them."""
        return Market(clock=self.now, bars=self.bars, listing=self.listing, ticks=self._ticks)

    @_reconnecting
    def now(self) -> datetime:
        """Return market time."""
        if self._clock is None or time.monotonic() - self._read_at > CLOCK_AGE_S:
            self._clock, self._read_at = market_clock(), time.monotonic()
        return self._clock.at(recorded_now())

    @_reconnecting
    def bars(self, symbol: str, after: datetime, until: datetime) -> list[Bar]:
        """Return the bars of a listed symbol with after < start <= until."""
        instrument = instrument_with_symbol(symbol)
        if instrument is None:
            return []
        return bars_between(instrument_id=instrument.pk, symbol=symbol, after=after, until=until)

    @_reconnecting
    def listing(self, symbol: str) -> Listing | None:
        """Return tick, lot and the market whose sessions it keeps here of an instrument; None for what is none."""
        instrument = instrument_with_symbol(symbol)
        if instrument is None:
            return None
        return Listing(instrument.tick_size, instrument.lot_size, self._own_calendar() or instrument.mic)

    def _own_calendar(self) -> str:
        """Read until it is found: a venue may be registered late, and then keeps the calendar for ever."""
        self._calendar = self._calendar or calendars_of_venues().get(self._venue, "")
        return self._calendar


FAULTS = {"seed", "delay_ms", "repeat", "drop", "bust", "correct"}
CONDITIONS = {"latency_ms", "reject", "halt", "halt_minutes", "spread_bps", "impact_bps"}


def parse_faults(text: str) -> Faults:
    """Return the faults that `text` spells, for example "seed=7,delay_ms=20,repeat=0.1,drop=0.05,bust=0.01".

    `correct` is the share of executions corrected, as `bust` that of those taken back. The empty text is a venue that
    behaves. Raises ValueError for anything that is neither a fault nor a condition.
    """
    given = _given(text)
    return Faults(
        seed=int(given.get("seed", 0)),
        delay_ms=int(given.get("delay_ms", 0)),
        repeat_share=float(given.get("repeat", 0)),
        drop_share=float(given.get("drop", 0)),
        bust_share=float(given.get("bust", 0)),
        correct_share=float(given.get("correct", 0)),
    )


def parse_conditions(text: str) -> Conditions:
    """Return the conditions that the same text spells, for example "seed=7,latency_ms=5,halt=0.02,spread_bps=1.5".

    Raises as `parse_faults`.
    """
    given = _given(text)
    return Conditions(
        seed=int(given.get("seed", 0)),
        latency_ms=int(given.get("latency_ms", 0)),
        reject_share=float(given.get("reject", 0)),
        halt_share=float(given.get("halt", 0)),
        halt_minutes=int(given.get("halt_minutes", 5)),
        spread_bps=_decimal(given.get("spread_bps", "0")),
        impact_bps=_decimal(given.get("impact_bps", "0")),
    )


def _given(text: str) -> dict[str, str]:
    given = dict(pair.split("=", 1) for pair in text.split(",") if pair) if text else {}
    if unknown := set(given) - FAULTS - CONDITIONS:
        known, wrong = (", ".join(sorted(names)) for names in (FAULTS | CONDITIONS, unknown))
        raise ValueError(f"VENUE_FAULTS knows {known}, not {wrong}")
    return given


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no decimal number") from error
