"""A denial as a number against its limit: what was seen, what was allowed, how far beyond. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from orders.limit_kinds import KINDS, LimitKind
from orders.risk.chart import CURRENCY
from orders.risk.figures import HUNDRED, Decision, Finding

FLOORS: Mapping[str, str] = {
    LimitKind.ORDER_MINIMUM_QUANTITY: "quantity",
    LimitKind.CASH_MINIMUM: "remaining",
}
"""The kinds that refuse what is less than the limit, and which of a finding's numbers is held against it."""


@dataclass(frozen=True, slots=True)
class Denial:
    """What one check refused, in words, with its number where it has one to hold against the limit.

    `seen` in the limit's `unit`. `beyond_percent` is by how much of the limit it is above it, or for a floor below
    it; None without a number, and of a limit of nothing, of which anything is infinitely much.
    """

    finding: Finding
    words: str
    unit: str
    seen: Decimal | None
    beyond_percent: Decimal | None

    @property
    def is_below(self) -> bool:
        """Whether the limit is a floor."""
        return self.finding.check in FLOORS


def denials_of(decision: Decision) -> Iterator[Denial]:
    """Return why a decision refused, in the order of the checks."""
    return (denial_of(each, decision.currency) for each in decision.denials)


def denial_of(finding: Finding, currency: str) -> Denial:
    """Return a finding as it is told; `currency` is the firm's."""
    seen = seen_in(finding)
    return Denial(finding, words_of(finding.check), _unit(finding, currency), seen, _beyond(finding, seen))


def words_of(check: str) -> str:
    """Return what a check is called: by the kind of its limits, else by its own name."""
    return KINDS[LimitKind(check)].words if check in KINDS else check.replace("_", " ")


def seen_in(finding: Finding) -> Decimal | None:
    """Return the number that was held against the limit; None where there was none, or the limit may not be seen."""
    if finding.limit is None:
        return None
    floor = FLOORS.get(finding.check)
    if floor is None:
        return finding.with_order
    return Decimal(finding.numbers[floor]) if floor in finding.numbers else None


def _unit(finding: Finding, currency: str) -> str:
    if finding.check not in KINDS:
        return ""
    unit = KINDS[LimitKind(finding.check)].unit
    return currency if unit == CURRENCY else unit


def _beyond(finding: Finding, seen: Decimal | None) -> Decimal | None:
    if seen is None or finding.limit is None or finding.limit.value <= 0:
        return None
    value = finding.limit.value
    over = value - seen if finding.check in FLOORS else seen - value
    return over / value * HUNDRED
