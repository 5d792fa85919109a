"""Amend an order: new terms are requested, checked, reserved for, and in force once who works it let go of the old."""

from decimal import Decimal
from uuid import UUID

from orders import authority
from orders.combinations import LIMITED, STOPPED, TRAILING
from orders.commands import AMENDABLE, AmendOrder
from orders.errors import (
    LimitPriceNotApplicable,
    OrderNotOpen,
    QuantityBelowFilled,
    QuantityBelowTerms,
    ReplacePending,
    RiskRefused,
    StaleTerms,
    TriggerNotApplicable,
)
from orders.events import AmendmentRefused, OrderReplaced, ReplaceRejected, ReplaceRequested
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.moments import moment_text
from orders.kernel.transactions import service, step
from orders.models import Order, OrderRequest, Replacement
from orders.models.history import RequestKind, RequestState
from orders.models.limit import DecisionStage
from orders.permissions import AMEND_ORDERS
from orders.reports import CancelRejectReason, ExecType
from orders.risk import exposure
from orders.risk.applying import bounds_of
from orders.risk.figures import Decision
from orders.selectors import market_now, order_for, outstanding_requests
from orders.services.judging import (
    Case,
    judge_exposure,
    judge_exposure_unlocked,
    judge_terms,
    keep_decision,
    told_numbers,
)
from orders.services.requests import answered_again, decide, earlier_request, new_request
from orders.services.revisions import Report, hold, lock_order, move, record, rehold, snapshot
from orders.states import TERMINAL, OrderStatus, Stimulus, allows


