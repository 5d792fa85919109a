"""Cancel what is left of an order, and the ways in which an order ends without being filled."""

from uuid import UUID

from orders import authority
from orders.commands import CancelOrder
from orders.errors import OrderNotOpen, ReplacePending
from orders.events import CancelRejected, CancelRequested, OrderCanceled, OrderEvent, OrderExpired
from orders.kernel.context import Actor
from orders.kernel.transactions import service, step
from orders.models import Order, OrderRequest
from orders.models.history import RequestKind, RequestState
from orders.permissions import CANCEL_ORDERS
from orders.reports import CancelRejectReason, ExecType
from orders.selectors import order_for, outstanding_requests
from orders.services.amend import reject_replacement
from orders.services.requests import answered_again, decide, earlier_request, new_request
from orders.services.revisions import Report, hold, lock_order, move, record, snapshot
from orders.states import TERMINAL, Stimulus


def cancel(*, actor: Actor, order_id: UUID, command: CancelOrder) -> Order:
    """Ask to cancel what is left and return the order: pending cancel, or canceled where nothing is at a venue.

    Asking again while it is pending changes nothing; under another `client_order_id` it is refused. Raises
    OrderNotFound, NotPermitted, OrderNotOpen, ReplacePending, ClientOrderIdUsed and ChainMoved.
    """
    order_for(actor, order_id)
    return answered_again(lambda: _cancel(actor=actor, order_id=order_id, command=command))


@service
def _cancel(*, actor: Actor, order_id: UUID, command: CancelOrder) -> Order:
    order = lock_order(order_id)
    authority.require(actor, CANCEL_ORDERS, order.account_id)
    if earlier_request(order, RequestKind.CANCEL, command) is not None:
        return order
    if order.status in TERMINAL:
        raise OrderNotOpen(
            f"the order is {order.status}: nothing is left to cancel", order_status=order.status
        )
    if outstanding_requests(order).filter(kind=RequestKind.CANCEL).exists():
        if command.client_order_id is None:
            return order
        raise ReplacePending("the order is already being canceled", order_status=order.status)
    request_cancel(actor=actor, order=order, command=command)
    # Read again: where nothing was at a venue, the cancel is already confirmed.
    return lock_order(order_id)


@step
def request_cancel(
    *, actor: Actor, order: Order, command: CancelOrder, kill_switch_id: UUID | None = None
) -> None:
    """Write down that a locked order is to be canceled, and withdraw what else was asked of it.

    None of it may be asked already. `kill_switch_id` names who asks, where no person does. Raises ChainMoved.
    """
    before = snapshot(order)
    request = new_request(order, RequestKind.CANCEL, command, kill_switch_id=kill_switch_id)
    is_pending = request.state == RequestState.PENDING
    if is_pending:
        move(order, Stimulus.REQUEST_CANCEL)
        _withdraw_replacements(actor, order, CancelRejectReason.OTHER)
    record(
        order,
        CancelRequested,
        actor=actor,
        before=before,
        report=Report(request=request, exec_type=ExecType.PENDING_CANCEL if is_pending else None),
        client_order_id=request.client_order_id,
        reason=command.reason or "",
    )


@step
def confirm_cancel(*, actor: Actor, order: Order, reason: str = "") -> Order:
    """Cancel what is left of a locked order, asked for or not; nothing of it may be live at a venue."""
    return _end(actor, order, Stimulus.CONFIRM_CANCEL, OrderCanceled, reason)


@step
def expire_order(*, actor: Actor, order: Order, reason: str = "") -> Order:
    """End a locked order whose time in force is over; nothing of it may be live at a venue."""
    return _end(actor, order, Stimulus.EXPIRE, OrderExpired, reason)


@step
def reject_cancel(
    *,
    actor: Actor,
    order: Order,
    reason: str = "",
    request: OrderRequest | None = None,
    why: CancelRejectReason = CancelRejectReason.TOO_LATE,
) -> Order:
    """Refuse a cancel, as too late where nothing else is said: the locked order goes back to what else it is."""
    before = snapshot(order)
    if request is None:
        request = outstanding_requests(order).get(kind=RequestKind.CANCEL)
    decide(request, RequestState.REJECTED, why)
    move(order, Stimulus.REJECT_CANCEL)
    hold(order)
    record(
        order,
        CancelRejected,
        actor=actor,
        before=before,
        report=Report(request=request, reject_reason=why),
        client_order_id=request.client_order_id,
        cxl_rej_reason=int(why),
        reason=reason,
    )
    return order


def _end(actor: Actor, order: Order, stimulus: Stimulus, event_class: type[OrderEvent], reason: str) -> Order:
    _withdraw_replacements(actor, order, CancelRejectReason.TOO_LATE)
    before = snapshot(order)
    request = outstanding_requests(order).filter(kind=RequestKind.CANCEL).first()
    if request is not None:
        # The order is gone, as was asked; where it expired, too, nothing is left of the request.
        decide(request, RequestState.ACCEPTED)
    move(order, stimulus)
    hold(order)
    record(order, event_class, actor=actor, before=before, report=Report(request=request), reason=reason)
    return order


def _withdraw_replacements(actor: Actor, order: Order, reason: CancelRejectReason) -> None:
    """Reject what was asked for, because the order is going away before it could be carried out."""
    for request in outstanding_requests(order).filter(kind=RequestKind.REPLACE):
        reject_replacement(actor=actor, order=order, request=request, reason=reason)
