"""Wakes a worker. Only a hint: what is to be done stands in the database, and beat finds what nothing woke.

So nobody waits for the broker. One thread of the process sends: what comes while a message is under way goes into the
next one, so that a burst of orders is a handful of messages. A broker that is down costs a committed order nothing:
after a failure this process sends none for a while.
"""

import logging
import os
import threading
import time
from collections import defaultdict
from queue import Empty, SimpleQueue
from typing import NamedTuple

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from orders.kernel.context import correlated, correlation_id

WORK_RUNS = "execution.work_runs"
RESOLVE = "execution.resolve_venue_orders"
EVALUATE_TRIGGERS = "execution.evaluate_triggers"
SWEEP = "execution.sweep_kill_switches"
SETTLE = "execution.settle_stopped_runs"
_EXPIRES_S = 10
_QUIET_S = 5.0
_PAUSE_S = 0.1
"""A lone hint goes at once; a message costs as much as a good part of an admission, so a burst is few of them."""
_MOST_RUNS = 100

logger = logging.getLogger(__name__)


class Hint(NamedTuple):
    """A task that has something to do; `run_id` where it is about one run. `correlation_id` is that of the cause."""

    task: str
    run_id: str | None
    correlation_id: str


def wake_on_commit(task: str, run_id: str | None = None) -> None:
    """Let the hint be sent once the current transaction is committed."""
    transaction.on_commit(lambda: wake(task, run_id), robust=True)


def wake(task: str, run_id: str | None = None) -> None:
    """Let the hint be sent at once, by a thread that this process has for it."""
    _sender.take(Hint(task, run_id, correlation_id()))


class Sender:
    """Sends hints, as many as wait in one message."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Hint] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._quiet_until = 0.0

    def take(self, hint: Hint) -> None:
        """Keep the hint for the thread, which starts with the first one."""
        self._waiting.put(hint)
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    thread = threading.Thread(target=self._send_for_ever, name="wake", daemon=True)
                    thread.start()
                    self._thread = thread

    def send_waiting(self, hints: list[Hint]) -> None:
        """Send these and all that wait. A broker that does not answer is logged, never raised."""
        hints = [*hints, *self._drained()]
        if time.monotonic() < self._quiet_until:
            return
        try:
            with _under_way:
                _send(hints)
        except OperationalError as error:
            self._quiet_until = time.monotonic() + _QUIET_S
            logger.warning("no worker was woken: %s; beat will find the work", error)

    def _send_for_ever(self) -> None:
        while True:
            first = self._waiting.get()
            try:
                self.send_waiting([first])
            except Exception:
                # This thread must not end: whoever comes later would wake nobody.
                logger.exception("no worker was woken; beat will find the work")
            time.sleep(_PAUSE_S)

    def _drained(self) -> list[Hint]:
        hints = []
        try:
            while True:
                hints.append(self._waiting.get_nowait())
        except Empty:
            return hints


def _send(hints: list[Hint]) -> None:
    by_task: dict[str, list[Hint]] = defaultdict(list)
    for hint in hints:
        by_task[hint.task].append(hint)
    for task, alike in by_task.items():
        runs = [(hint.run_id, hint.correlation_id) for hint in alike if hint.run_id is not None]
        with correlated(alike[0].correlation_id):
            for start in range(0, len(runs), _MOST_RUNS):
                _publish(task, runs[start : start + _MOST_RUNS])
            if not runs:
                _publish(task)


def _publish(task: str, *arguments: object) -> None:
    current_app.send_task(task, args=arguments, expires=_EXPIRES_S, retry=False, ignore_result=True)


_sender = Sender()
_under_way = threading.Lock()
"""Held while the broker's client works. A fork waits for it: a child made in the midst of a message would inherit the
client's own locks as held, by a thread that it does not have, and wait for them for ever."""


def _begin_anew() -> None:
    """A forked process has no thread of its parent's, and sends none of its hints."""
    global _sender  # noqa: PLW0603 - one thread per process
    _under_way.release()
    _sender = Sender()


os.register_at_fork(before=_under_way.acquire, after_in_parent=_under_way.release, after_in_child=_begin_anew)
