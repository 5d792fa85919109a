"""Doors to the services: what beat wakes. Each may run twice, or never, without harm."""

from celery import shared_task

from compliance.cases.reads import unfinished_cases
from compliance.services.export_case import EXPORT_CASES, export_case
from orders.kernel.one_by_one import one_by_one


@shared_task(name=EXPORT_CASES, soft_time_limit=240, time_limit=270)
def export_cases() -> None:
    """Write and seal the cases that wait for it."""
    one_by_one(export_case, unfinished_cases())
