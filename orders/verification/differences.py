"""What differs between the books and what the executions say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from orders.kernel.money import decimal_text
from orders.risk.worst import NOTHING, Reservation, reservation
from orders.states import TERMINAL, BaseStatus, Facets, OrderStatus, by_precedence

Value = Decimal | str | None
_HIDING = frozenset({OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE})
_HOLDS_NOTHING = TERMINAL - {OrderStatus.FILLED}


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
    """An order's columns, as its row or its history has them.

    `requested` are quantity and worst price of the outstanding replaces that are counted as exposure. `worst_price`
    and `reserved_notional` are None where the history began before they were kept.
    """

    status: OrderStatus
    base_status: BaseStatus
    quantity: Decimal
    filled_quantity: Decimal
    filled_notional: Decimal
    reserved_quantity: Decimal
    reserved_notional: Decimal | None
    worst_price: Decimal | None
    requested: Sequence[tuple[Decimal, Decimal]]


def order_differences(
    where: str, columns: OrderColumns, *, executed_quantity: Decimal, executed_notional: Decimal
) -> Iterator[Difference]:
    """Yield what of an order does not follow from its executions in force and its terms.

    A pending request hides every other status. Reserved is what is open, and what outstanding replaces ask for
    beyond the quantity; a filled order holds only the latter.
    """
    needed = _reserved(columns, executed_quantity)
    expected: dict[str, Value] = {
        "filled_quantity": executed_quantity,
        "filled_notional": executed_notional,
        "status": str(_status(columns, executed_quantity)),
        "reserved_quantity": needed.quantity,
    }
    found: dict[str, Value] = {
        "filled_quantity": columns.filled_quantity,
        "filled_notional": columns.filled_notional,
        "status": str(columns.status),
        "reserved_quantity": columns.reserved_quantity,
    }
    if columns.worst_price is not None and columns.reserved_notional is not None:
        expected["reserved_notional"], found["reserved_notional"] = needed.notional, columns.reserved_notional
    yield from compared(where, expected, found)


def _status(columns: OrderColumns, executed_quantity: Decimal) -> OrderStatus:
    if columns.status in _HIDING:
        return columns.status
    return by_precedence(
        Facets(base=columns.base_status, filled_quantity=executed_quantity, quantity=columns.quantity)
    )


def _reserved(columns: OrderColumns, executed_quantity: Decimal) -> Reservation:
    if columns.status in _HOLDS_NOTHING:
        return NOTHING
    asked = [(columns.quantity, columns.worst_price or Decimal(0)), *columns.requested]
    return reservation(asked, executed_quantity)
