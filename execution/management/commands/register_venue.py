"""`manage.py register_venue CODE NAME [--calendar MIC]`: a venue that routing rules may name."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from pydantic import ValidationError

from execution.commands import RegisterVenue
from execution.services.register_venue import register_venue
from orders.kernel.context import process_actor
from orders.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Register a venue. Where it listens is said by VENUES in the environment; what goes there, by routing rules."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("code", help="capitals, digits, underscores: 16 at most")
        parser.add_argument("name")
        parser.add_argument(
            "--calendar", default="", help="MIC whose sessions it keeps; without it, each instrument's"
        )

    def handle(self, *args: Any, code: str, name: str, calendar: str, **options: Any) -> None:
        try:
            command = RegisterVenue(code=code, name=name, calendar=calendar)
            venue = register_venue(actor=process_actor("command"), command=command)
        except ValidationError as error:
            said = "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
            raise CommandError(f"nothing was registered: {said}") from error
        except DomainError as error:
            raise CommandError(f"nothing was registered: {error}") from error
        self.stdout.write(f"{venue.code}: {venue.name}, calendar {venue.calendar or 'of each instrument'}")
