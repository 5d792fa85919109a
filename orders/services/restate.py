"""The desk states an order's quantity anew: renewed, reduced, increased by word, or split with its instrument."""

from decimal import Decimal
from uuid import UUID

from orders.errors import AnswerNotAsked, QuantityBelowFilled, SplitNotExact
from orders.events import OrderRestated
from orders.in_force import executions_in_force
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.money import PRICE_QUANTUM
from orders.kernel.transactions import service
from orders.models import Execution, Order
from orders.reports import RestatementReason
from orders.risk import exposure
from orders.risk.worst import worst_price
from orders.services.desk import locked_for_desk, require_desk_may_go_on, was_accepted
from orders.services.judging import refusal_kept, reserve_or_refuse
from orders.services.positions import rebook_lots
from orders.services.revisions import hold, move, record, rehold, snapshot
from orders.states import BaseStatus, OrderStatus, Stimulus, allows
from orders.terms import ExecutionKind


@refusal_kept
@service
def restate(*, actor: Actor, order_id: UUID, quantity: Decimal, reason: RestatementReason) -> Order:
    """State the order's total `quantity` (units) anew, for a reason as FIX ExecRestatementReason has it.

    A corporate action scales what is filled and the prices with it, so that their worth stays; it happens to the
    instrument, and no limit is asked. Otherwise what is filled stands, and an increase passes the checks of an
    amendment. Only an order that was done for the day is renewed. Raises AnswerNotAsked, QuantityBelowFilled,
    RiskRefused and SplitNotExact.
    """
    order = locked_for_desk(actor, order_id)
    renews_nothing = reason == RestatementReason.RENEWAL and order.base_status != BaseStatus.DONE_FOR_DAY
    if renews_nothing or not (was_accepted(order) and allows(OrderStatus(order.status), Stimulus.RESTATE)):
        raise AnswerNotAsked(f"the order is {order.status}", order_status=order.status)
    if reason != RestatementReason.CORPORATE_ACTION:
        require_desk_may_go_on(actor, order)
    before = snapshot(order)
    if reason == RestatementReason.CORPORATE_ACTION:
        _split(order, quantity / order.quantity)
    elif quantity < order.filled_quantity:
        raise QuantityBelowFilled("more is already filled", filled_quantity=f"{order.filled_quantity:f}")
    else:
        _increase(order, quantity)
    order.terms_revision += before["quantity"] != order.quantity
    move(order, Stimulus.RESTATE)
    hold(order)
    record(order, OrderRestated, actor=actor, before=before, restatement_reason=int(reason))
    return order


def _increase(order: Order, quantity: Decimal) -> None:
    is_more = quantity > order.quantity
    order.quantity = quantity
    if is_more:
        reserve_or_refuse(order)


def _split(order: Order, ratio: Decimal) -> None:
    """Multiply quantities and divide prices by `ratio`: each execution in force by a correction of it."""
    more = order.filled_quantity * ratio - order.filled_quantity
    for execution in executions_in_force().filter(order=order):
        Execution.objects.create(
            order=order,
            order_version=order.version + 1,
            kind=ExecutionKind.CORRECTION,
            corrects=execution,
            venue=execution.venue,
            venue_execution_id=f"{execution.pk}/restated",
            reported_for=execution.reported_for,
            quantity=_exact(execution.quantity * ratio),
            price=_exact(execution.price / ratio),
            cash_amount=execution.cash_amount,
            market_time=execution.market_time,
            recorded_at=recorded_now(),
        )
    order.quantity = _exact(order.quantity * ratio)
    order.filled_quantity += more
    if order.limit_price is not None:
        order.limit_price = _exact(order.limit_price / ratio)
    order.worst_price = worst_price([order.worst_price / ratio], Decimal(1))
    exposure.book(order, quantity=more, notional=Decimal(0), held=rehold(order), cash_amount=Decimal(0))
    rebook_lots(order.account_id, order.instrument_id)


def _exact(value: Decimal) -> Decimal:
    if value.quantize(PRICE_QUANTUM) != value:
        raise SplitNotExact(f"{value:f} needs more than eight decimal places")
    return value
