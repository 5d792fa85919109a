"""Cancel what is left of an order, and the ways in which an order ends without being filled."""

from uuid import UUID

from orders import authority
from orders.commands import CancelOrder
from orders.errors import OrderNotOpen
from orders.events import (
    CancelRejected,
    CancelRequested,
    OrderCanceled,
    OrderEvent,
    OrderExpired,
    ReplaceRejected,
)
from orders.kernel.context import Actor
from orders.kernel.transactions import service, step
from orders.models import Order, Replacement
from orders.models.history import ReplacementState
from orders.permissions import CANCEL_ORDERS
from orders.selectors import order_for
from orders.services.revisions import give_back_surplus, lock_order, move, record, snapshot
from orders.states import TERMINAL, OrderStatus, Stimulus


@service
def cancel(*, actor: Actor, order_id: UUID, command: CancelOrder) -> Order:
    """Ask to cancel what is left and return the order: pending cancel, or canceled where nothing is at a venue.

    Asking again while it is pending changes nothing. Raises OrderNotFound, NotPermitted and OrderNotOpen.
    """
    order_for(actor, order_id)
    order = lock_order(order_id)
    authority.require(actor, CANCEL_ORDERS, order.account_id)
    if order.status in TERMINAL:
        raise OrderNotOpen(
            f"the order is {order.status}: nothing is left to cancel", order_status=order.status
        )
    if order.status == OrderStatus.PENDING_CANCEL:
        return order
    _withdraw_replacement(actor, order)
    before = snapshot(order)
    move(order, Stimulus.REQUEST_CANCEL)
    record(order, CancelRequested, actor=actor, before=before, reason=command.reason or "")
    # Read again: where nothing was at a venue, the cancel is already confirmed.
    return lock_order(order_id)


@step
def confirm_cancel(*, actor: Actor, order: Order, reason: str = "") -> Order:
    """Cancel what is left of a locked order, asked for or not; nothing of it may be live at a venue."""
    return _end(actor, order, Stimulus.CONFIRM_CANCEL, OrderCanceled, reason)


@step
def expire_order(*, actor: Actor, order: Order, reason: str = "") -> Order:
    """End a locked order whose time in force is over; nothing of it may be live at a venue."""
    return _end(actor, order, Stimulus.EXPIRE, OrderExpired, reason)


@step
def reject_cancel(*, actor: Actor, order: Order, reason: str = "") -> Order:
    """Answer a cancel that came too late: the locked order goes back to what its quantities say."""
    return _end(actor, order, Stimulus.REJECT_CANCEL, CancelRejected, reason)


def _end(actor: Actor, order: Order, stimulus: Stimulus, event_class: type[OrderEvent], reason: str) -> Order:
    _withdraw_replacement(actor, order)
    before = snapshot(order)
    move(order, stimulus)
    record(order, event_class, actor=actor, before=before, reason=reason)
    return order


def _withdraw_replacement(actor: Actor, order: Order) -> None:
    """Reject a pending replace, because the order is going away before it could be carried out."""
    pending = Replacement.objects.filter(order=order, state=ReplacementState.PENDING).first()
    if pending is None:
        return
    before = snapshot(order)
    pending.state = ReplacementState.REJECTED
    pending.save(update_fields=["state"])
    give_back_surplus(order)
    record(order, ReplaceRejected, actor=actor, before=before)
