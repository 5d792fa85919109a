"""`manage.py load_cash FILE --user USER`: cash that came in or left, from a CSV file, all or nothing."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.errors import CashFileError
from orders.kernel.context import Actor, Door
from orders.kernel.errors import DomainError
from orders.management.cash_file import parse_cash
from orders.selectors import user_named
from orders.services import record_cash


class Command(BaseCommand):
    """Acts for a person who may record cash: a process may not. The same file again moves nothing twice."""

    help = "Load movements of cash from a CSV file: account,amount,reference. All or nothing."

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
                recorded = record_cash(actor=actor, commands=parse_cash(lines))
        except CashFileError as error:
            raise CommandError("\n".join(["nothing was loaded:", *error.errors])) from error
        except (DomainError, OSError) as error:
            raise CommandError(f"nothing was loaded: {error}") from error
        new = sum(each.created for each in recorded)
        self.stdout.write(f"{new} movements of cash recorded, {len(recorded) - new} were there already")
