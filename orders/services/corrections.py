"""Take back or correct what was filled: a row more for each, and order, position and exposure follow exactly."""

from decimal import Decimal
from uuid import UUID

from orders.errors import ExecutionExceedsOrder, ExecutionNotFound, ExecutionNotInForce
from orders.events import ExecutionBusted, ExecutionCorrected
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.kernel.money import decimal_text
from orders.kernel.transactions import service, step
from orders.models import Execution, Order
from orders.positions.trade import EXACT
from orders.risk import exposure
from orders.services.firm_currency import booking_conversion_of, cash_of
from orders.services.positions import rebook_lots
from orders.services.revisions import Report, lock_order, move, record, rehold, snapshot
from orders.states import Stimulus
from orders.terms import ExecutionKind

NOTHING = Decimal(0)


@service
def bust_execution(*, actor: Actor, execution_id: UUID, report_id: str, reason: str) -> Execution:
    """Book that a sell side took an execution back: `book_bust` for a process of ours that passes its report on.

    Raises NotPermitted for a person, who asks for it and has it approved, ExecutionNotFound, and what `book_bust`
    raises.
    """
    order, execution = _locked_for_report(actor, execution_id)
    return book_bust(actor=actor, order=order, execution=execution, report_id=report_id, reason=reason)


@service
def correct_execution(
    *, actor: Actor, execution_id: UUID, quantity: Decimal, price: Decimal, report_id: str, reason: str
) -> Execution:
    """Book that a sell side corrected an execution, as `bust_execution`. Raises what `book_correction` raises."""
    order, execution = _locked_for_report(actor, execution_id)
    return book_correction(
        actor=actor,
        order=order,
        execution=execution,
        quantity=quantity,
        price=price,
        report_id=report_id,
        reason=reason,
    )


def _locked_for_report(actor: Actor, execution_id: UUID) -> tuple[Order, Execution]:
    if actor.user_id is not None:
        raise NotPermitted("a person has a bust or a correction approved by another")
    execution = Execution.objects.filter(pk=execution_id).first()
    if execution is None:
        raise ExecutionNotFound("there is no such execution")
    order = lock_order(execution.order_id)
    return order, execution


@step
def book_bust(
    *, actor: Actor, order: Order, execution: Execution, report_id: str, reason: str, **details: str
) -> Execution:
    """Take back an execution of a locked order: what is filled without it decides its status (J.1).

    A filled order reopens, one that was canceled or expired stays so. `report_id` is unique at the execution's
    venue. Raises ExecutionNotInForce, and IllegalTransition for an order that no execution can belong to.
    """
    bust = _successor(execution, order, quantity=NOTHING, price=NOTHING, report_id=report_id)
    return _rebook(actor, order, execution, bust, reason=reason, **details)


@step
def book_correction(
    *,
    actor: Actor,
    order: Order,
    execution: Execution,
    quantity: Decimal,
    price: Decimal,
    report_id: str,
    reason: str,
    **details: str,
) -> Execution:
    """Give an execution of a locked order its right `quantity` (units) and `price` (currency per unit).

    Raises what `book_bust` raises, and ExecutionExceedsOrder where more would be filled than was ordered.
    """
    if order.filled_quantity - execution.quantity + quantity > order.quantity:
        raise ExecutionExceedsOrder(
            f"{quantity:f} would exceed what was ordered", order_id=str(order.pk), venue=execution.venue
        )
    correction = _successor(execution, order, quantity=quantity, price=price, report_id=report_id)
    return _rebook(actor, order, execution, correction, reason=reason, **details)


@step
def lock_execution_in_force(execution_id: UUID, order: Order) -> Execution:
    """Return an execution of the locked order. Raises ExecutionNotInForce where another row has taken its place."""
    execution = Execution.objects.get(pk=execution_id, order=order)
    has_successor = Execution.objects.filter(corrects=execution).exists()
    if has_successor or execution.kind == ExecutionKind.BUST:
        raise ExecutionNotInForce("it was busted or corrected already", execution_id=str(execution_id))
    return execution


def _successor(
    execution: Execution, order: Order, *, quantity: Decimal, price: Decimal, report_id: str
) -> Execution:
    lock_execution_in_force(execution.pk, order)
    into_firms = booking_conversion_of(order, execution.market_time)
    return Execution(
        order=order,
        order_version=order.version + 1,
        kind=ExecutionKind.CORRECTION if quantity else ExecutionKind.BUST,
        corrects=execution,
        venue=execution.venue,
        venue_execution_id=report_id,
        reported_for=execution.reported_for,
        quantity=quantity,
        price=price,
        cash_amount=cash_of(order, EXACT.multiply(quantity, price), into_firms),
        market_time=execution.market_time,
        recorded_at=recorded_now(),
    )


def _rebook(
    actor: Actor, order: Order, execution: Execution, successor: Execution, **details: str
) -> Execution:
    is_bust = successor.kind == ExecutionKind.BUST
    before = snapshot(order)
    more = successor.quantity - execution.quantity
    dearer = EXACT.subtract(_worth(successor), _worth(execution))
    order.filled_quantity += more
    order.filled_notional = EXACT.add(order.filled_notional, dearer)
    move(order, Stimulus.BUST if is_bust else Stimulus.CORRECT)
    exposure.book(
        order,
        quantity=more,
        notional=dearer,
        held=rehold(order),
        cash_amount=EXACT.subtract(successor.cash_amount, execution.cash_amount),
    )
    successor.save(force_insert=True)
    rebook_lots(order.account_id, order.instrument_id)
    record(
        order,
        ExecutionBusted if is_bust else ExecutionCorrected,
        actor=actor,
        before=before,
        report=Report(execution=successor),
        execution_id=str(successor.pk),
        corrects=str(execution.pk),
        venue=successor.venue,
        venue_execution_id=successor.venue_execution_id,
        last_quantity=decimal_text(successor.quantity),
        last_price=decimal_text(successor.price),
        **details,
    )
    return successor


def _worth(execution: Execution) -> Decimal:
    return EXACT.multiply(execution.quantity, execution.price)
