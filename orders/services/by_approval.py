"""Busts, corrections and fills by hand: a person's only with an approval that another gave for exactly this."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from orders.errors import OrderNotManual
from orders.hooks import hooks
from orders.kernel.context import Actor
from orders.kernel.money import decimal_text
from orders.kernel.transactions import step
from orders.models import Execution, Order
from orders.selectors import market_now
from orders.services.corrections import book_bust, book_correction, lock_execution_in_force
from orders.services.executions import Fill, book_execution, require_on_tick
from orders.services.limits import payload_digest
from orders.services.revisions import lock_order

DESK = "desk"
"""The venue of what was dealt by hand."""


class ExecutionChange(StrEnum):
    """What can be asked for, and the action that an approval of it names."""

    BUST = "bust_execution"
    CORRECT = "correct_execution"
    FILL = "fill_order"


@step
def bust_payload(execution: Execution) -> dict[str, Any]:
    """Return what an approval to bust an execution is bound to. Raises ExecutionNotInForce."""
    return _payload(lock_order(execution.order_id), execution)


@step
def correction_payload(execution: Execution, *, quantity: Decimal, price: Decimal) -> dict[str, Any]:
    """Return what an approval to correct an execution is bound to. Raises ExecutionNotInForce and PriceOffTick."""
    order = lock_order(execution.order_id)
    require_on_tick(order.instrument, price)
    return {**_payload(order, execution), "quantity": decimal_text(quantity), "price": decimal_text(price)}


@step
def fill_payload(order_id: UUID, *, quantity: Decimal, price: Decimal) -> dict[str, Any]:
    """Return what an approval to fill a manual order is bound to: dealt at the market time of the proposal.

    Raises OrderNotManual and PriceOffTick.
    """
    order = lock_order(order_id)
    _require_manual(order)
    require_on_tick(order.instrument, price)
    return {
        "order_id": str(order_id),
        "quantity": decimal_text(quantity),
        "price": decimal_text(price),
        "market_time": market_now().isoformat(),
    }


def _payload(order: Order, execution: Execution) -> dict[str, Any]:
    lock_execution_in_force(execution.pk, order)
    return {
        "order_id": str(order.pk),
        "execution_id": str(execution.pk),
        "before_quantity": decimal_text(execution.quantity),
        "before_price": decimal_text(execution.price),
    }


@step
def carry_out(
    *, actor: Actor, change: ExecutionChange, payload: dict[str, Any], approval_id: UUID, reason: str
) -> Execution | None:
    """Do what was approved, once. Raises what the approval's hook raises, and what booking it raises."""
    order = lock_order(UUID(payload["order_id"]))
    hooks.require_approval(
        approval_id=approval_id, action=change, payload_digest=payload_digest(change, payload)
    )
    if change == ExecutionChange.FILL:
        return _fill(actor, order, payload, approval_id)
    execution = lock_execution_in_force(UUID(payload["execution_id"]), order)
    if change == ExecutionChange.BUST:
        return book_bust(
            actor=actor,
            order=order,
            execution=execution,
            report_id=str(approval_id),
            reason=reason,
            approval_id=str(approval_id),
        )
    return book_correction(
        actor=actor,
        order=order,
        execution=execution,
        quantity=Decimal(payload["quantity"]),
        price=Decimal(payload["price"]),
        report_id=str(approval_id),
        reason=reason,
        approval_id=str(approval_id),
    )


def _fill(actor: Actor, order: Order, payload: dict[str, Any], approval_id: UUID) -> Execution | None:
    _require_manual(order)
    fill = Fill(
        venue=DESK,
        venue_execution_id=str(approval_id),
        quantity=Decimal(payload["quantity"]),
        price=Decimal(payload["price"]),
        market_time=datetime.fromisoformat(payload["market_time"]),
    )
    return book_execution(actor=actor, order=order, fill=fill)


def _require_manual(order: Order) -> None:
    if not order.is_manual:
        raise OrderNotManual("an algorithm works this order", algorithm=str(order.instruction.get("name")))
