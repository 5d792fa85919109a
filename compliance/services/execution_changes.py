"""Ask for a bust, a correction or a fill by hand: nothing happens until another person has agreed."""

from uuid import UUID

from compliance.commands import ProposeBust, ProposeDeal
from compliance.models import Approval
from compliance.services.approvals import new_approval
from orders import authority
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.models import Account
from orders.permissions import PROPOSE_EXECUTIONS
from orders.selectors import account_of_order, execution_for, order_for
from orders.services import ExecutionChange, bust_payload, correction_payload, fill_payload


@service
def propose_bust(*, actor: Actor, execution_id: UUID, command: ProposeBust) -> Approval:
    """Ask that an execution be taken back, and return the approval that waits for 24 hours.

    Raises ExecutionNotFound, NotPermitted without propose_executions on the account, and ExecutionNotInForce.
    """
    execution = execution_for(actor, execution_id)
    account = _permitted(actor, account_of_order(execution.order_id))
    payload = bust_payload(execution)
    return new_approval(actor, ExecutionChange.BUST, payload, scope=account, reason=command.reason)


@service
def propose_correction(*, actor: Actor, execution_id: UUID, command: ProposeDeal) -> Approval:
    """Ask for another quantity and price of an execution. Raises what `propose_bust` raises, and PriceOffTick."""
    execution = execution_for(actor, execution_id)
    account = _permitted(actor, account_of_order(execution.order_id))
    payload = correction_payload(execution, quantity=command.quantity, price=command.price)
    return new_approval(actor, ExecutionChange.CORRECT, payload, scope=account, reason=command.reason)


@service
def propose_fill(*, actor: Actor, order_id: UUID, command: ProposeDeal) -> Approval:
    """Ask that a deal made by hand be booked on a manual order, at the market time of now.

    Raises OrderNotFound, NotPermitted, OrderNotManual and PriceOffTick.
    """
    account = _permitted(actor, order_for(actor, order_id).account)
    payload = fill_payload(order_id, quantity=command.quantity, price=command.price)
    return new_approval(actor, ExecutionChange.FILL, payload, scope=account, reason=command.reason)


def _permitted(actor: Actor, account: Account) -> Account:
    authority.require_on(actor, PROPOSE_EXECUTIONS, account)
    return account
