"""Orders for cash: how many units the money buys."""

from decimal import ROUND_DOWN, Decimal

from orders.errors import CashBelowOneLot


def units_for(cash_quantity: Decimal, price: Decimal, lot_size: Decimal) -> Decimal:
    """Return how many units in whole lots `cash_quantity` buys at `price`. Raises CashBelowOneLot."""
    lots = (cash_quantity / price / lot_size).to_integral_value(ROUND_DOWN)
    if not lots:
        raise CashBelowOneLot(f"{cash_quantity:f} buys nothing at {price:f}")
    return lots * lot_size
