"""How what was approved is done: one carrier for each action, run in the transaction of the decision.

A carrier locks what it changes and uses the approval up by `orders.hooks.require_approval`: it is bound to the digest
of what the carrier finds, so it dies where that has changed since it was asked for.
"""

from collections.abc import Callable
from uuid import UUID

from compliance.actions import (
    DELEGATE_ROLE,
    GRANT_ROLE,
    LIFT_HOLD,
    REVOKE_ROLE,
    SET_RETENTION,
    SET_SUBSCRIPTION,
)
from compliance.models import Approval
from compliance.services.holds import lift_hold
from compliance.services.limit_dates import require_time_to_come
from compliance.services.retention import set_retention
from compliance.services.role_carriers import give_role, take_role
from compliance.services.subscriptions import set_subscription
from execution.services.routing_rules import RoutingAction, end_routing_rule, set_routing_rule
from orders.kernel.context import Actor
from orders.services import (
    LIFT,
    ExecutionChange,
    LimitAction,
    LimitTerms,
    carry_out,
    change_limit,
    end_limit,
    lift_kill_switch,
    set_limit,
)

Carrier = Callable[[Actor, Approval], None]


def _set_limit(actor: Actor, approval: Approval) -> None:
    require_time_to_come(LimitTerms.read(approval.payload["after"]))
    set_limit(actor=actor, payload=approval.payload, approval_id=approval.pk)


def _change_limit(actor: Actor, approval: Approval) -> None:
    terms = LimitTerms.read(approval.payload["after"])
    require_time_to_come(terms)
    change_limit(
        actor=actor,
        limit_id=UUID(approval.payload["limit_id"]),
        terms=terms,
        approval_id=approval.pk,
    )


def _end_limit(actor: Actor, approval: Approval) -> None:
    end_limit(actor=actor, limit_id=UUID(approval.payload["limit_id"]), approval_id=approval.pk)


def _change_execution(actor: Actor, approval: Approval) -> None:
    carry_out(
        actor=actor,
        change=ExecutionChange(approval.action),
        payload=approval.payload,
        approval_id=approval.pk,
        reason=approval.maker_reason,
    )


def _lift_kill_switch(actor: Actor, approval: Approval) -> None:
    lift_kill_switch(
        actor=actor, kill_switch_id=UUID(approval.payload["kill_switch_id"]), approval_id=approval.pk
    )


def _set_subscription(actor: Actor, approval: Approval) -> None:
    set_subscription(actor=actor, payload=approval.payload, approval_id=approval.pk)


def _set_routing_rule(actor: Actor, approval: Approval) -> None:
    set_routing_rule(actor=actor, payload=approval.payload, approval_id=approval.pk)


def _end_routing_rule(actor: Actor, approval: Approval) -> None:
    end_routing_rule(actor=actor, payload=approval.payload, approval_id=approval.pk)


def _set_retention(actor: Actor, approval: Approval) -> None:
    set_retention(actor=actor, payload=approval.payload, approval_id=approval.pk)


def _lift_hold(actor: Actor, approval: Approval) -> None:
    lift_hold(actor=actor, payload=approval.payload, approval_id=approval.pk)


CARRIERS: dict[str, Carrier] = {
    LimitAction.SET: _set_limit,
    LimitAction.CHANGE: _change_limit,
    LimitAction.END: _end_limit,
    ExecutionChange.BUST: _change_execution,
    ExecutionChange.CORRECT: _change_execution,
    ExecutionChange.FILL: _change_execution,
    LIFT: _lift_kill_switch,
    RoutingAction.SET: _set_routing_rule,
    RoutingAction.END: _end_routing_rule,
    SET_SUBSCRIPTION: _set_subscription,
    SET_RETENTION: _set_retention,
    LIFT_HOLD: _lift_hold,
    GRANT_ROLE: give_role,
    DELEGATE_ROLE: give_role,
    REVOKE_ROLE: take_role,
}
