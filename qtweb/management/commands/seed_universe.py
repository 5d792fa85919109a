"""manage.py seed_universe [--print-access | --api-only [SYMBOL=TICK ...]]"""

import os
from argparse import ArgumentParser, ArgumentTypeError
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from orders.kernel.context import Actor, Door
from qtweb.embedded.instance import Instance
from qtweb.embedded.processes import MARKER
from qtweb.universe.access import access_text
from qtweb.universe.logins import Logins
from qtweb.universe.replay import open_market
from qtweb.universe.seed import register_symbols, seed

ACTOR = Actor(name="seed_universe", door=Door.COMMAND)


class Command(BaseCommand):
    help = "Fill an instance of `make serve` or `make demo` with the small universe; what is there stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--print-access", action="store_true", help="say how to get in, with a fresh token"
        )
        parser.add_argument("--api-only", action="store_true", help="no passwords, no market day")
        parser.add_argument("symbols", nargs="*", type=_symbol, metavar="SYMBOL=TICK", help="to be added")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.REPLAY_ALLOWED or MARKER not in os.environ:
            raise CommandError(
                "only an instance of `make serve` or `make demo` is filled with made-up people"
            )
        instance = Instance.attached(Path(os.environ[MARKER]))
        logins = Logins(instance.home)
        seed(actor=ACTOR, logins=None if options["api_only"] else logins)
        register_symbols(actor=ACTOR, ticks=dict(options["symbols"]))
        if not options["api_only"]:
            open_market(actor=ACTOR)
        if options["print_access"]:
            self.stdout.write(
                access_text(actor=ACTOR, web_url=instance.web_url, logins=logins, home=instance.home)
            )


def _symbol(text: str) -> tuple[str, Decimal]:
    symbol, _, tick = text.rpartition("=")
    try:
        return symbol, Decimal(tick)
    except InvalidOperation as error:
        raise ArgumentTypeError(f"{text!r} is not SYMBOL=TICK") from error
