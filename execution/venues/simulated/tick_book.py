"""The timeline of one symbol under the tick model: ticks, and what falls due between them, in one order of time.

What comes out depends on the ticks and the orders alone, not on how the time was cut into pieces: a book that is kept
after any piece and taken up again goes on as if nothing had been. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from execution.venues.simulated.bar_model import Fill
from execution.venues.simulated.conditions import Halt
from execution.venues.simulated.tick_model import (
    Display,
    Level,
    TickOrder,
    crossed,
    join,
    printed,
    restated,
    settled,
)
from execution.venues.simulated.ticks import QuoteTick, Tick, TradeTick
from orders.terms import AUCTIONS, RESTING, TimeInForce

AUCTION_WAIT = timedelta(minutes=15)
"""An auction whose print has not come by then, from the session's open or close on, is over."""


class Traded(NamedTuple):
    """A fill and when it happened in the market."""

    at: datetime
    fill: Fill


class Ended(NamedTuple):
    """What is left of the order is over: its session, its auction or its one moment."""

    at: datetime
    number: int


Outcome = Traded | Ended


class _Due(IntEnum):
    """What falls due between ticks; at one moment in this order."""

    RESUMPTION = 0
    END = 1
    EFFECT = 2


@dataclass(slots=True)
class TickBook:
    """Open orders of one symbol, the quote that stands, and the last place in time that was given.

    `worked_to` is the moment up to which, itself included, everything has happened.
    """

    orders: dict[int, TickOrder]
    display: Display | None
    worked_to: datetime
    last_place: int
    halts: Sequence[Halt]
    outcomes: list[Outcome] = field(default_factory=list)
    _sessions: list[tuple[datetime, datetime]] = field(init=False)
    _agenda: list[tuple[datetime, _Due, int]] = field(init=False)
    _waiting: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sessions = sorted({(each.session_open, each.session_close) for each in self.orders.values()})
        agenda = [(halt.end, _Due.RESUMPTION, 0) for halt in self.halts if halt.end > self.worked_to]
        for number, order in self.orders.items():
            agenda.append((_end_of(order), _Due.END, number))
            if order.place == 0 and order.time_in_force not in AUCTIONS:
                agenda.append((self._effect_of(order), _Due.EFFECT, number))
        self._agenda = sorted(agenda, reverse=True)

    def advance(self, ticks: Iterable[Tick], until: datetime) -> list[Outcome]:
        """Let time pass to `until` with the ticks since `worked_to`; returns what happened, in order."""
        for tick in ticks:
            self._pass(tick.at, is_over=False)
            self._happens(tick)
        self._pass(until, is_over=True)
        self.worked_to = until
        done, self.outcomes = self.outcomes, []
        return done

    def _pass(self, moment: datetime, *, is_over: bool) -> None:
        """Do what falls due before a moment or, where it is over, up to it: ticks of a moment come first."""
        agenda = self._agenda
        while agenda and (agenda[-1][0] < moment or (is_over and agenda[-1][0] == moment)):
            at, due, number = agenda.pop()
            if due is _Due.RESUMPTION:
                self._resume(at)
            elif number in self.orders and due is _Due.END:
                self._end(number, at)
            elif number in self.orders:
                self._take_effect(number, at)

    def _happens(self, tick: Tick) -> None:
        if isinstance(tick, TradeTick) and tick.auction is not None and tick.is_of_the_book:
            self._auction(tick)
            return
        session_open = next((opened for opened, closed in self._sessions if opened <= tick.at < closed), None)
        if session_open is None:
            return
        if isinstance(tick, QuoteTick):
            self._quote(tick, session_open)
        elif self.display is not None and tick.is_of_the_book and not self._is_halted(tick.at):
            self._traded(tick.at, printed(self.display, tick, self._in_book(), self._next_place))

    def _quote(self, quote: QuoteTick, session_open: datetime) -> None:
        if self.display is None or self.display.at < session_open:
            bid, ask = Level(quote.bid, quote.bid_size), Level(quote.ask, quote.ask_size)
            self.display = Display(quote.at, bid, ask)
            if not self._is_halted(quote.at):
                self._let_in(quote.at)
        elif self._is_halted(quote.at):
            self.display.restate(quote)
        else:
            self._traded(quote.at, restated(self.display, quote, self._in_book()))
            self._let_in(quote.at)

    def _auction(self, trade: TradeTick) -> None:
        if self._is_halted(trade.at):
            return
        called = [
            order
            for order in self.orders.values()
            if order.time_in_force is trade.auction
            and order.effective_at < trade.at
            and order.session_open <= trade.at
        ]
        resting = [order for order in self._in_book() if order.session_open <= trade.at < order.session_close]
        self._traded(trade.at, crossed(trade, [*called, *resting]))
        for order in called:
            if order.number in self.orders:
                self._end(order.number, trade.at)

    def _take_effect(self, number: int, at: datetime) -> None:
        """The order comes into the book, or waits for the session's first quote; no moment of a halt is one for it."""
        order = self.orders[number]
        if self._is_halted(at) and order.time_in_force not in RESTING:
            self._end(number, at)
        elif self.display is None or self.display.at < order.session_open or self._is_halted(at):
            self._waiting.append(number)
        else:
            self._join(order, self.display, at)

    def _let_in(self, at: datetime) -> None:
        waiting, self._waiting = self._waiting, []
        for number in waiting:
            if number in self.orders:
                self._take_effect(number, at)

    def _join(self, order: TickOrder, display: Display, at: datetime) -> None:
        self._traded(at, join(order, display, self._next_place()))
        if order.number in self.orders and order.time_in_force not in RESTING:
            self._end(order.number, at)

    def _resume(self, at: datetime) -> None:
        if self.display is not None:
            self._traded(at, settled(self.display, self._in_book()))
        self._let_in(at)

    def _traded(self, at: datetime, fills: Iterable[Fill]) -> None:
        for fill in fills:
            self.outcomes.append(Traded(at, fill))
            if self.orders[fill.number].leaves == 0:
                del self.orders[fill.number]

    def _end(self, number: int, at: datetime) -> None:
        del self.orders[number]
        self.outcomes.append(Ended(at, number))

    def _in_book(self) -> list[TickOrder]:
        return [order for order in self.orders.values() if order.place > 0]

    def _next_place(self) -> int:
        self.last_place += 1
        return self.last_place

    def _is_halted(self, at: datetime) -> bool:
        return any(halt.start <= at < halt.end for halt in self.halts)

    def _effect_of(self, order: TickOrder) -> datetime:
        return max(order.effective_at, order.session_open)


def _end_of(order: TickOrder) -> datetime:
    if order.time_in_force is TimeInForce.OPG:
        return order.session_open + AUCTION_WAIT
    return order.session_close + AUCTION_WAIT * (order.time_in_force is TimeInForce.CLS)
