"""`manage.py audit_integrator`: the one process that sequences the audit log's leaves and signs the tree."""

import signal
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from compliance.errors import AuditForked, AuditTreeBroken, CheckpointNotOurs
from compliance.services.integrate import BATCH_LEAVES, Integrator, sole_integrator
from compliance.services.sign_checkpoint import sign_checkpoint
from compliance.signing_keys import keyring
from compliance.transparency.notes import UnusableKey
from orders.kernel.context import correlated

PAUSE_SECONDS = 0.5
UNSIGNED_SECONDS = 1.0
"""How long a tree that grows without a pause stays unsigned."""


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
            self._sequence_and_sign(stopped)
        except (AuditTreeBroken, AuditForked, CheckpointNotOurs) as broken:
            raise CommandError(f"{broken.detail} ({broken.facts}). {broken.advice}") from broken
        except UnusableKey as unusable:
            raise CommandError(f"the log cannot be signed: {unusable}") from unusable

    def _sequence_and_sign(self, stopped: threading.Event) -> None:
        integrator = Integrator()
        self._require_key()
        self.stdout.write(f"audit integrator: the tree has {integrator.size} leaves")
        is_unsigned, signed_at = True, time.monotonic()
        while not stopped.is_set():
            sequenced = integrator.run_batch()
            is_unsigned |= sequenced > 0
            is_full = sequenced == BATCH_LEAVES
            if is_unsigned and (not is_full or time.monotonic() - signed_at > UNSIGNED_SECONDS):
                sign_checkpoint()
                is_unsigned, signed_at = False, time.monotonic()
            if not is_full:
                stopped.wait(PAUSE_SECONDS)

    def _require_key(self) -> None:
        if keyring().signers:
            return
        if settings.AUDIT_KEYS["required"]:
            raise UnusableKey("there is no private key, see QTWEB_AUDIT_KEY_FILE")
        self.stdout.write("audit integrator: no key signs here, so checkpoints stay unsigned")
