"""Ask for a bust, a correction or a fill by hand: nothing happens until another person has agreed."""

from typing import Any
from uuid import UUID

from compliance.commands import ProposeBust, ProposeDeal
from compliance.events import ExecutionChangeProposed
from compliance.models import Approval
from compliance.services.approvals import new_approval
from orders import authority
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.permissions import PROPOSE_EXECUTIONS
from orders.selectors import account_of_order, execution_for, market_now, order_for
from orders.services import ExecutionChange, bust_payload, correction_payload, fill_payload


@service
def propose_bust(*, actor: Actor, execution_id: UUID, command: ProposeBust) -> Approval:
    """Ask that an execution be taken back, and return the approval that waits for 24 hours.

    Raises ExecutionNotFound, NotPermitted without propose_executions on the account, and ExecutionNotInForce.
    """
    execution = execution_for(actor, execution_id)
    account_id = _permitted(actor, account_of_order(execution.order_id))
    payload = bust_payload(execution)
    return _proposed(actor, ExecutionChange.BUST, payload, account_id, command.reason)


@service
def propose_correction(*, actor: Actor, execution_id: UUID, command: ProposeDeal) -> Approval:
    """Ask for another quantity and price of an execution. Raises what `propose_bust` raises, and PriceOffTick."""
    execution = execution_for(actor, execution_id)
    account_id = _permitted(actor, account_of_order(execution.order_id))
    payload = correction_payload(execution, quantity=command.quantity, price=command.price)
    return _proposed(actor, ExecutionChange.CORRECT, payload, account_id, command.reason)


@service
def propose_fill(*, actor: Actor, order_id: UUID, command: ProposeDeal) -> Approval:
    """Ask that a deal made by hand be booked on a manual order, at the market time of now.

    Raises OrderNotFound, NotPermitted, OrderNotManual and PriceOffTick.
    """
    account_id = _permitted(actor, order_for(actor, order_id).account_id)
    payload = fill_payload(order_id, quantity=command.quantity, price=command.price)
    return _proposed(actor, ExecutionChange.FILL, payload, account_id, command.reason)


def _permitted(actor: Actor, account_id: UUID) -> UUID:
    authority.require(actor, PROPOSE_EXECUTIONS, account_id)
    return account_id


def _proposed(
    actor: Actor, change: ExecutionChange, payload: dict[str, Any], account_id: UUID, reason: str
) -> Approval:
    approval = new_approval(actor, change, payload, account_id=account_id, reason=reason)
    publish(
        ExecutionChangeProposed(
            actor=actor,
            object_id=str(approval.pk),
            revision=approval.version,
            market_time=market_now(),
            account_id=account_id,
            subject=change,
            payload=payload,
            digest=approval.digest,
            expires_at=approval.expires_at,
        )
    )
    return approval
