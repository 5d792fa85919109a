"""How what was approved is done: one carrier for each action, run in the transaction of the decision.

A carrier locks what it changes and uses the approval up by `orders.hooks.require_approval`: it is bound to the digest
of what the carrier finds, so it dies where that has changed since it was asked for.
"""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from compliance.actions import CHANGE_LIMIT
from compliance.models import Approval
from orders.kernel.context import Actor
from orders.services import ExecutionChange, carry_out, change_limit

Carrier = Callable[[Actor, Approval], None]


def _change_limit(actor: Actor, approval: Approval) -> None:
    change_limit(
        actor=actor,
        limit_id=UUID(approval.payload["limit_id"]),
        value=Decimal(approval.payload["value"]),
        approval_id=approval.pk,
    )


def _change_execution(actor: Actor, approval: Approval) -> None:
    carry_out(
        actor=actor,
        change=ExecutionChange(approval.action),
        payload=approval.payload,
        approval_id=approval.pk,
        reason=approval.maker_reason,
    )


CARRIERS: dict[str, Carrier] = {
    CHANGE_LIMIT: _change_limit,
    ExecutionChange.BUST: _change_execution,
    ExecutionChange.CORRECT: _change_execution,
    ExecutionChange.FILL: _change_execution,
}
