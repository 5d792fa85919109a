"""What an approval would change, in numbers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from compliance.selectors import CHANGE_LIMIT
from orders.kernel.admin.figures import amount


@dataclass(frozen=True)
class Change:
    """A limit's value `before` and `after`, in the unit of its kind.

    `before` is None once the limit has moved on: what it was then stands in the audit log.
    """

    before: Decimal | None
    after: Decimal

    @property
    def percent(self) -> Decimal | None:
        """By how many percent the value would grow; None where there is no value before, or it is zero."""
        return None if not self.before else 100 * (self.after - self.before) / self.before

    @property
    def before_text(self) -> str:
        return "" if self.before is None else amount(self.before)

    @property
    def after_text(self) -> str:
        return amount(self.after)


@dataclass(frozen=True)
class DealChange:
    """What was dealt and what is to stand in its place: quantity in units at a price, or nothing."""

    before_text: str
    after_text: str


def change_of(approval: Any) -> Change | DealChange:
    """Return the change that a row of `selectors.approvals_with_limits` asks for."""
    payload = approval.payload
    if approval.action != CHANGE_LIMIT:
        return DealChange(_deal(payload, "before_"), _deal(payload, "") or "nothing")
    is_current = approval.limit_version == payload["limit_version"]
    return Change(approval.limit_value if is_current else None, Decimal(payload["value"]))


def _deal(payload: dict[str, Any], which: str) -> str:
    if f"{which}quantity" not in payload:
        return ""
    return f"{amount(Decimal(payload[f'{which}quantity']))} at {amount(Decimal(payload[f'{which}price']))}"
