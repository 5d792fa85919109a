"""Implementation shortfall: what an order cost against the paper portfolio that traded all of it when it was decided.

A. F. Perold, "The Implementation Shortfall: Paper versus Reality", Journal of Portfolio Management 14 (1988), 4-9;
expanded by the price of arrival as Wagner and Kissell have it: S (P0 - Pd) delay + sum s (Pavg - P0) trading +
(S - sum s) (Pn - P0) opportunity + fees. Amounts are in the instrument's currency and exact; a cost is positive.
"""

from dataclasses import dataclass
from decimal import Decimal

from orders.terms import Side

BASIS_POINTS = 10_000
ZERO = Decimal(0)
_SIGNS = {Side.BUY: 1, Side.SELL: -1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """The parts of a shortfall, each in currency; `paper_value` is what the whole order was worth when decided.

    The delay is told apart: `delay_of_fills` befell the units that were filled, `delay_of_rest` the others. Who counts
    the opportunity from the decision on, as Perold does, adds the latter to it: `opportunity_since_decision`.
    """

    paper_value: Decimal
    delay_of_fills: Decimal
    delay_of_rest: Decimal
    trading: Decimal
    opportunity: Decimal
    fees: Decimal

    @property
    def delay(self) -> Decimal:
        """What the price did from the decision to the arrival, on the whole order."""
        return self.delay_of_fills + self.delay_of_rest

    @property
    def opportunity_since_decision(self) -> Decimal:
        """What was missed on the units that were not filled, from the decision on."""
        return self.delay_of_rest + self.opportunity

    @property
    def total(self) -> Decimal:
        """The sum of delay, trading, opportunity and fees."""
        return self.delay + self.trading + self.opportunity + self.fees

    def bps(self, amount: Decimal) -> Decimal:
        """Return one of the amounts in basis points of the paper value, unrounded."""
        return amount / self.paper_value * BASIS_POINTS


def shortfall(
    *,
    side: Side,
    quantity: Decimal,
    filled_quantity: Decimal,
    filled_value: Decimal,
    decision_price: Decimal,
    arrival_price: Decimal,
    end_price: Decimal | None,
    fees: Decimal = ZERO,
) -> Shortfall:
    """Return the shortfall of an order for `quantity` units, of which some were filled for `filled_value` in all.

    `end_price` is what the others were worth when the order had ended; None will do where nothing is left. Raises
    ValueError for no quantity, more filled than ordered, fees below zero, and a price that is missing or not above
    zero.
    """
    rest = quantity - filled_quantity
    if quantity <= 0 or filled_quantity < 0 or rest < 0 or filled_value < 0 or fees < 0:
        raise ValueError("an order is for more than nothing, and filled for no more than that")
    if end_price is None:
        if rest:
            raise ValueError("what was not filled needs a price at the end")
        end_price = arrival_price
    if min(decision_price, arrival_price, end_price) <= 0:
        raise ValueError("a price is more than zero")
    sign, moved = _SIGNS[side], arrival_price - decision_price
    return Shortfall(
        paper_value=quantity * decision_price,
        delay_of_fills=sign * filled_quantity * moved,
        delay_of_rest=sign * rest * moved,
        trading=sign * (filled_value - filled_quantity * arrival_price),
        opportunity=sign * rest * (end_price - arrival_price),
        fees=fees,
    )


@dataclass(frozen=True, slots=True)
class Slippage:
    """What the fills cost against a benchmark: in currency, and in basis points of the fills' value at it."""

    amount: Decimal
    bps: Decimal


def slippage(side: Side, filled_quantity: Decimal, filled_value: Decimal, benchmark: Decimal) -> Slippage:
    """Return the slippage of fills of so many units for so much in all, unrounded; positive is a cost.

    Raises ValueError without units, and for a benchmark not above zero.
    """
    if filled_quantity <= 0 or benchmark <= 0:
        raise ValueError("there is no slippage without fills and a benchmark")
    value = filled_quantity * benchmark
    amount = _SIGNS[side] * (filled_value - value)
    return Slippage(amount, amount / value * BASIS_POINTS)
