"""Take back or correct what was filled: a row more for each, and order, position and exposure follow exactly."""

from decimal import Decimal
from uuid import UUID

from orders.errors import ExecutionExceedsOrder, ExecutionNotInForce
from orders.events import ExecutionBusted, ExecutionCorrected, OrderEvent
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.money import decimal_text
from orders.kernel.transactions import step
from orders.models import Execution, Order
from orders.risk import exposure
from orders.services.revisions import Report, move, record, reserve_needed, snapshot
from orders.states import Stimulus
from orders.terms import ExecutionKind

NOTHING = Decimal(0)


@step
def book_bust(
    *, actor: Actor, order: Order, execution: Execution, report_id: str, reason: str, **details: str
) -> Execution:
    """Take back an execution of a locked order: what is filled without it decides its status (J.1).

    A filled order reopens, one that was canceled or expired stays so. `report_id` is unique at the execution's
    venue. Raises ExecutionNotInForce, and IllegalTransition for an order that no execution can belong to.
    """
    bust = _successor(order, execution, ExecutionKind.BUST, NOTHING, NOTHING, report_id)
    return _rebook(actor, order, execution, bust, Stimulus.BUST, ExecutionBusted, reason=reason, **details)


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
    correction = _successor(order, execution, ExecutionKind.CORRECTION, quantity, price, report_id)
    return _rebook(
        actor, order, execution, correction, Stimulus.CORRECT, ExecutionCorrected, reason=reason, **details
    )


@step
def lock_execution_in_force(execution_id: UUID, order: Order) -> Execution:
    """Return an execution of the locked order. Raises ExecutionNotInForce where another row has taken its place."""
    execution = Execution.objects.get(pk=execution_id, order=order)
    has_successor = Execution.objects.filter(corrects=execution).exists()
    if has_successor or execution.kind == ExecutionKind.BUST:
        raise ExecutionNotInForce("it was busted or corrected already", execution_id=str(execution_id))
    return execution


def _successor(
    order: Order, execution: Execution, kind: ExecutionKind, quantity: Decimal, price: Decimal, report_id: str
) -> Execution:
    lock_execution_in_force(execution.pk, order)
    return Execution(
        order=order,
        order_version=order.version + 1,
        kind=kind,
        corrects=execution,
        venue=execution.venue,
        venue_execution_id=report_id,
        reported_for=execution.reported_for,
        quantity=quantity,
        price=price,
        market_time=execution.market_time,
        recorded_at=recorded_now(),
    )


def _rebook(
    actor: Actor,
    order: Order,
    execution: Execution,
    successor: Execution,
    stimulus: Stimulus,
    event_class: type[OrderEvent],
    **details: str,
) -> Execution:
    before = snapshot(order)
    more = successor.quantity - execution.quantity
    dearer = successor.quantity * successor.price - execution.quantity * execution.price
    order.filled_quantity += more
    order.filled_notional += dearer
    move(order, stimulus)
    held, order.reserved_quantity = order.reserved_quantity, reserve_needed(order)
    exposure.rebook(order, quantity=more, notional=dearer, reserved=order.reserved_quantity - held)
    successor.save(force_insert=True)
    record(
        order,
        event_class,
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
