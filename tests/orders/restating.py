"""Corrections and busts of executions for tests: the rows as they are kept, with what follows from them booked."""

from decimal import Decimal

from orders import services
from orders.events import ExecutionApplied
from orders.kernel.clock import recorded_now
from orders.kernel.ids import new_id
from orders.kernel.transactions import service
from orders.models import Execution, Order, Position
from orders.services.revisions import lock_order, record, snapshot
from orders.states import OPEN, status_by_quantity
from orders.terms import ExecutionKind, Side
from tests.orders.fills import GATEWAY


@service
def restate(execution: Execution, *, quantity: str, price: str) -> Execution:
    """Correct an execution in force; with a quantity of "0" it is a bust."""
    order = lock_order(execution.order_id)
    before = snapshot(order)
    row = Execution.objects.create(
        order=order,
        order_version=order.version + 1,
        kind=ExecutionKind.CORRECTION if Decimal(quantity) else ExecutionKind.BUST,
        corrects=execution,
        venue=execution.venue,
        venue_execution_id=f"restated-{new_id()}",
        quantity=Decimal(quantity),
        price=Decimal(price) if Decimal(quantity) else Decimal(0),
        market_time=execution.market_time,
        recorded_at=recorded_now(),
    )
    _move(order, row.quantity - execution.quantity, _notional(row) - _notional(execution))
    record(order, ExecutionApplied, actor=GATEWAY, before=before)
    services.rebook_lots(order.account_id, order.instrument_id)
    return row


def _notional(execution: Execution) -> Decimal:
    return execution.quantity * execution.price


def _move(order: Order, quantity: Decimal, notional: Decimal) -> None:
    side, done = ("buy", "bought") if order.side == Side.BUY else ("sell", "sold")
    order.filled_quantity += quantity
    order.filled_notional += notional
    if order.status in OPEN or order.status == "filled":
        order.status = status_by_quantity(order.filled_quantity, order.quantity)
    left = order.quantity - order.filled_quantity if order.status in OPEN else Decimal(0)
    position = Position.objects.select_for_update().get(
        account_id=order.account_id, instrument_id=order.instrument_id
    )
    for column, change in (
        (f"{done}_quantity", quantity),
        (f"{done}_notional", notional),
        (f"open_{side}_quantity", left - order.reserved_quantity),
    ):
        setattr(position, column, getattr(position, column) + change)
    order.reserved_quantity = left
    position.save()
