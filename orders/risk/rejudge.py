"""An order that was judged, judged anew by the limits of another day: the same checks, the kept figures. Pure.

What was found of states, rights of other kinds than limits, and steps stands. What is found of limits is what
the checks say of the tickets that fit what was kept; where these do not agree, or there are none, the limit is not
judged. An override still waives what it waived: the same denial of the same limit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from orders.risk.checks import Check, LimitCheck
from orders.risk.figures import Decision, Finding, LimitInForce, Outcome
from orders.risk.kept_figures import FITTED, tickets_for
from orders.risk.kept_order import FigureNotKept, KeptOrder, KeptTicket, base_ticket
from orders.risk.state_checks import LimitsPresent, TraderPermitted
from orders.risk.ticket import Ticket

ABOUT_LIMITS = (LimitsPresent, TraderPermitted)
"""The rules that look at which limits there are, and at nothing else."""


class Verdict(StrEnum):
    """What became of an order, or would have become of it. NOT_JUDGED: nothing refuses, and not all could be judged."""

    ADMITTED = "admitted"
    WARNED = "warned"
    REFUSED = "refused"
    NOT_JUDGED = "not_judged"


class NotJudged(NamedTuple):
    """A limit that what was kept does not suffice for; None where it may not be seen."""

    check: str
    limit: LimitInForce | None


@dataclass(frozen=True, slots=True)
class Rejudged:
    """A decision by other limits than those of then, and which of them could not be judged by what was kept."""

    decision: Decision
    not_judged: tuple[NotJudged, ...]

    @property
    def verdict(self) -> Verdict:
        """What would have become of the order. A denial is certain, whatever could not be judged."""
        found = verdict_of(self.decision)
        return Verdict.NOT_JUDGED if self.not_judged and found is not Verdict.REFUSED else found


def verdict_of(decision: Decision) -> Verdict:
    """Return what became of an order."""
    if not decision.is_admitted:
        return Verdict.REFUSED
    return Verdict.WARNED if decision.warnings else Verdict.ADMITTED


def rejudge(kept: KeptOrder, limits: tuple[LimitInForce, ...], checks: Sequence[Check]) -> Rejudged:
    """Return what `checks` find of an order that was judged before, under `limits`, in the order of the checks."""
    base = base_ticket(kept, limits)
    waived = {
        (each.code, each.limit.id)
        for each in kept.decision.findings
        if each.outcome is Outcome.OVERRIDDEN and each.limit
    }
    not_judged: list[NotJudged] = []
    found = _findings(kept, base, checks, not_judged)
    findings = tuple(each.waived_by(waived) for each in found)
    return Rejudged(replace(kept.decision, findings=findings), tuple(not_judged))


def _findings(
    kept: KeptOrder, base: KeptTicket, checks: Sequence[Check], not_judged: list[NotJudged]
) -> Iterator[Finding]:
    standing = [each for each in kept.decision.findings if each.limit is None]
    known = {check.id for check in checks}
    yield from (each for each in standing if each.check not in known)
    for check in checks:
        if isinstance(check, LimitCheck):
            yield from _of_limits(kept, base, check, not_judged)
        elif isinstance(check, ABOUT_LIMITS):
            yield from check(base)
        else:
            yield from (each for each in standing if each.check == check.id)


def _of_limits(
    kept: KeptOrder, base: KeptTicket, check: LimitCheck, not_judged: list[NotJudged]
) -> Iterator[Finding]:
    for limit in base.limits_of(check.kind):
        try:
            found = _certain(kept, base, check, limit)
        except FigureNotKept:
            not_judged.append(NotJudged(check.id, limit))
        else:
            if found is not None:
                yield found


def _certain(kept: KeptOrder, base: KeptTicket, check: LimitCheck, limit: LimitInForce) -> Finding | None:
    """Return what the check finds for a limit, whatever the figures were that fit. Raises FigureNotKept."""
    tickets = tickets_for(kept, limit, base)
    if len(tickets) > 1 and check.kind in FITTED:
        tickets = _fitting(kept, check, limit, tickets)
    found = [check.judge(ticket, limit) for ticket in tickets]
    if len({each and each.outcome for each in found}) != 1:
        raise FigureNotKept(limit.kind)
    return found[0]


def _fitting(
    kept: KeptOrder, check: LimitCheck, limit: LimitInForce, tickets: Sequence[Ticket]
) -> Sequence[Ticket]:
    """Return the tickets of which the limit of then finds what it found."""
    then = kept.found(check.kind, limit.holder)
    return [each for each in tickets if _finds_again(check, each, then)]


def _finds_again(check: LimitCheck, ticket: Ticket, then: Finding | None) -> bool:
    """Whether the check finds of the limit of then what it found, before any override."""
    found = check.judge(ticket, then.limit) if then and then.limit else None
    is_denied = then is not None and then.outcome in (Outcome.DENIED, Outcome.OVERRIDDEN)
    outcome = Outcome.DENIED if is_denied else then and then.outcome
    return found is not None and found.outcome is outcome
