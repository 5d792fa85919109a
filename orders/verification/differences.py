"""What differs between the books and what the executions say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from orders.kernel.money import decimal_text
from orders.states import TERMINAL, OrderStatus, status_by_quantity

Value = Decimal | str | None
_BY_QUANTITY = frozenset({OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED})
_NEVER_LIVE = frozenset({OrderStatus.REJECTED})


@dataclass(frozen=True, slots=True)
class Difference:
    """A column of `where` (an order, or a position's account and instrument) that is not what it should be."""

    where: str
    column: str
    expected: Value
    found: Value

    def __str__(self) -> str:
        return f"{self.where} {self.column}: expected {_text(self.expected)}, found {_text(self.found)}"


def _text(value: Value) -> str:
    if value is None:
        return "nothing"
    return decimal_text(value) if isinstance(value, Decimal) else value


def compared(where: str, expected: Mapping[str, Value], found: Mapping[str, Value]) -> Iterator[Difference]:
    """Yield a difference for each column of `expected` that is not equal in `found`."""
    for column, value in expected.items():
        if found[column] != value:
            yield Difference(where, column, value, found[column])


@dataclass(frozen=True, slots=True)
class OrderColumns:
    """An order's columns, as its row or its history has them; `requested_quantity` is that of a pending replace."""

    status: OrderStatus
    quantity: Decimal
    filled_quantity: Decimal
    filled_notional: Decimal
    reserved_quantity: Decimal
    requested_quantity: Decimal | None


def order_differences(
    where: str, columns: OrderColumns, *, executed_quantity: Decimal, executed_notional: Decimal
) -> Iterator[Difference]:
    """Yield what of an order does not follow from its executions in force and its terms.

    Reserved is what is open, and what a pending replace asks for beyond the quantity.
    """
    status = columns.status
    if status in _BY_QUANTITY or (status in _NEVER_LIVE and executed_quantity):
        by_executions: str = status_by_quantity(executed_quantity, columns.quantity)
    else:
        by_executions = status
    more = max((columns.requested_quantity or columns.quantity) - columns.quantity, Decimal(0))
    reserved = Decimal(0) if status in TERMINAL else columns.quantity - executed_quantity + more
    expected: dict[str, Value] = {
        "filled_quantity": executed_quantity,
        "filled_notional": executed_notional,
        "status": str(by_executions),
        "reserved_quantity": reserved,
    }
    found: dict[str, Value] = {
        "filled_quantity": columns.filled_quantity,
        "filled_notional": columns.filled_notional,
        "status": str(status),
        "reserved_quantity": columns.reserved_quantity,
    }
    yield from compared(where, expected, found)
