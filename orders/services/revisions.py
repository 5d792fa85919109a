"""How an order moves: one stimulus, one version, one revision row, one event."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from orders.errors import OrderNotFound
from orders.events import OrderEvent
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.rows import insert
from orders.kernel.transactions import step
from orders.models import Order, OrderRevision
from orders.risk import exposure
from orders.selectors import market_now
from orders.states import TERMINAL, OrderStatus, Stimulus, next_status

TRACKED = (
    "status",
    "quantity",
    "limit_price",
    "stop_price",
    "trail_price",
    "trail_percent",
    "triggered_at",
    "filled_quantity",
    "filled_notional",
    "reserved_quantity",
    "terms_revision",
)


@step
def lock_order(order_id: UUID) -> Order:
    """Return the order with its row locked until the transaction ends. Raises OrderNotFound."""
    order = (
        Order.objects.select_for_update(of=("self",))
        .select_related("account", "instrument")
        .filter(pk=order_id)
    )
    locked = order.first()
    if locked is None:
        raise OrderNotFound("there is no such order")
    return locked


def snapshot(order: Order) -> dict[str, Any]:
    """Return the columns that a revision compares."""
    return {name: getattr(order, name) for name in TRACKED}


def move(order: Order, stimulus: Stimulus) -> None:
    """Set the status that the table gives, and give back the reserve of an order that ended.

    The quantities must already be those after the stimulus. Raises IllegalTransition.
    """
    order.status = next_status(
        OrderStatus(order.status), stimulus, filled_quantity=order.filled_quantity, quantity=order.quantity
    )
    if order.status in TERMINAL and order.reserved_quantity:
        exposure.release(order, order.reserved_quantity)
        order.reserved_quantity = Decimal(0)


def give_back_surplus(order: Order) -> None:
    """Release what the order holds reserved beyond what its quantities leave open."""
    surplus = order.reserved_quantity - (order.quantity - order.filled_quantity)
    exposure.release(order, surplus)
    order.reserved_quantity -= surplus


@step
def record(
    order: Order, event_class: type[OrderEvent], *, actor: Actor, before: dict[str, Any], **details: Any
) -> OrderEvent:
    """Save the changed order under its next version, keep the revision, and publish the event."""
    order.version += 1
    order.save(update_fields=[*TRACKED, "version"])
    return announce(order, event_class, actor=actor, before=before, **details)


@step
def announce(
    order: Order, event_class: type[OrderEvent], *, actor: Actor, before: dict[str, Any], **details: Any
) -> OrderEvent:
    """Keep the revision of an order that is already saved, and publish the event."""
    after = snapshot(order)
    changed = [name for name in TRACKED if before.get(name) != after[name]]
    event = event_class(
        actor=actor,
        object_id=str(order.pk),
        revision=order.version,
        market_time=details.pop("market_time", None) or market_now(),
        order_id=order.pk,
        account_id=order.account_id,
        before={name: before[name] for name in changed if name in before},
        after={name: after[name] for name in changed},
        details=details,
    )
    insert(
        OrderRevision(
            order=order,
            version=order.version,
            event=event.action,
            actor=actor.reference,
            facts=event.facts(),
            market_time=event.market_time,
            recorded_at=recorded_now(),
        )
    )
    publish(event)
    return event
