"""A computed row: what the services made of a step, as an execution report or cancel reject says it. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from orders.kernel.money import decimal_text
from qtweb.order_states.notation import CANCEL_REJECT, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Codes are FIX's, quantities in thousands, `avg_price` in currency per unit, ids the labels of the file."""

    exec_type: str
    order_status: str
    order_quantity: Decimal = Decimal(0)
    cum_quantity: Decimal = Decimal(0)
    leaves_quantity: Decimal = Decimal(0)
    last_quantity: Decimal = Decimal(0)
    avg_price: Decimal = Decimal(0)
    client_order_id: str = ""
    orig_client_order_id: str = ""
    exec_id: str = ""
    exec_ref_id: str = ""
    reject_reason: int | None = None

    def cell(self, name: str) -> str:
        """Return what a column says, as the notation writes it."""
        value = getattr(self, name)
        if isinstance(value, Decimal):
            return decimal_text(value)
        return "" if value is None else str(value)

    def written(self, like: Report) -> str:
        """Return the row in the notation, with the columns that the row of the file has."""
        names = self._names(like)
        if self.exec_type == CANCEL_REJECT:
            reason = f":{self.cell('reject_reason')}" if like.reject_reason is not None else ""
            return f"{self.exec_type}{self.order_status}{reason}{names}"
        columns = ["order_quantity", "cum_quantity", "leaves_quantity"]
        if like.last_quantity is not None or (like.order_quantity is None and self.exec_type != "I"):
            columns.append("last_quantity")
        quantities = "/".join(self.cell(column) for column in columns)
        return f"{self.exec_type}{self.order_status}:{quantities}{names}"

    def _names(self, like: Report) -> str:
        named = []
        if like.client_order_id is not None:
            named = [self.client_order_id, self.orig_client_order_id]
        elif like.exec_id is not None:
            named = [self.exec_id + (f"({self.exec_ref_id})" if self.exec_ref_id else "")]
        if like.avg_price is not None:
            named.append(f"avg{self.cell('avg_price')}")
        return f"@{','.join(named)}" if named else ""
