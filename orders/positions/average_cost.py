"""Average cost: what is held costs the same for every unit, and a trade against the position releases its share.

The share is cost * closed / held, the one division of all this, and is rounded half-even to 16 places of the
instrument's currency. The rounded figure leaves the cost and enters the gain, so the two together stay exact; the
trade that closes the last unit releases whatever cost is left.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

from orders.positions.holding import Holding
from orders.positions.trade import EXACT, Trade

_QUANTUM = Decimal(1).scaleb(-16)
_DIVISION = Context(prec=100, rounding=ROUND_HALF_EVEN)


def realised_by(trade: Trade, before: Holding) -> Decimal:
    """Return the gain that `trade` realises on `before`, by average cost: nothing where it only adds."""
    held = before.net_quantity.copy_abs()
    if not held or (before.net_quantity > 0) == (trade.signed_quantity > 0):
        return Decimal(0)
    closed = min(held, trade.quantity)
    with localcontext(EXACT):
        released = _share(before.average_cost, closed, held)
        worth = closed * trade.price
        return worth - released if before.net_quantity > 0 else -worth - released


def _share(cost: Decimal, closed: Decimal, held: Decimal) -> Decimal:
    if closed == held:
        return cost
    share = _DIVISION.divide(_DIVISION.multiply(cost, closed), held)
    return share.quantize(_QUANTUM, context=_DIVISION)
