"""`manage.py load_rates FILE --user USER`: exchange rates from a CSV file, all or nothing."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.currencies.csv_reader import parse_rates
from orders.errors import RatesFileError
from orders.kernel.context import Actor, Door
from orders.kernel.errors import DomainError
from orders.selectors import user_named
from orders.services import record_rates


class Command(BaseCommand):
    """Acts for a person who may record rates: a process may not."""

    help = "Load exchange rates from a CSV file: base,quote,rate,market_time,source. All or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--user", required=True, help="login name of who records them")

    def handle(self, *args: Any, file: Path, user: str, **options: Any) -> None:
        person = user_named(user)
        if person is None:
            raise CommandError(f"there is no user {user}")
        actor = Actor(name=user, door=Door.COMMAND, user_id=person.pk)
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                recorded = record_rates(actor=actor, rates=parse_rates(lines))
        except RatesFileError as error:
            raise CommandError("\n".join(["nothing was loaded:", *error.errors])) from error
        except (DomainError, OSError) as error:
            raise CommandError(f"nothing was loaded: {error}") from error
        self.stdout.write(
            f"{recorded.count} rates of {', '.join(recorded.pairs)},"
            f" {recorded.first:%F %R} to {recorded.last:%F %R} UTC"
        )
