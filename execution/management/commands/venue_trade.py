"""manage.py venue_trade"""

import argparse
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from execution.venue_access import connected_venues, venue_stream
from execution.venues.errors import VenueError
from execution.venues.protocol import CancelTrade, CorrectTrade


class Command(BaseCommand):
    help = "As the simulated venue's own desk, take an execution back (bust), or correct it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("code", choices=connected_venues(), help="of the venue")
        parser.add_argument("execution_id", help="the venue's id of the execution, or of its last correction")
        parser.add_argument(
            "--quantity", type=_decimal, help="its right quantity; with --price, a correction"
        )
        parser.add_argument("--price", type=_decimal, help="its right price")
        parser.add_argument("--reason", default="clearly_erroneous")

    def handle(self, *args: Any, **options: Any) -> None:
        execution_id, reason = options["execution_id"], options["reason"]
        if (options["quantity"] is None) != (options["price"] is None):
            raise CommandError("a correction takes --quantity and --price, a bust neither")
        try:
            request: CancelTrade | CorrectTrade = CancelTrade(execution_id, reason)
            if options["price"] is not None:
                request = CorrectTrade(execution_id, options["quantity"], options["price"], reason)
            change = venue_stream(options["code"]).change_trade(request)
        except VenueError as error:
            raise CommandError(f"the venue did not change the trade: {error}") from error
        self.stdout.write(f"{change.kind}: {change.execution_ref_id} is replaced by {change.execution_id}")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount") from error
