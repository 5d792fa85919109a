"""What the desk answers for an order that it works by hand: FIX's sell side, request by request.

Nobody else does anything with a manual order: a request to replace or cancel it is received, and pends once the desk
acknowledges it. A person needs the permission to work orders; a process of ours passes on what a sell side reports.
"""

from decimal import Decimal
from uuid import UUID

from orders import authority
from orders.errors import AnswerNotAsked, OrderNotManual, ReasonNotApplicable
from orders.events import (
    CancelAcknowledged,
    OrderAccepted,
    OrderRejected,
    OrderStopped,
    OrderTriggered,
    ReplaceAcknowledged,
)
from orders.kernel.context import Actor
from orders.kernel.transactions import service, step
from orders.models import Order, OrderRequest
from orders.models.history import RequestKind, RequestState
from orders.permissions import WORK_ORDERS
from orders.reports import DESKS_OWN_REASONS, CancelRejectReason
from orders.risk.kill_switch import require_not_stopped
from orders.selectors import outstanding_requests, revisions_of
from orders.services.amend import accept_replacement, reject_replacement
from orders.services.cancel import confirm_cancel, reject_cancel
from orders.services.cash import units_for
from orders.services.executions import require_on_tick
from orders.services.judging import refusal_kept, reserve_or_refuse
from orders.services.requests import decide, outstanding
from orders.services.revisions import Report, hold, lock_order, move, record, snapshot
from orders.services.trading_day import finish_day
from orders.states import TERMINAL, BaseStatus, OrderStatus, Stimulus, allows

REJECTED_BY_DESK = "RULE_REJECTED_BY_DESK"


def locked_for_desk(actor: Actor, order_id: UUID) -> Order:
    """Return the locked order. Raises OrderNotFound, NotPermitted and OrderNotManual."""
    order = lock_order(order_id)
    if actor.user_id is not None:
        authority.require(actor, WORK_ORDERS, order.account_id)
    if not order.is_manual:
        raise OrderNotManual("an algorithm works this order", algorithm=str(order.instruction.get("name")))
    return order


@step
def require_desk_may_go_on(actor: Actor, order: Order) -> None:
    """Raise RiskRefused where a person answers who is stopped, or for a stopped order; a sell side reports facts."""
    if actor.user_id is not None:
        require_not_stopped(order, asked_by=actor.user_id)


@refusal_kept
@service
def accept_order(*, actor: Actor, order_id: UUID, price: Decimal | None = None) -> Order:
    """Take the order on. `price` (currency per unit) is what an order for cash is converted at.

    Raises what `locked_for_desk` raises, AnswerNotAsked where it was accepted already, RiskRefused while a kill switch
    stops it, and for an order for cash PriceOffTick, CashBelowOneLot and RiskRefused.
    """
    order = locked_for_desk(actor, order_id)
    _require(order, order.base_status == BaseStatus.PENDING_NEW and order.status not in TERMINAL)
    require_desk_may_go_on(actor, order)
    before = snapshot(order)
    if price is not None and order.cash_quantity is not None:
        _convert(order, order.cash_quantity, price)
    move(order, Stimulus.ACCEPT)
    record(order, OrderAccepted, actor=actor, before=before)
    return order


def _convert(order: Order, cash_quantity: Decimal, price: Decimal) -> None:
    require_on_tick(order.instrument, price)
    order.quantity = units_for(cash_quantity, price, order.instrument.lot_size)
    # Dearer than when it was admitted: fewer units. Cheaper: more of them, which the limit has to allow.
    reserve_or_refuse(order)


@service
def reject_order(*, actor: Actor, order_id: UUID, reason: str) -> Order:
    """Refuse an order that was not accepted yet. Raises what `accept_order` raises but for cash."""
    order = locked_for_desk(actor, order_id)
    _require(order, order.base_status == BaseStatus.PENDING_NEW and allows(_status(order), Stimulus.REJECT))
    before = snapshot(order)
    order.denial_code, order.denial_detail = REJECTED_BY_DESK, reason
    move(order, Stimulus.REJECT)
    hold(order)
    record(order, OrderRejected, actor=actor, before=before, denial_code=REJECTED_BY_DESK, reason=reason)
    return order


@service
def acknowledge_request(*, actor: Actor, order_id: UUID, client_order_id: str | None = None) -> Order:
    """Say that a request is being worked on: the order is pending cancel or pending replace from now on.

    The oldest request that was only received, where none is named. Raises AnswerNotAsked.
    """
    order = locked_for_desk(actor, order_id)
    request = outstanding(order, client_order_id, RequestState.RECEIVED)
    before = snapshot(order)
    is_cancel = request.kind == RequestKind.CANCEL
    decide(request, RequestState.PENDING)
    move(order, Stimulus.REQUEST_CANCEL if is_cancel else Stimulus.REQUEST_REPLACE)
    record(
        order,
        CancelAcknowledged if is_cancel else ReplaceAcknowledged,
        actor=actor,
        before=before,
        report=Report(request=request, order_quantity=_quantity_before(order, request)),
        client_order_id=request.client_order_id,
    )
    return order


