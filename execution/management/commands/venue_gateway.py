"""manage.py venue_gateway"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from execution import gateway
from execution.venue_access import connected_venues


class Command(BaseCommand):
    help = (
        "Listen to venues: keep every report once and apply it once."
        " A second one for the same venue waits for the first to end."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "venues", nargs="*", metavar="CODE", help="which of those in VENUES; none named: all"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        known, asked = connected_venues(), options["venues"]
        if unknown := sorted(set(asked) - set(known)):
            raise CommandError(f"VENUES names {', '.join(known)}, not {', '.join(unknown)}")
        gateway.run(asked or known)
