"""Lots, first in first out: a trade against the position closes the oldest first; what is left opens a lot.

A lot's gain is (price - its price) * quantity, for a short lot the negative of that. Nothing is divided, so nothing
is rounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, localcontext
from uuid import UUID

from orders.positions.trade import EXACT, Trade


@dataclass(frozen=True, slots=True)
class OpenLot:
    """What is still open of a trade: `quantity` units at `price`. Whether long or short, the position's sign says."""

    execution_id: UUID
    trade_id: UUID
    market_time: datetime
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Closing:
    """What a trade did to lots: the first `closed` of them are gone, the next is now `shrunk` where it was only cut.

    `realised` is the gain in the instrument's currency, `rest` the units of the trade that found no lot.
    """

    realised: Decimal
    closed: int
    shrunk: OpenLot | None
    rest: Decimal


def close(lots: Sequence[OpenLot], *, quantity: Decimal, price: Decimal, long: bool) -> Closing:
    """Close `quantity` units at `price` against `lots`, oldest first; `long` tells which side the lots are on."""
    realised = Decimal(0)
    rest = quantity
    with localcontext(EXACT):
        for number, lot in enumerate(lots):
            taken = min(rest, lot.quantity)
            realised += taken * ((price - lot.price) if long else (lot.price - price))
            rest -= taken
            if taken < lot.quantity:
                return Closing(realised, number, replace(lot, quantity=lot.quantity - taken), rest)
            if not rest:
                return Closing(realised, number + 1, None, rest)
    return Closing(realised, len(lots), None, rest)


def opened_by(trade: Trade, quantity: Decimal) -> OpenLot:
    """Return the lot that `quantity` units of `trade` open."""
    return OpenLot(trade.execution_id, trade.trade_id, trade.market_time, quantity, trade.price)
