"""`manage.py audit_integrator`: the one process that sequences the audit log's leaves."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance.errors import AuditTreeBroken
from compliance.services.access import tell_left_out
from compliance.services.index_leaves import BATCH_INDEXED, index_batch
from compliance.services.integrate import BATCH_LEAVES, Integrator, sole_integrator
from orders.kernel.context import correlated

PAUSE_SECONDS = 0.5


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT, then ends after the batch in hand. A second one waits for the first to end."""

    help = "Give the leaves of the audit log their place in the tree, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = threading.Event()
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: stopped.set())
        while not stopped.is_set():
            with sole_integrator() as held, correlated():
                if held:
                    self._integrate(stopped)
            stopped.wait(PAUSE_SECONDS)

    def _integrate(self, stopped: threading.Event) -> None:
        try:
            integrator = Integrator()
        except AuditTreeBroken as broken:
            raise CommandError(f"{broken.detail} ({broken.facts}). {broken.advice}") from broken
        self.stdout.write(f"audit integrator: the tree has {integrator.size} leaves")
        while not stopped.is_set():
            sequenced, indexed = integrator.run_batch(), index_batch()
            if sequenced < BATCH_LEAVES and indexed < BATCH_INDEXED:
                tell_left_out()
                stopped.wait(PAUSE_SECONDS)
