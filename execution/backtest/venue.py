"""The simulated venue for one order over one session, in this process: by the same bar model, without store or network.

What tests/execution/venues hold of the model holds here; what the book does around it (order of bars, ends of what
does not rest, the session's end) is done here anew, because the book lives on its store.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from execution.algorithms.terms import VenueTerms
from execution.market_data.bars import Bar
from execution.session import Session
from execution.venues.simulated.bar_model import WorkingOrder, fills, is_last_bar
from orders.terms import Side


@dataclass(frozen=True, slots=True)
class Execution:
    """`quantity` units at `price` each, told at `at`: the end of the bar that filled them."""

    at: datetime
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What trades: on which side it is traded, in which steps of price and quantity, and when."""

    side: Side
    tick_size: Decimal
    lot_size: Decimal
    session: Session


class ReplayVenue:
    """Orders of one symbol in time priority; at most `participation` of each bar's volume is theirs."""

    def __init__(self, listing: Listing, participation: Decimal) -> None:
        self._listing = listing
        self._participation = participation
        self._open: list[WorkingOrder] = []
        self._count = 0

    @property
    def live_quantity(self) -> Decimal:
        """What may still be filled, in units."""
        return sum((order.leaves for order in self._open), Decimal(0))

    def take(self, quantity: Decimal, terms: VenueTerms, moment: datetime) -> None:
        """Take an order that arrives at a moment of the session."""
        self._count += 1
        order = WorkingOrder(
            number=self._count,
            side=self._listing.side,
            time_in_force=terms.time_in_force,
            limit_price=terms.limit_price,
            display_quantity=terms.display_quantity,
            minimum_quantity=terms.minimum_quantity,
            leaves=quantity,
            arrived_at=moment,
            session_close=self._listing.session.close,
            tick_size=self._listing.tick_size,
            lot_size=self._listing.lot_size,
        )
        self._open.append(order)

    def work(self, bar: Bar) -> tuple[Sequence[Execution], bool]:
        """Return what a bar that has ended fills, and whether an order has ended with it."""
        by_number = {order.number: order for order in self._open}
        done = fills(bar, self._open, self._participation)
        for fill in done:
            order = by_number[fill.number]
            by_number[fill.number] = replace(
                order, leaves=order.leaves - fill.quantity, minimum_quantity=None
            )
        kept = [order for order in by_number.values() if order.leaves and not is_last_bar(order, bar)]
        is_ended = len(kept) < len(self._open)
        self._open = kept
        return [Execution(bar.end, fill.quantity, fill.price) for fill in done], is_ended

    def end_all(self) -> None:
        """Cancel, or at the session's close expire, what is open."""
        self._open = []
