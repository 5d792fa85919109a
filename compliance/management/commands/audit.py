"""`manage.py audit verify`: recomputes the audit log and says where it broke, if it did."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from compliance.services.verify import verify

PROGRESS_ENTRIES = 100_000


class Command(BaseCommand):
    """Exit status 0 when the log holds, 1 when it is broken. Reads only; the integrator may run meanwhile."""

    help = "Verify the audit log."

    def add_arguments(self, parser: CommandParser) -> None:
        subcommands = parser.add_subparsers(dest="subcommand", required=True)
        subcommands.add_parser("verify", help="recompute every leaf, node and checkpoint")

    def handle(self, *args: Any, **options: Any) -> None:
        self._told = 0
        result = verify(self._tell)
        self.stdout.write(str(result))
        if result.broken is not None:
            raise SystemExit(1)

    def _tell(self, done: int, total: int) -> None:
        if done - self._told >= PROGRESS_ENTRIES:
            self._told = done
            self.stderr.write(f"audit: {done} of {total} entries")
