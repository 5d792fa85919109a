"""Reads of pre-trade decisions.

Who sees an order sees what was decided on it, but no number of a limit beyond their reach.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from orders.authority import may
from orders.kernel.context import Actor
from orders.models import Order, OrderRevision, RiskDecision
from orders.models.limit import DecisionStage
from orders.permissions import VIEW_LIMITS
from orders.risk.figures import Decision, Finding
from orders.risk.kept import decision_from
from orders.selectors import limits_seen_by


@dataclass(frozen=True)
class KeptDecision:
    """A decision as it was kept: on which stage of the order, and when (real UTC)."""

    id: UUID
    stage: DecisionStage
    recorded_at: datetime
    decision: Decision


def decisions_of(actor: Actor, order: Order) -> list[KeptDecision]:
    """Return what was decided on an order that `order_for` gave to the actor, newest first: two queries."""
    rows = list(RiskDecision.objects.filter(order_id=order.pk).order_by("-id"))
    decisions = [decision_from(row.findings, row.figures, row.market_time) for row in rows]
    return [
        KeptDecision(row.pk, DecisionStage(row.stage), row.recorded_at, decision)
        for row, decision in zip(rows, redacted_for(actor, decisions), strict=True)
    ]


def warnings_of(actor: Actor, order: Order, decision: Decision | None = None) -> tuple[Finding, ...]:
    """Return what the decision behind an order's terms warned of, redacted for the actor; `decision` is it where known.

    That is the newest that admitted: refused new terms say nothing of those that are in force.
    """
    if decision is None:
        newest = RiskDecision.objects.filter(order_id=order.pk).order_by("-is_admitted", "-id").first()
        if newest is None:
            return ()
        decision = decision_from(newest.findings, newest.figures, newest.market_time)
    return redacted_for(actor, [decision])[0].warnings if decision.warnings else ()


def redacted_for(actor: Actor, decisions: list[Decision]) -> list[Decision]:
    """Return the decisions without limits and numbers of limits that the actor may not see: one query.

    What such a limit found stays, with its code: an order that is refused says why.
    """
    seen = limits_seen_among(actor, (each for decision in decisions for each in limits_in(decision)))
    return [redacted(decision, seen) for decision in decisions]


def limits_in(decision: Decision) -> Iterator[UUID]:
    """Return the ids of the limits that a decision names."""
    return (each.limit.id for each in decision.findings if each.limit)


def limits_seen_among(actor: Actor, limit_ids: Iterable[UUID]) -> set[UUID]:
    """Return which of these limits `actor` may see: one query."""
    named = limits_seen_by(actor).filter(pk__in=set(limit_ids)).order_by()
    return set(named.values_list("pk", flat=True))


def redacted(decision: Decision, seen: Container[UUID]) -> Decision:
    """Return the decision without limits that are not among `seen`, and without their numbers."""
    return replace(decision, findings=tuple(_redacted(each, seen) for each in decision.findings))


def without_hidden_numbers(
    actor: Actor, order: Order, revisions: Sequence[OrderRevision]
) -> Sequence[OrderRevision]:
    """Return an order's revisions without what a refusing check saw, where the actor may not see the account's limits.

    One query where there are such numbers, none else.
    """
    telling = [each for each in revisions if each.facts["details"].get("numbers")]
    if telling and not may(actor, VIEW_LIMITS, order.account_id):
        for each in telling:
            each.facts = {**each.facts, "details": {**each.facts["details"], "numbers": {}}}
    return revisions


def _redacted(finding: Finding, seen: Container[UUID]) -> Finding:
    if finding.limit is None or finding.limit.id in seen:
        return finding
    return replace(finding, limit=None, used=None, with_order=None, numbers={})
