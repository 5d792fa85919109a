"""Run FIX order-state scenarios through the services and compare every cell that a file gives."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qtweb.embedded import processes
from qtweb.embedded.instance import Instance
from qtweb.order_states import universe
from qtweb.order_states.notation import scenarios
from qtweb.order_states.replay import replay


class Command(BaseCommand):
    help = "Run a file of FIX order-state scenarios through the real services, beside a throw-away database."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="lines of id|title|number|steps")
        parser.add_argument("--emit", action="store_true", help="print the computed rows alone")

    def handle(self, *args: Any, **options: Any) -> None:
        _require_throw_away()
        try:
            text = options["file"].read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from error
        traded = universe.build()
        verdicts = []
        for scenario in scenarios(text):
            verdict = replay(scenario, traded)
            verdicts.append(verdict)
            self.stdout.write(verdict.emitted() if options["emit"] else verdict.line)
        failed = sum(bool(verdict.failure) for verdict in verdicts)
        if not options["emit"]:
            self.stdout.write(f"{len(verdicts) - failed} passed, {failed} failed")
        if failed or not verdicts:
            sys.exit(1)


def _require_throw_away() -> None:
    """Refuse to write scenarios into a database that somebody keeps: manage.py brings one of its own."""
    home = os.environ.get(processes.MARKER)
    if home is None or Instance.attached(Path(home)).is_lasting:
        raise CommandError("run it as `python manage.py order_states FILE`: it brings its own database")
