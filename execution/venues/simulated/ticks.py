"""Ticks of one symbol: restated best quotes with their sizes, and prints. What the tick model fills from. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from execution.session import Session
from orders.terms import TimeInForce

_AUCTIONS = {"O": TimeInForce.OPG, "6": TimeInForce.CLS}
_NOT_OF_THE_BOOK = frozenset("ABCDGHLMNPQRTUVWZ479")
"""Sale conditions of the US tapes (CTA and UTP) of what no resting order met: average and prior reference prices,
sold late or out of sequence, cash and seller's, extended hours, contingent and derived, official opens and
closes."""


@dataclass(frozen=True, slots=True)
class QuoteTick:
    """Best bid and offer from `at` (aware UTC) on, per unit, and what is displayed there in units; 0 < bid <= ask.

    A size of zero is a side without anybody.
    """

    at: datetime
    bid: Decimal
    bid_size: Decimal
    ask: Decimal
    ask_size: Decimal


@dataclass(frozen=True, slots=True)
class TradeTick:
    """A print: `size` units at `price` each at `at` (aware UTC); `condition` has the tape's codes of the sale."""

    at: datetime
    price: Decimal
    size: Decimal
    condition: str = ""

    @property
    def auction(self) -> TimeInForce | None:
        """The time in force of the orders whose auction this print is: condition O opens, 6 closes."""
        return next((_AUCTIONS[code] for code in self.condition if code in _AUCTIONS), None)

    @property
    def is_of_the_book(self) -> bool:
        """Whether it came about at its time and price, so that a resting order could have met it."""
        return _NOT_OF_THE_BOOK.isdisjoint(self.condition)


Tick = QuoteTick | TradeTick


class TickSource(Protocol):
    """Where the venue has its ticks from; called from the venue's one thread."""

    def has_session(self, symbol: str, session: Session) -> bool:
        """Whether quotes with sizes and prints are both loaded for the symbol's session."""
        ...

    def between(self, symbol: str, after: datetime, until: datetime) -> Sequence[Tick]:
        """The ticks with after < at <= until, as `in_order` has them."""
        ...


def in_order(quotes: Iterable[QuoteTick], trades: Iterable[TradeTick]) -> list[Tick]:
    """Ticks by time; at one moment prints come before the quote that they lead to, each in the order given."""
    ranked: list[tuple[datetime, int, int, Tick]] = [
        *((trade.at, 0, place, trade) for place, trade in enumerate(trades)),
        *((quote.at, 1, place, quote) for place, quote in enumerate(quotes)),
    ]
    return [tick for *_, tick in sorted(ranked, key=lambda each: each[:3])]
