"""Doors to the services: what beat wakes. Each may run twice, or never, without harm."""

from celery import shared_task

from orders.kernel.context import process_actor
from orders.selectors import market_now
from orders.services import revalue

WORKER = process_actor("worker")


@shared_task(name="orders.revalue_positions")
def revalue_positions() -> None:
    """Mark all positions to the market."""
    revalue(actor=WORKER, market_time=market_now())