def _quantity_before(order: Order, request: OrderRequest) -> Decimal | None:
    """Return what the order's quantity will have been when the request that this one follows is granted (D.2.b)."""
    chained = outstanding_requests(order).filter(
        kind=RequestKind.REPLACE, client_order_id=request.orig_client_order_id
    )
    before = chained.first()
    return None if before is None else before.replacement.quantity


@service
def confirm_request(*, actor: Actor, order_id: UUID, client_order_id: str | None = None) -> Order:
    """Follow a request: the new terms come into force, or the rest is canceled.

    The oldest outstanding one, where none is named. Raises AnswerNotAsked, and RiskRefused for new terms while a kill
    switch stops the order.
    """
    order = locked_for_desk(actor, order_id)
    request = outstanding(order, client_order_id)
    if request.kind == RequestKind.CANCEL:
        return confirm_cancel(actor=actor, order=order)
    require_desk_may_go_on(actor, order)
    return accept_replacement(actor=actor, order=order, request=request)


@service
def reject_request(
    *,
    actor: Actor,
    order_id: UUID,
    client_order_id: str | None = None,
    reason: CancelRejectReason = CancelRejectReason.OTHER,
    text: str = "",
) -> Order:
    """Do not follow a request, the oldest outstanding one where none is named.

    The desk gives its own reason only where the order has none: that all was filled, or that another request was
    pending first, are facts which the house states. Raises AnswerNotAsked and ReasonNotApplicable.
    """
    order = locked_for_desk(actor, order_id)
    request = outstanding(order, client_order_id)
    fact = _fact_against(order, request)
    if fact is None and reason not in DESKS_OWN_REASONS:
        raise ReasonNotApplicable(f"the order gives no cause for the reason {int(reason)}")
    why = reason if fact is None else fact
    if request.kind == RequestKind.CANCEL:
        return reject_cancel(actor=actor, order=order, request=request, why=why, reason=text)
    return reject_replacement(actor=actor, order=order, request=request, reason=why, text=text)


def _fact_against(order: Order, request: OrderRequest) -> CancelRejectReason | None:
    if order.filled_quantity >= order.quantity and not _increases(order, request):
        return CancelRejectReason.TOO_LATE
    others = outstanding_requests(order).filter(state=RequestState.PENDING).exclude(pk=request.pk)
    if request.state == RequestState.RECEIVED and others.exists():
        return CancelRejectReason.ALREADY_PENDING
    return None


def _increases(order: Order, request: OrderRequest) -> bool:
    return request.kind == RequestKind.REPLACE and request.replacement.quantity > order.quantity


@service
def cancel_unsolicited(*, actor: Actor, order_id: UUID, reason: str) -> Order:
    """Cancel what is left though nobody asked. Raises AnswerNotAsked where nothing is left."""
    order = locked_for_desk(actor, order_id)
    _require(order, allows(_status(order), Stimulus.CONFIRM_CANCEL))
    return confirm_cancel(actor=actor, order=order, reason=reason)


@service
def done_for_day(*, actor: Actor, order_id: UUID) -> Order:
    """Say that nothing more is filled today. Raises AnswerNotAsked."""
    order = locked_for_desk(actor, order_id)
    _require(order, was_accepted(order) and allows(_status(order), Stimulus.DONE_FOR_DAY))
    return finish_day(actor=actor, order=order)


@service
def trigger_held_order(*, actor: Actor, order_id: UUID) -> Order:
    """Say that a held order's conditions are reached and it is on the book (E.1.f): once, before anything is filled.

    Raises AnswerNotAsked, and RiskRefused while a kill switch stops the order.
    """
    order = locked_for_desk(actor, order_id)
    was_triggered = revisions_of(order).filter(event=OrderTriggered.__name__).exists()
    _require(order, allows(_status(order), Stimulus.TRIGGER) and not was_triggered)
    require_desk_may_go_on(actor, order)
    before = snapshot(order)
    move(order, Stimulus.TRIGGER)
    record(order, OrderTriggered, actor=actor, before=before)
    return order


@service
def stop_order(*, actor: Actor, order_id: UUID, quantity: Decimal, price: Decimal | None = None) -> Order:
    """Guarantee an execution of `quantity` units, at `price` or better, that is not made yet (L.1.a).

    Raises AnswerNotAsked where less than that is left, and RiskRefused while a kill switch stops the order.
    """
    order = locked_for_desk(actor, order_id)
    _require(order, allows(_status(order), Stimulus.STOP) and quantity <= order.leaves_quantity)
    require_desk_may_go_on(actor, order)
    before = snapshot(order)
    move(order, Stimulus.STOP)
    record(
        order,
        OrderStopped,
        actor=actor,
        before=before,
        report=Report(last_quantity=quantity),
        guaranteed_quantity=quantity,
        guaranteed_price=price,
    )
    return order


def was_accepted(order: Order) -> bool:
    """Tell whether the desk took the order on: until then it can only accept, reject or fill it."""
    return order.base_status != BaseStatus.PENDING_NEW


def _status(order: Order) -> OrderStatus:
    return OrderStatus(order.status)


def _require(order: Order, is_asked: bool) -> None:
    if not is_asked:
        raise AnswerNotAsked(f"the order is {order.status}", order_status=order.status)
