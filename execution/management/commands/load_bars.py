"""manage.py load_bars FILE"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from execution.market_data.csv_reader import read_bars
from execution.services.market_data import load_bars
from orders.kernel.context import Actor, Door
from orders.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Load minute bars from a CSV file: symbol,date,time,open,high,low,close,volume. All or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor(name="load_bars", door=Door.COMMAND)
        try:
            loaded = load_bars(actor=actor, bars=read_bars(options["file"]))
        except (DomainError, OSError) as error:
            raise CommandError(f"nothing was loaded: {error}") from error
        symbols = ", ".join(loaded.symbols)
        self.stdout.write(
            f"{loaded.count} bars of {symbols}, {loaded.first:%F %R} to {loaded.last:%F %R} UTC"
        )
