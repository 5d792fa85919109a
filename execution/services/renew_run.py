"""Put orders that were done for the day to work again when their next session opens."""

from datetime import datetime
from uuid import UUID

from execution.services.locks import lock_run
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.services import is_stopped, lock_order, renew
from orders.states import BaseStatus, OrderStatus, Stimulus, allows


@service
def renew_run(*, actor: Actor, order_id: UUID, market_time: datetime) -> None:
    """Renew an order whose next session has opened at `market_time`, once; one that ended at night stays ended."""
    order = lock_order(order_id)
    run = lock_run(order_id)
    if run.renews_at is None or run.renews_at > market_time or is_stopped(order):
        return
    is_done_for_day = order.base_status == BaseStatus.DONE_FOR_DAY
    if is_done_for_day and allows(OrderStatus(order.status), Stimulus.RESTATE):
        renew(actor=actor, order=order)
    run.renews_at = None
    run.version += 1
    run.save(update_fields=["renews_at", "version"])
