"""`manage.py audit_watch`: the process that verifies the audit log all the time."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection

from compliance.services.watch import LogWatch, sole_watch
from orders.kernel.context import correlated

LONGEST_REST_SECONDS = 1.0
"""After so long new entries are looked for."""

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT, and reads only but for its own row. A second one waits for the first to end."""

    help = "Verify the audit log all the time, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = threading.Event()
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: stopped.set())
        while not stopped.is_set():
            try:
                with sole_watch() as held, correlated():
                    if held:
                        self._watch(stopped)
            except (OperationalError, InterfaceError) as error:
                logger.warning("the database does not answer: %s", error)
                connection.close()
            stopped.wait(LONGEST_REST_SECONDS)

    def _watch(self, stopped: threading.Event) -> None:
        watch = LogWatch()
        while not stopped.is_set():
            watch.turn()
            stopped.wait(min(watch.rest_s, LONGEST_REST_SECONDS))
