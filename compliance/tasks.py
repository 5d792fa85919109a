"""Doors to the services: what beat wakes. Each may run twice, or never, without harm."""

from celery import shared_task

from compliance.cases.reads import unfinished_cases
from compliance.services.export_case import EXPORT_CASES, export_case
from compliance.services.sole import sole
from orders.kernel.one_by_one import one_by_one

_LOCK = 0x7174_7765_6200_0004  # beside the integrator's, the watch's and the archives'


@shared_task(name=EXPORT_CASES, soft_time_limit=240, time_limit=270)
def export_cases() -> None:
    """Write and seal the cases that wait for it, in one process at a time: the others are for orders."""
    with sole(_LOCK) as held:
        if held:
            one_by_one(export_case, unfinished_cases())
