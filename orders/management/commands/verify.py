"""`manage.py verify orders [--as-of TIME]`: recomputes the books from the executions and names what differs."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from orders.kernel.moments import parse_moment
from orders.verification import Difference, verify_orders

PROGRESS_ROWS = 10_000


class Command(BaseCommand):
    """Exit status 0 when everything follows from the executions, 1 when something does not. Reads only."""

    help = "Verify the books."

    def add_arguments(self, parser: CommandParser) -> None:
        subcommands = parser.add_subparsers(dest="subcommand", required=True)
        orders = subcommands.add_parser(
            "orders", help="orders, positions, lots, P&L, exposures, from the executions"
        )
        orders.add_argument(
            "--as-of",
            type=_moment,
            metavar="TIME",
            help="real time (RFC 3339): orders as their history tells them then",
        )

    def handle(self, *args: Any, as_of: datetime | None, **options: Any) -> None:
        self._seen: dict[str, int] = {}
        found = verify_orders(progress=self._tell, report=self._report, recorded_by=as_of)
        looked_at = " and ".join(f"{number} {what}" for what, number in self._seen.items()) or "nothing"
        if found:
            self.stdout.write(f"{looked_at} checked: {found} differences")
            raise SystemExit(1)
        self.stdout.write(f"{looked_at} checked: all follow from the executions")

    def _tell(self, what: str, done: int) -> None:
        self._seen[what] = done
        if done % PROGRESS_ROWS == 0:
            self.stderr.write(f"verify: {done} {what}")

    def _report(self, difference: Difference) -> None:
        self.stdout.write(str(difference))


def _moment(text: str) -> datetime:
    return parse_moment(text)
