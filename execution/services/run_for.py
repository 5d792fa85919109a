"""The work on an order for somebody who wants to change it: seen, permitted, and locked."""

from typing import Any
from uuid import UUID

from execution.errors import RunNotFound
from execution.models import Run
from execution.services.locks import lock_run
from orders import authority
from orders.kernel.context import Actor
from orders.kernel.transactions import step
from orders.models import Order
from orders.permissions import AMEND_ORDERS
from orders.selectors import market_now, order_for
from orders.services import lock_order


@step
def run_for(actor: Actor, order_id: UUID) -> tuple[Order, Run]:
    """Return the order and its run, both locked. Raises OrderNotFound, NotPermitted and RunNotFound."""
    order_for(actor, order_id)
    order = lock_order(order_id)
    authority.require(actor, AMEND_ORDERS, order.account_id)
    try:
        return order, lock_run(order_id)
    except Run.DoesNotExist:
        raise RunNotFound("no algorithm works this order") from None


def account_facts(actor: Actor, order: Order) -> dict[str, Any]:
    """Return what every event of the work on an order says of it."""
    return {
        "actor": actor,
        "object_id": str(order.pk),
        "revision": 0,
        "market_time": market_now(),
        "account_id": order.account_id,
    }
