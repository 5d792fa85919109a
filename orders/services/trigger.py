"""Trigger an order that waited for the market."""

from datetime import datetime
from typing import Any

from orders.events import OrderTriggered
from orders.kernel.context import Actor
from orders.kernel.transactions import step
from orders.models import Order
from orders.services.revisions import record, snapshot
from orders.terms import TRIGGERED_TYPES


def awaits_trigger(order: Order) -> bool:
    """Tell whether the order still waits for the market to reach a price."""
    return order.type in TRIGGERED_TYPES and order.triggered_at is None


@step
def trigger_order(*, actor: Actor, order: Order, market_time: datetime, **details: Any) -> None:
    """Keep that the market triggered a locked order; `details` say which bar did it."""
    before = snapshot(order)
    order.triggered_at = market_time
    record(order, OrderTriggered, actor=actor, before=before, market_time=market_time, **details)
