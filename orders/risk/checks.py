"""What a check is: a small pure object that looks at a ticket and says what it found, for itself or for each limit.

A check of limits looks at all limits of its kind that apply: every one of them must hold, so the tightest decides.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Protocol

from orders.kernel.money import decimal_text
from orders.limit_kinds import KINDS, LimitKind
from orders.risk.figures import HUNDRED, Finding, LimitInForce, Outcome
from orders.risk.ticket import Ticket

# A member of an enumeration is looked up by a function of Python each time that it is named.
_PASSED, _WARNED, _DENIED = Outcome.PASSED, Outcome.WARNED, Outcome.DENIED
NO_NUMBERS: Mapping[str, str] = MappingProxyType({})


class Check(Protocol):
    """One rule."""

    @property
    def id(self) -> str:
        """Its name for ever."""

    def __call__(self, ticket: Ticket) -> Iterable[Finding]:
        """Return what was found."""


def numbers_text(**numbers: Decimal | None) -> dict[str, str]:
    """Return the numbers that are known as decimal strings."""
    return {name: decimal_text(number) for name, number in numbers.items() if number is not None}


def held_against(with_order: Decimal, value: Decimal, warn_at_percent: int) -> Outcome:
    """Return what a limit of `value` says of a measure of the order, both in the kind's unit: the one comparison."""
    if with_order > value:
        return _DENIED
    return _WARNED if 0 < value * warn_at_percent <= with_order * HUNDRED else _PASSED


class Rule(ABC):
    """A check that holds always, without a limit; `code` is the denial that it leads to."""

    id: str
    code: str

    def __init__(self) -> None:
        self._passed = (Finding(check=self.id, outcome=Outcome.PASSED),)

    def __call__(self, ticket: Ticket) -> Iterable[Finding]:
        reason = self.reason(ticket)
        if reason is None:
            return self._passed
        detail, numbers = reason
        return (
            Finding(check=self.id, outcome=Outcome.DENIED, code=self.code, detail=detail, numbers=numbers),
        )

    @abstractmethod
    def reason(self, ticket: Ticket) -> tuple[str, dict[str, str]] | None:
        """Return why the ticket is refused, a sentence and the numbers that were seen, or None."""


@dataclass(frozen=True)
class LimitCheck(ABC):
    """A check that holds a measure of the order against every limit of its kind."""

    kind: LimitKind

    @property
    def id(self) -> str:
        """The kind's name: there is one check for each."""
        return str(self.kind)

    @property
    def code(self) -> str:
        """The denial that it leads to."""
        return KINDS[self.kind].code

    def __call__(self, ticket: Ticket) -> Iterable[Finding]:
        limits = ticket.by_kind.get(self.kind)
        return [found for limit in limits if (found := self.judge(ticket, limit))] if limits else ()

    @abstractmethod
    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding | None:
        """Return what was found for one limit, None where it has nothing to say of this order."""

    def at_most(
        self,
        limit: LimitInForce,
        detail: str,
        /,
        *,
        used: Decimal | None = None,
        with_order: Decimal,
        worsens: bool = True,
        **numbers: Decimal | None,
    ) -> Finding:
        """Return a denial where `with_order` exceeds the limit, a warning where it comes near, else that it passes.

        What the order does not make worse is never denied for it: `worsens` is False then.
        """
        outcome = held_against(with_order, limit.value, limit.warn_at_percent) if worsens else _PASSED
        return self._finding(limit, outcome, detail, used=used, with_order=with_order, **numbers)

    def unknown(self, limit: LimitInForce, detail: str, code: str = "") -> Finding:
        """Return the denial for want of a number without which nothing can be said: deny unless granted."""
        return Finding(
            check=self.id, outcome=Outcome.DENIED, code=code or self.code, detail=detail, limit=limit
        )

    def denied(self, limit: LimitInForce, detail: str, /, **numbers: Decimal | None) -> Finding:
        """Return a denial."""
        return self._finding(limit, Outcome.DENIED, detail, **numbers)

    def passed(self, limit: LimitInForce, /, **numbers: Decimal | None) -> Finding:
        """Return that the order passes a limit that cannot be used up."""
        return self._finding(limit, Outcome.PASSED, "", **numbers)

    def _finding(
        self,
        limit: LimitInForce,
        outcome: Outcome,
        detail: str,
        /,
        *,
        used: Decimal | None = None,
        with_order: Decimal | None = None,
        **numbers: Decimal | None,
    ) -> Finding:
        is_noted = outcome is not _PASSED
        return Finding(
            check=limit.kind,
            outcome=outcome,
            code=self.code if is_noted else "",
            detail=detail if is_noted else "",
            limit=limit,
            used=used,
            with_order=with_order,
            numbers=numbers_text(**numbers) if numbers else NO_NUMBERS,
        )


def evaluate(checks: Sequence[Check], ticket: Ticket) -> tuple[Finding, ...]:
    """Return what all the checks found, in their order: also of a ticket that an early one refuses."""
    findings: list[Finding] = []
    for check in checks:
        findings.extend(check(ticket))
    return tuple(findings)
