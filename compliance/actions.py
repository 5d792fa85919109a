"""What a person can ask for and another decides: who may ask, who may see that it was asked for, and who may decide.

Each permission counts on the whole scope of the approval: the firm, the desk, the account, or everything there is.
What is done once it is agreed to stands in services/carriers.py.
"""

from dataclasses import dataclass

from execution.services.routing_rules import RoutingAction
from orders.permissions import (
    APPROVE_EXECUTIONS,
    APPROVE_LIMITS,
    APPROVE_RETENTION,
    APPROVE_ROLES,
    APPROVE_ROUTING,
    APPROVE_SUBSCRIPTIONS,
    ENGAGE_KILL_SWITCH,
    LIFT_KILL_SWITCH,
    PROPOSE_EXECUTIONS,
    PROPOSE_LIMITS,
    PROPOSE_RETENTION,
    PROPOSE_ROLES,
    PROPOSE_ROUTING,
    PROPOSE_SUBSCRIPTIONS,
    VIEW_AUDIT,
    VIEW_LIMITS,
    VIEW_OPERATIONS,
    VIEW_ORDERS,
)
from orders.services import LIFT, ExecutionChange, LimitAction

SET_SUBSCRIPTION = "set_subscription"
"""A plugin's subscription comes to be, or hears other events with other parameters."""
SET_RETENTION = "set_retention"
"""From a day on records of a class are kept for another time by a regime."""
LIFT_HOLD = "lift_legal_hold"
"""A legal hold keeps nothing any more."""

GRANT_ROLE = "grant_role"
"""A person comes to hold a role on a firm, a desk or an account, for a period."""
DELEGATE_ROLE = "delegate_role"
"""Another stands in for a person in a role of theirs, for a period."""
REVOKE_ROLE = "revoke_role"
"""A grant of a role, and what was delegated from it, gives nothing any more."""
ROLE_ACTIONS = (GRANT_ROLE, DELEGATE_ROLE, REVOKE_ROLE)


@dataclass(frozen=True)
class Action:
    """The permissions that it takes to ask for this action, to see that it was asked for, and to decide on it.

    `asked_with` is None where whose own thing it is may ask as well: then the carrier judges who asked.
    """

    asked_with: str | None
    seen_with: str
    decided_with: str


_LIMITS = Action(asked_with=PROPOSE_LIMITS, seen_with=VIEW_LIMITS, decided_with=APPROVE_LIMITS)
_EXECUTIONS = Action(asked_with=PROPOSE_EXECUTIONS, seen_with=VIEW_ORDERS, decided_with=APPROVE_EXECUTIONS)

_ROUTING = Action(asked_with=PROPOSE_ROUTING, seen_with=VIEW_ORDERS, decided_with=APPROVE_ROUTING)

_OF_ROLES = Action(asked_with=None, seen_with=VIEW_AUDIT, decided_with=APPROVE_ROLES)

_RETENTION = Action(asked_with=PROPOSE_RETENTION, seen_with=VIEW_AUDIT, decided_with=APPROVE_RETENTION)

ACTIONS: dict[str, Action] = {
    LimitAction.SET: _LIMITS,
    LimitAction.CHANGE: _LIMITS,
    LimitAction.END: _LIMITS,
    ExecutionChange.BUST: _EXECUTIONS,
    ExecutionChange.CORRECT: _EXECUTIONS,
    ExecutionChange.FILL: _EXECUTIONS,
    LIFT: Action(asked_with=ENGAGE_KILL_SWITCH, seen_with=VIEW_ORDERS, decided_with=LIFT_KILL_SWITCH),
    RoutingAction.SET: _ROUTING,
    RoutingAction.END: _ROUTING,
    SET_RETENTION: _RETENTION,
    LIFT_HOLD: _RETENTION,
    GRANT_ROLE: Action(asked_with=PROPOSE_ROLES, seen_with=VIEW_AUDIT, decided_with=APPROVE_ROLES),
    DELEGATE_ROLE: _OF_ROLES,
    REVOKE_ROLE: _OF_ROLES,
    SET_SUBSCRIPTION: Action(
        asked_with=PROPOSE_SUBSCRIPTIONS, seen_with=VIEW_OPERATIONS, decided_with=APPROVE_SUBSCRIPTIONS
    ),
}
"""By the action's name, as the approval has it."""
