"""`manage.py audit_integrator`: the one process that sequences the audit log's leaves; its notary signs the tree."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from compliance.errors import AuditTreeBroken
from compliance.notary import Notary
from compliance.outside.places import UnusablePlace, places
from compliance.services.access import tell_left_out
from compliance.services.account_months import BATCH_READ, AccountReader
from compliance.services.index_leaves import BATCH_INDEXED, index_batch
from compliance.services.integrate import BATCH_LEAVES, Integrator, sole_integrator
from compliance.services.months import MonthKeeper
from compliance.services.passes import Pass
from compliance.signing_keys import keyring
from compliance.transparency.notes import UnusableKey
from orders.kernel.context import correlated

PAUSE_SECONDS = 0.5
LONGEST_END_SECONDS = 5.0
"""So long the end waits for the notary's turn in hand. It may be killed at any point of that."""


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
            self._require_key()
            self.stdout.write(f"audit integrator: the tree has {integrator.size} leaves")
            with _notary_at_work():
                self._sequence(integrator, stopped)
        except AuditTreeBroken as broken:
            raise CommandError(f"{broken.detail} ({broken.facts}). {broken.advice}") from broken
        except (UnusableKey, UnusablePlace) as unusable:
            raise CommandError(f"the log cannot be signed: {unusable}") from unusable

    def _sequence(self, integrator: Integrator, stopped: threading.Event) -> None:
        months = MonthKeeper()
        indexing, accounts = Pass("search", index_batch), Pass("accounts", AccountReader().run_batch)
        while not stopped.is_set():
            months.turn()
            sequenced, indexed, read = integrator.run_batch(), indexing.turn(), accounts.turn()
            if sequenced < BATCH_LEAVES and indexed < BATCH_INDEXED and read < BATCH_READ:
                tell_left_out()
                stopped.wait(PAUSE_SECONDS)

    def _require_key(self) -> None:
        if keyring().signers:
            return
        if settings.AUDIT_KEYS["required"]:
            raise UnusableKey("there is no private key, see QTWEB_AUDIT_KEY_FILE")
        self.stdout.write("audit integrator: no key signs here, so checkpoints stay unsigned")


@contextmanager
def _notary_at_work() -> Iterator[None]:
    """Let the notary sign beside us, on a thread of its own: a place outside that hangs keeps up no leaf."""
    find = partial(places, settings.CHECKPOINT_STORES, settings.CHECKPOINT_WITNESSES)
    find(origin="for its spelling alone")
    ended = threading.Event()
    notary = Notary(lambda origin: find(origin=origin), interval_s=settings.CHECKPOINT_INTERVAL_S)
    thread = threading.Thread(target=notary.run, args=(ended,), name="notary", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(LONGEST_END_SECONDS)
