"""A trade as positions see it, and the arithmetic that rounds nothing."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from uuid import UUID

from orders.terms import Side

EXACT = Context(prec=100, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
"""Sums and products of what the columns hold (numeric(20, 8), numeric(40, 16)) fit; a rounding would raise Inexact."""

Place = tuple[datetime, UUID]
"""Where a trade stands in FIFO order: its market time, then the id of the first execution of its chain."""


@dataclass(frozen=True, slots=True)
class Trade:
    """An execution in force: `quantity` units at `price` in the instrument's currency.

    `trade_id` is the first execution of its chain of corrections, `execution_id` the last, which is in force.
    """

    execution_id: UUID
    trade_id: UUID
    side: Side
    quantity: Decimal
    price: Decimal
    market_time: datetime

    @property
    def place(self) -> Place:
        return self.market_time, self.trade_id

    @property
    def signed_quantity(self) -> Decimal:
        """Units that it adds to the position: negative for a sale."""
        return signed(self.side, self.quantity)

    @property
    def paid(self) -> Decimal:
        """What it cost in the instrument's currency: negative for a sale."""
        return signed(self.side, EXACT.multiply(self.quantity, self.price))


def signed(side: Side, amount: Decimal) -> Decimal:
    """Return `amount` as a buy adds it to a position and a sale takes it away."""
    return amount if side == Side.BUY else amount.copy_negate()
