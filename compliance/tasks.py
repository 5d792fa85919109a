"""Doors to the services: what beat wakes. Each may run twice, or never, without harm."""

from celery import shared_task

from compliance.cases.reads import unfinished_cases
from compliance.services.export_case import EXPORT_CASES, export_case
from compliance.services.role_dates import begin_and_end_roles, grants_due
from compliance.services.sole import sole
from orders.kernel.context import process_actor
from orders.kernel.one_by_one import one_by_one

_LOCK = 0x7174_7765_6200_0004  # beside the integrator's, the watch's and the archives'


@shared_task(name=EXPORT_CASES, soft_time_limit=240, time_limit=270)
def export_cases() -> None:
    """Write and seal the cases that wait for it, in one process at a time: the others are for orders."""
    with sole(_LOCK) as held:
        if held:
            one_by_one(export_case, unfinished_cases())


@shared_task(name="compliance.begin_and_end_roles")
def begin_and_end() -> None:
    """Write the permissions of grants whose time has come, and remove those of grants whose time is over."""
    while grants_due():
        begin_and_end_roles(actor=process_actor("roles"))
