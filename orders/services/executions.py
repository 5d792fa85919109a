"""Book fills: each once, whatever the venue repeats."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from orders.errors import ExecutionExceedsOrder, PriceOffTick
from orders.events import ExecutionApplied
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.money import decimal_text
from orders.kernel.rows import insert
from orders.kernel.statements import Statement, together
from orders.kernel.transactions import service, step
from orders.models import Execution, Instrument, Order
from orders.positions.trade import EXACT
from orders.risk import exposure
from orders.services.firm_currency import booking_conversion_of, cash_of
from orders.services.positions import book_next_lots, follows, rebook_lots
from orders.services.revisions import Report, lock_order, move, record, rehold, snapshot
from orders.states import Stimulus

_BOOKED = Statement("""
    SELECT 1 FROM orders_execution WHERE venue = %(venue)s AND venue_execution_id = %(venue_execution_id)s
""")


@dataclass(frozen=True, kw_only=True)
class Fill:
    """What a venue reports: `quantity` units at `price` in the instrument's currency, at `market_time`.

    `venue_execution_id` is unique at the venue; `reported_for` names the venue order, as text.
    """

    venue: str
    venue_execution_id: str
    quantity: Decimal
    price: Decimal
    market_time: datetime
    reported_for: str = ""


@service
def apply_execution(*, actor: Actor, order_id: UUID, fill: Fill) -> Execution | None:
    """Book a fill on an order and its position; None when it is already booked.

    Raises OrderNotFound, ExecutionExceedsOrder, and IllegalTransition for an order that was never live.
    """
    return book_execution(actor=actor, order=lock_order(order_id), fill=fill)


@step
def book_execution(*, actor: Actor, order: Order, fill: Fill) -> Execution | None:
    """The same for a locked order. A fill that comes after the order ended is booked and reopens nothing."""
    if _BOOKED.row({"venue": fill.venue, "venue_execution_id": fill.venue_execution_id}) is not None:
        return None
    if order.filled_quantity + fill.quantity > order.quantity:
        raise ExecutionExceedsOrder(
            f"{fill.quantity:f} more would exceed what was ordered", order_id=str(order.pk), venue=fill.venue
        )
    before = snapshot(order)
    notional = EXACT.multiply(fill.quantity, fill.price)
    order.filled_quantity += fill.quantity
    order.filled_notional = EXACT.add(order.filled_notional, notional)
    move(order, Stimulus.FILL)
    into_firms = booking_conversion_of(order, fill.market_time)
    execution = _new_execution(order, fill, cash_of(order, notional, into_firms))
    position = exposure.book(
        order,
        quantity=fill.quantity,
        notional=notional,
        held=rehold(order),
        cash_amount=execution.cash_amount,
        mark=into_firms.convert(fill.price),
    )
    is_next = follows(position, execution)
    with together():
        insert(execution)
        if is_next:
            book_next_lots(position, execution)
        _record(actor, order, before, execution)
    if not is_next:
        rebook_lots(order.account_id, order.instrument_id)
    return execution


def _record(actor: Actor, order: Order, before: dict[str, Any], execution: Execution) -> None:
    record(
        order,
        ExecutionApplied,
        actor=actor,
        before=before,
        report=Report(execution=execution),
        market_time=execution.market_time,
        execution_id=str(execution.pk),
        venue=execution.venue,
        venue_execution_id=execution.venue_execution_id,
        last_quantity=decimal_text(execution.quantity),
        last_price=decimal_text(execution.price),
    )


def _new_execution(order: Order, fill: Fill, cash_amount: Decimal) -> Execution:
    return Execution(
        order=order,
        order_version=order.version + 1,
        venue=fill.venue,
        venue_execution_id=fill.venue_execution_id,
        reported_for=fill.reported_for,
        quantity=fill.quantity,
        price=fill.price,
        cash_amount=cash_amount,
        market_time=fill.market_time,
        recorded_at=recorded_now(),
    )


def require_on_tick(instrument: Instrument, price: Decimal) -> None:
    """Raise PriceOffTick unless `price` is a multiple of the instrument's tick."""
    if price % instrument.tick_size:
        raise PriceOffTick(f"{price:f} is no multiple of {instrument.tick_size:f}")
