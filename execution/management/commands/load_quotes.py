"""manage.py load_quotes FILE"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from execution.market_data.quotes import read_quotes
from execution.services.market_data import load_quotes
from orders.kernel.context import Actor, Door
from orders.kernel.errors import DomainError
from orders.kernel.moments import moment_text


class Command(BaseCommand):
    help = "Load quotes from a CSV file: symbol,time,bid,ask (time in RFC 3339). All or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor(name="load_quotes", door=Door.COMMAND)
        try:
            loaded = load_quotes(actor=actor, quotes=read_quotes(options["file"]))
        except (DomainError, OSError) as error:
            raise CommandError(f"nothing was loaded: {error}") from error
        symbols = ", ".join(loaded.symbols)
        first, last = moment_text(loaded.first), moment_text(loaded.last)
        self.stdout.write(f"{loaded.count} quotes of {symbols}, {first} to {last}")
