"""The Celery application. What is to be done stands in the database: messages only say when to look.

So nothing of Celery's own bookkeeping is used: no results are kept, and a message is acknowledged when it is
received (task_acks_late stays false). One that is lost with its worker costs a moment until beat looks, while
one delivered twice for certain would only be more work. Beat's messages expire before their successors come, so
no backlog builds up while the workers are away.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import before_task_publish, task_postrun, task_prerun, worker_process_init

from orders.kernel import context

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qtweb.settings")

app = Celery("qtweb")
app.config_from_object("qtweb.celery_configuration")
app.autodiscover_tasks(["compliance", "execution", "orders"])

HEADER = "correlation_id_of_cause"
_running: dict[str, Any] = {}


@worker_process_init.connect
def know_calendars(**_: Any) -> None:
    """Let every process of a worker know the markets' hours before it takes a task."""
    # Models can be imported only once Django is set up, which Celery does after it has read this file.
    from execution.venue_reads import calendars_of_venues
    from orders.calendars_ahead import read_calendars

    read_calendars(also=lambda: calendars_of_venues().values())


@before_task_publish.connect
def send_correlation_id(headers: dict[str, Any], **_: Any) -> None:
    """Let the task carry the correlation id of the work that asked for it."""
    headers[HEADER] = context.correlation_id()


@task_prerun.connect
def take_correlation_id(task_id: str, task: Any, **_: Any) -> None:
    """Run the task under the id that it carries; beat's have a fresh one."""
    block = context.correlated(getattr(task.request, HEADER, None))
    block.__enter__()
    _running[task_id] = block


@task_postrun.connect
def leave_correlation_id(task_id: str, **_: Any) -> None:
    """End what `take_correlation_id` began."""
    _running.pop(task_id).__exit__(None, None, None)
