"""How much of a limit is used, in percent, and when that is near. Pure.

A limit of most kinds holds something down: it is used by what there is of it. A minimum holds something up, so it is
the part that it takes of what remains (as the check of orders/risk/exposure_checks.py warns).
"""

from dataclasses import dataclass
from decimal import Decimal

from orders.limit_kinds import LimitKind
from orders.risk.figures import HUNDRED, ZERO

MEASURED = (
    LimitKind.POSITION_QUANTITY,
    LimitKind.GROSS_NOTIONAL,
    LimitKind.NET_NOTIONAL,
    LimitKind.CONCENTRATION_BPS,
    LimitKind.CREDIT_NOTIONAL,
    LimitKind.CASH_MINIMUM,
    LimitKind.UNLOCATED_SHORT_QUANTITY,
    LimitKind.LOCATED_QUANTITY,
    LimitKind.DAY_LOSS,
)
"""The kinds of which something is used while nothing happens; of the others only an order's decision can tell."""

MINIMA = frozenset({LimitKind.CASH_MINIMUM})
"""The kinds whose value is the least that must remain, and whose use is what remains."""

BEYOND = Decimal("Infinity")
"""More than any percent can say: something of a limit of nothing, or nothing left above a minimum."""
_MOST_PERCENT = Decimal(10) ** 9
_FINEST = Decimal("0.0001")


def is_minimum(kind: str) -> bool:
    """Tell whether the limit's value is the least that must remain."""
    return kind in MINIMA


def utilisation_percent(kind: str, used: Decimal, value: Decimal) -> Decimal:
    """Return how much of a limit of `value` is used, in percent with four places; BEYOND where no percent tells it.

    `used` and `value` in the unit of the kind. Above 100 the limit is exceeded.
    """
    part, whole = (value, used) if is_minimum(kind) else (used, value)
    if whole <= 0:
        return BEYOND if part > whole else ZERO
    percent = max(part, ZERO) / whole * HUNDRED
    return BEYOND if percent > _MOST_PERCENT else percent.quantize(_FINEST)


def nearest_to(kind: str, *figures: Decimal | None) -> Decimal:
    """Return which of these uses (those that are known) is the nearest to the limit, or the farthest beyond it."""
    known = [each for each in figures if each is not None]
    return min(known) if is_minimum(kind) else max(known)


@dataclass(frozen=True, slots=True)
class Use:
    """What is used of a limit of this kind, value and warning, all in the unit of the kind."""

    kind: str
    used: Decimal
    value: Decimal
    warn_at_percent: int

    @property
    def percent(self) -> Decimal:
        """How much of the limit that is; BEYOND where no percent tells it."""
        return utilisation_percent(self.kind, self.used, self.value)

    @property
    def tone(self) -> str:
        """`full` from the limit on, `near` from where it warns, else empty."""
        return tone_of(self.percent, self.warn_at_percent)


def tone_of(percent: Decimal, warn_at_percent: int) -> str:
    """Return `full` where a limit is used up or exceeded, `near` from where it warns, else an empty word."""
    if percent >= HUNDRED:
        return "full"
    return "near" if percent >= warn_at_percent else ""
