"""What the commands that load market data have in common: their arguments, their progress, what they say at the end."""

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar, TextIO

from django.core.management.base import BaseCommand, CommandError

from execution.events import MarketDataLoaded
from execution.market_data.kinds import Kind
from execution.market_data.sources import file_source
from execution.services.market_data import load_market_data
from orders.kernel.context import Actor, Door
from orders.kernel.errors import DomainError
from orders.kernel.moments import moment_text
from orders.selectors import user_named


class ShownProgress:
    """Says on a stream how many rows are stored and how many a second: at a terminal in place, else now and then."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._at_terminal = stream.isatty()
        self._period_s = 0.2 if self._at_terminal else 10.0
        self._began = self._told = time.monotonic()

    def __call__(self, rows: int) -> None:
        now = time.monotonic()
        if now - self._told < self._period_s:
            return
        self._told = now
        line = f"{rows:,} rows, {rows / (now - self._began):,.0f} a second"
        self._stream.write(f"\r{line}" if self._at_terminal else f"{line}\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave the terminal's line."""
        if self._at_terminal:
            self._stream.write("\r\x1b[K")


class LoadCommand(BaseCommand):
    """Loads one kind of market data from a CSV file, gzip'd or not, or a Parquet file."""

    kind: ClassVar[Kind]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--symbol", help="whose rows they are, where the file has no column symbol")
        parser.add_argument(
            "--correct",
            metavar="REASON",
            help="restate what is there already; what it said is kept as a version",
        )
        parser.add_argument("--user", help="login name of who corrects; required with --correct")

    def handle(self, *args: Any, **options: Any) -> None:
        actor, reason = _actor(self.kind, options["user"], options["correct"])
        progress = ShownProgress(sys.stderr)
        try:
            source = file_source(self.kind, options["file"], symbol=options["symbol"])
            loaded = load_market_data(
                actor=actor, kind=self.kind, source=source, reason=reason, progress=progress
            )
        except (DomainError, OSError) as error:
            raise CommandError(f"nothing was loaded: {error}") from error
        finally:
            progress.end()
        symbols = ", ".join(loaded.symbols)
        first, last = self.between(loaded.first), self.between(loaded.last)
        corrected = f", {loaded.corrected} of them corrected" if reason else ""
        self.stdout.write(
            f"{loaded.count} {self.kind.name} of {symbols}, {first} to {last}{self.zone}{corrected}"
        )
        self.report(loaded)

    def report(self, loaded: MarketDataLoaded) -> None:
        """Say what the loaded days lack, where the kind can tell."""

    zone: ClassVar[str] = ""

    def between(self, moment: Any) -> str:
        """Spell the first or the last moment."""
        return moment_text(moment)


def _actor(kind: Kind, user: str | None, reason: str | None) -> tuple[Actor, str]:
    """Return who acts, and why where it is a correction. Raises CommandError."""
    if reason is None:
        return Actor(name=f"load_{kind.name}", door=Door.COMMAND), ""
    if not 0 < len(reason.strip()) <= 200:
        raise CommandError("say why in up to 200 characters: --correct REASON")
    person = user_named(user) if user else None
    if person is None:
        raise CommandError(f"who corrects? there is no user {user}" if user else "who corrects? --user NAME")
    return Actor(name=str(user), door=Door.COMMAND, user_id=person.pk), reason.strip()
