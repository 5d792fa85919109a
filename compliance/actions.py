"""What a person can ask for and another decides: who may see that it was asked for, and who may decide.

Each permission counts on the whole scope of the approval: the firm, the desk, the account, or everything there is.
What is done once it is agreed to stands in services/carriers.py.
"""

from dataclasses import dataclass

from orders.permissions import (
    APPROVE_EXECUTIONS,
    APPROVE_LIMITS,
    LIFT_KILL_SWITCH,
    VIEW_LIMITS,
    VIEW_ORDERS,
)
from orders.services import LIFT, ExecutionChange, LimitAction


@dataclass(frozen=True)
class Action:
    """The permission that shows an approval of this action, and the one that it takes to decide on it."""

    seen_with: str
    decided_with: str


_LIMITS = Action(seen_with=VIEW_LIMITS, decided_with=APPROVE_LIMITS)
_EXECUTIONS = Action(seen_with=VIEW_ORDERS, decided_with=APPROVE_EXECUTIONS)

ACTIONS: dict[str, Action] = {
    LimitAction.SET: _LIMITS,
    LimitAction.CHANGE: _LIMITS,
    LimitAction.END: _LIMITS,
    ExecutionChange.BUST: _EXECUTIONS,
    ExecutionChange.CORRECT: _EXECUTIONS,
    ExecutionChange.FILL: _EXECUTIONS,
    LIFT: Action(seen_with=VIEW_ORDERS, decided_with=LIFT_KILL_SWITCH),
}
"""By the action's name, as the approval has it."""
