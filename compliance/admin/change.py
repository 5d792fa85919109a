"""What an approval would change, in numbers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any


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


def change_of(approval: Any) -> Change:
    """Return the change that a row of `selectors.approvals_with_limits` asks for."""
    is_current = approval.limit_version == approval.payload["limit_version"]
    return Change(approval.limit_value if is_current else None, Decimal(approval.payload["value"]))