class _Denied(Exception):
    """Takes back what the amendment had written, so that its refusal can be kept instead."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision


def amend(*, actor: Actor, order_id: UUID, command: AmendOrder, expected_revision: int) -> Order:
    """Ask for new terms of an order and return it: pending replace, or replaced where nothing is at a venue.

    `expected_revision` is the `terms_revision` that the asker looked at. The same request again under its
    `client_order_id` changes nothing. Raises OrderNotFound, NotPermitted, StaleTerms, OrderNotOpen, ReplacePending,
    ClientOrderIdUsed, ChainMoved, QuantityBelowFilled, QuantityBelowTerms, LimitPriceNotApplicable,
    TriggerNotApplicable and RiskRefused; a refusal by a check is kept in the trail and changes nothing.
    """
    order_for(actor, order_id)
    return answered_again(lambda: _amend_or_refuse(actor, order_id, command, expected_revision))


def _amend_or_refuse(actor: Actor, order_id: UUID, command: AmendOrder, expected_revision: int) -> Order:
    try:
        return _amend(actor=actor, order_id=order_id, command=command, expected_revision=expected_revision)
    except _Denied as denied:
        _keep_refusal(actor=actor, order_id=order_id, command=command, decision=denied.decision)
        denial = denied.decision.denials[0]
        raise RiskRefused(
            denial.code, denial.detail, order_id=str(order_id), **told_numbers(denial)
        ) from None


@service
def _amend(*, actor: Actor, order_id: UUID, command: AmendOrder, expected_revision: int) -> Order:
    order = lock_order(order_id)
    authority.require(actor, AMEND_ORDERS, order.account_id)
    if earlier_request(order, RequestKind.REPLACE, command) is not None:
        return order
    _require_amendable(order, command, expected_revision)
    terms = _amended(order, command)
    market_time = market_now()
    case = judge_terms(
        order,
        bounds_of(order, market_time),
        market_time=market_time,
        terms=terms,
        asked_by=actor.user_id,
    )
    if not case.decision.is_admitted:
        # As for a new order: all that is wrong is said at once.
        raise _Denied(judge_exposure_unlocked(case).decision)
    _request(actor, order, command, case)
    # Read again: where nothing was at a venue, the new terms are already in force.
    return lock_order(order_id)


def _require_amendable(order: Order, command: AmendOrder, expected_revision: int) -> None:
    if order.terms_revision != expected_revision:
        raise StaleTerms(
            f"the terms are at revision {order.terms_revision}, you looked at {expected_revision}",
            terms_revision=order.terms_revision,
        )
    status = OrderStatus(order.status)
    if not _is_open_to(order, command.quantity or order.quantity):
        raise OrderNotOpen(f"the order is {status}", order_status=str(status))
    is_replaced = status == OrderStatus.PENDING_REPLACE and not order.is_manual
    if is_replaced or not allows(status, Stimulus.REQUEST_REPLACE):
        raise ReplacePending(f"the order is {status}", order_status=str(status))
    if command.limit_price is not None and order.type not in LIMITED:
        raise LimitPriceNotApplicable(f"a {order.type} order has no limit price")
    _require_trigger_terms(order, command)
    # To the desk a smaller quantity means to cancel the rest: it becomes what is filled (C.3.c).
    if not order.is_manual and command.quantity is not None and command.quantity < order.filled_quantity:
        raise QuantityBelowFilled("more is already filled", filled_quantity=f"{order.filled_quantity:f}")
    bounds = [bound for bound in (order.display_quantity, order.minimum_quantity) if bound is not None]
    if command.quantity is not None and bounds and command.quantity < max(bounds):
        raise QuantityBelowTerms(f"the order's own terms need at least {max(bounds):f}")


def _is_open_to(order: Order, quantity: Decimal) -> bool:
    """Tell whether the order takes new terms: a desk may still increase one that is filled (C.1.c)."""
    if order.is_manual and order.status == OrderStatus.FILLED:
        return quantity > order.quantity
    return order.status not in TERMINAL


def _require_trigger_terms(order: Order, command: AmendOrder) -> None:
    """Raises TriggerNotApplicable for what the order does not wait for, or no longer."""
    fields = [name for name in ("stop_price", "trail_price", "trail_percent") if getattr(command, name)]
    takes = {"stop_price": STOPPED, "trail_price": TRAILING, "trail_percent": TRAILING}
    for field in fields:
        if order.type not in takes[field]:
            raise TriggerNotApplicable(f"a {order.type} order has no {field}")
    if fields and order.triggered_at is not None:
        raise TriggerNotApplicable(f"the market triggered the order at {moment_text(order.triggered_at)}")


def _amended(order: Order, command: AmendOrder) -> dict[str, Decimal | None]:
    """Return all terms that an amendment can change as they would be: an offset replaces the other kind of offset."""
    current = {name: getattr(order, name) for name in AMENDABLE}
    if command.trail_price is not None or command.trail_percent is not None:
        current |= {"trail_price": None, "trail_percent": None}
    return {**current, **command.given()}


def _request(actor: Actor, order: Order, command: AmendOrder, case: Case) -> None:
    terms, worst = case.terms or {}, case.ticket.worst_price or order.worst_price
    before = snapshot(order)
    order.terms_revision += 1
    request = new_request(order, RequestKind.REPLACE, command)
    Replacement.objects.create(
        request=request,
        order=order,
        terms_revision=order.terms_revision,
        worst_price=worst,
        recorded_at=recorded_now(),
        **terms,
    )
    is_pending = request.state == RequestState.PENDING
    if is_pending:
        move(order, Stimulus.REQUEST_REPLACE)
    change = rehold(order)
    decision = judge_exposure(case, change, request_id=request.pk).decision
    if not decision.is_admitted:
        raise _Denied(decision)
    exposure.reserve(order, change.quantity, change.notional)
    keep_decision(order, decision, DecisionStage.AMEND)
    record(
        order,
        ReplaceRequested,
        actor=actor,
        before=before,
        report=Report(request=request, exec_type=ExecType.PENDING_REPLACE if is_pending else None),
        client_order_id=request.client_order_id,
        reason=command.reason or "",
        requested_worst_price=worst,
        **{f"requested_{name}": value for name, value in terms.items() if value is not None},
    )


@service
def _keep_refusal(*, actor: Actor, order_id: UUID, command: AmendOrder, decision: Decision) -> None:
    order, denial = lock_order(order_id), decision.denials[0]
    request = new_request(
        order,
        RequestKind.REPLACE,
        command,
        state=RequestState.REJECTED,
        denial=(denial.code, denial.detail),
    )
    record(
        order,
        AmendmentRefused,
        actor=actor,
        before=snapshot(order),
        report=Report(request=request, reject_reason=CancelRejectReason.OTHER),
        denial_code=denial.code,
        client_order_id=request.client_order_id,
        numbers=told_numbers(denial),
    )
    keep_decision(order, decision, DecisionStage.AMEND)


@step
def accept_replacement(*, actor: Actor, order: Order, request: OrderRequest | None = None) -> Order:
    """Put the terms that were asked for in force on a locked order, the only ones where no `request` is named.

    What was filled meanwhile stands: the quantity is at least that (FIX 4.4, C.3.b and C.3.c). The order goes on
    under the request's client order id.
    """
    before = snapshot(order)
    if request is None:
        request = outstanding_requests(order).get(kind=RequestKind.REPLACE)
    decide(request, RequestState.ACCEPTED)
    replacement = request.replacement
    order.quantity = max(replacement.quantity, order.filled_quantity)
    for name in AMENDABLE[1:]:
        setattr(order, name, getattr(replacement, name))
    order.worst_price = replacement.worst_price
    replaces, order.current_client_order_id = order.current_client_order_id, request.client_order_id
    move(order, Stimulus.CONFIRM_REPLACE)
    hold(order)
    report = Report(request=request, replaces=replaces)
    record(
        order,
        OrderReplaced,
        actor=actor,
        before=before,
        report=report,
        client_order_id=request.client_order_id,
    )
    return order


@step
def reject_replacement(
    *, actor: Actor, order: Order, request: OrderRequest, reason: CancelRejectReason, text: str = ""
) -> Order:
    """Leave the locked order's terms as they are: the request is not followed."""
    before = snapshot(order)
    decide(request, RequestState.REJECTED, reason)
    move(order, Stimulus.REJECT_REPLACE)
    hold(order)
    record(
        order,
        ReplaceRejected,
        actor=actor,
        before=before,
        report=Report(request=request, reject_reason=reason),
        client_order_id=request.client_order_id,
        cxl_rej_reason=int(reason),
        reason=text,
    )
    return order
