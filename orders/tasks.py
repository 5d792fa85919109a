"""Doors to the services: what beat wakes. Each may run twice, or never, without harm."""

from celery import shared_task
from django.conf import settings

from orders.kernel.clock import recorded_now
from orders.kernel.context import process_actor
from orders.selectors import market_now
from orders.services import forget_samples, revalue, sample_limits

WORKER = process_actor("worker")


@shared_task(name="orders.revalue_positions")
def revalue_positions() -> None:
    """Mark all positions to the market."""
    revalue(actor=WORKER, market_time=market_now())


@shared_task(name="orders.sample_limits")
def sample_limits_in_force() -> None:
    """Write down how much of each limit is used."""
    interval_s = settings.LIMIT_SAMPLE_INTERVAL_S
    sample_limits(market_time=market_now(), recorded_at=recorded_now(), interval_s=interval_s)


@shared_task(name="orders.forget_limit_samples")
def forget_limit_samples() -> None:
    """Remove samples that nobody has to keep any more."""
    forget_samples(recorded_at=recorded_now(), kept_days=settings.LIMIT_HISTORY_DAYS)
