"""Wakes a worker. Only a hint: what is to be done stands in the database, and beat finds what nothing woke.

So a broker that is down costs a committed order nothing: the hint is sent once, with short socket timeouts
(qtweb/celery.py), and after a failure this process sends none for a while.
"""

import logging
import time
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

WORK_RUN = "execution.work_run"
RESOLVE = "execution.resolve_venue_orders"
EVALUATE_TRIGGERS = "execution.evaluate_triggers"
SWEEP = "execution.sweep_kill_switches"
SETTLE = "execution.settle_stopped_runs"
_EXPIRES_S = 10
_QUIET_S = 5.0

logger = logging.getLogger(__name__)
_quiet_until = 0.0


def wake_on_commit(task: str, *arguments: str) -> None:
    """Send the hint once the current transaction is committed."""
    transaction.on_commit(lambda: wake(task, *arguments), robust=True)


def wake(task: str, *arguments: Any) -> None:
    """Send the hint now. A broker that does not answer is logged, never raised."""
    global _quiet_until  # noqa: PLW0603 - one broker per process
    if time.monotonic() < _quiet_until:
        return
    try:
        current_app.send_task(task, args=arguments, expires=_EXPIRES_S, retry=False, ignore_result=True)
    except OperationalError as error:
        _quiet_until = time.monotonic() + _QUIET_S
        logger.warning("no worker was woken for %s: %s; beat will find the work", task, error)
