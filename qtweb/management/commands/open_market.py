"""manage.py open_market"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from execution.session import NEW_YORK
from orders.kernel.context import Actor, Door
from orders.kernel.errors import DomainError
from qtweb.universe.replay import open_market


class Command(BaseCommand):
    help = "Let the next made-up day of the market begin, unless one is being replayed."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            session = open_market(actor=Actor(name="open_market", door=Door.COMMAND))
        except (DomainError, LookupError) as error:
            raise CommandError(str(error)) from error
        if session is not None:
            self.stdout.write(f"the market of {session.open.astimezone(NEW_YORK):%A %F} is open")
