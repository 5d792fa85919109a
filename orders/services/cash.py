"""Orders for cash: how many units the money buys."""

from decimal import ROUND_DOWN, Decimal

from orders.errors import CashBelowOneLot, RiskRefused
from orders.limit_kinds import KINDS, LimitKind

TOO_MANY_UNITS = Decimal(10) ** 12
"""What a quantity is below wherever it is kept (orders/models/fields.py)."""


def units_for(cash_quantity: Decimal, price: Decimal, lot_size: Decimal) -> Decimal:
    """Return how many units in whole lots `cash_quantity` buys at `price`.

    Raises CashBelowOneLot, and RiskRefused for more units than any order can have.
    """
    lots = (cash_quantity / price / lot_size).to_integral_value(ROUND_DOWN)
    if not lots:
        raise CashBelowOneLot(f"{cash_quantity:f} buys nothing at {price:f}")
    units = lots * lot_size
    if units >= TOO_MANY_UNITS:
        code = KINDS[LimitKind.ORDER_QUANTITY].code
        raise RiskRefused(code, f"{cash_quantity:f} buys {units:f} units, more than any order can have")
    return units
