"""`manage.py event_courier`: the process that calls the event plugins."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.courier import DEADLINE_S, Courier, TooManyHang


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT. Several may run: a delivery is one's at a time."""

    help = "Tell event plugins what their subscriptions ask for, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--deadline-s",
            type=float,
            default=DEADLINE_S,
            help="after so many seconds a call of a plugin counts as failed (default: %(default)g)",
        )

    def handle(self, *args: Any, deadline_s: float, **options: Any) -> None:
        stopped = threading.Event()
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: stopped.set())
        try:
            Courier(deadline_s=deadline_s).run(stopped)
        except TooManyHang as error:
            raise CommandError(str(error)) from error
