"""Everything that a position's columns say, from nothing but its trades in FIFO order."""

from collections import deque
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice

from orders.positions.average_cost import realised_by
from orders.positions.fifo import Closing, OpenLot, close, opened_by
from orders.positions.holding import Holding
from orders.positions.settlement import Movement
from orders.positions.trade import EXACT, Place, Trade

_LOTS_AT_ONCE = 100


@dataclass
class Reckoning:
    """What the trades that were added so far make of a position. Holds the open lots, not the trades."""

    holding: Holding = field(default_factory=Holding)
    lots: deque[OpenLot] = field(default_factory=deque)
    settlements: dict[date | None, Movement] = field(default_factory=dict)
    last: Place | None = None

    def add(self, trade: Trade, *, settles_on: date | None) -> None:
        """Add the next trade in FIFO order. Raises ValueError for one that belongs before the last."""
        if self.last is not None and trade.place <= self.last:
            raise ValueError(f"{trade.trade_id} comes before a trade that is already in")
        before = self.holding
        after = before.with_trade(quantity=trade.signed_quantity, paid=trade.paid)
        self.holding = after.with_gain(average_cost=realised_by(trade, before), fifo=self._move_lots(trade))
        movement = self.settlements.get(settles_on, Movement())
        self.settlements[settles_on] = movement.with_trade(quantity=trade.signed_quantity, paid=trade.paid)
        self.last = trade.place

    def _move_lots(self, trade: Trade) -> Decimal:
        """Close and open lots, and return what that realised."""
        held = self.holding.net_quantity
        rest, realised = trade.quantity, Decimal(0)
        while rest and self.lots and (held > 0) != (trade.signed_quantity > 0):
            closing = self._close(rest, trade, long=held > 0)
            rest, realised = closing.rest, EXACT.add(realised, closing.realised)
        if rest:
            self.lots.append(opened_by(trade, rest))
        return realised

    def _close(self, quantity: Decimal, trade: Trade, *, long: bool) -> Closing:
        oldest = list(islice(self.lots, _LOTS_AT_ONCE))
        closing = close(oldest, quantity=quantity, price=trade.price, long=long)
        for _ in range(closing.closed):
            self.lots.popleft()
        if closing.shrunk is not None:
            self.lots[0] = closing.shrunk
        return closing
