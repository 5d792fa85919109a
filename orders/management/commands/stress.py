"""`manage.py stress [--from DAY] [--to DAY] [--json]`: what today's limits would have done to past orders."""

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.kernel.clock import recorded_now
from orders.kernel.moments import parse_day
from orders.kernel.transactions import snapshot
from orders.risk.denials import words_of
from orders.selectors import market_now
from orders.stress import (
    Change,
    Judged,
    Period,
    Tally,
    changed_facts,
    decisions_between,
    period,
    stress,
    summary_facts,
)

PROGRESS_ROWS = 10_000
SHOWN = tuple(each for each in Change if each is not Change.NONE)


class Command(BaseCommand):
    """Reads only, everything as of one moment. Memory does not grow with the number of orders."""

    help = "Judge past orders by the limits that are in force today, and tell what would have changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from", dest="first", type=_day, metavar="DAY", help="YYYY-MM-DD, recorded time, UTC"
        )
        parser.add_argument(
            "--to", dest="last", type=_day, metavar="DAY", help="the last day; today if not given"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="one document, changes first")

    def handle(
        self, *args: Any, first: date | None, last: date | None, as_json: bool, **options: Any
    ) -> None:
        try:
            asked = period(first, last, today=recorded_now().astimezone(UTC).date())
        except ValueError as error:
            raise CommandError(str(error)) from error
        with snapshot():
            (self._as_json if as_json else self._as_text)(asked)

    def _as_json(self, asked: Period) -> None:
        separator = "\n"

        def hear(judged: Judged, change: Change) -> None:
            nonlocal separator
            self.stdout.write(separator + json.dumps(changed_facts(judged, change)), ending="")
            separator = ",\n"

        self.stdout.write('{"changes": [', ending="")
        facts = summary_facts(self._stressed(asked, hear), period=asked, limits_at=market_now())
        self.stdout.write(f'], "summary": {json.dumps(facts)}}}')

    def _as_text(self, asked: Period) -> None:
        def hear(judged: Judged, change: Change) -> None:
            if change is not Change.NOT_JUDGED:
                self.stdout.write(_line(judged, change))

        tally = self._stressed(asked, hear)
        self.stdout.write(
            f"{asked.first} to {asked.last}: {tally.judged} decisions ({tally.new_terms} of them on new terms) judged "
            f"by the limits in force at {market_now():%Y-%m-%d %H:%M:%S} UTC, market time"
        )
        for change in Change:
            self.stdout.write(f"  {tally.changes[change]} {_words(change)}")
        for title, counted in (
            ("check", {words_of(check): changes for check, changes in tally.by_check.items()}),
            ("limit", _by_limit(tally)),
            ("account", tally.by_account),
            ("trader", tally.by_trader),
        ):
            self._table(title, counted)

    def _table(self, title: str, counted: Mapping[str, Counter[Change]]) -> None:
        if counted:
            self.stdout.write(f"by {title}:")
        for name, changes in sorted(counted.items()):
            told = ", ".join(f"{changes[each]} {_words(each)}" for each in SHOWN if changes[each])
            self.stdout.write(f"  {name}: {told}")

    def _stressed(self, asked: Period, hear: Any) -> Tally:
        return stress(decisions_between(asked.since, asked.until), hear=hear, progress=self._tell)

    def _tell(self, done: int) -> None:
        if done % PROGRESS_ROWS == 0:
            self.stderr.write(f"stress: {done} decisions")


def _line(judged: Judged, change: Change) -> str:
    facts = changed_facts(judged, change)
    named = "{recorded_at} {client_order_id} {account} {trader} {side} {quantity} {symbol}".format(**facts)
    why = "; ".join(_because(each) for each in facts["causes"])
    return f"{named}: {_words(change)}: {why}"


def _because(cause: dict[str, Any]) -> str:
    then, now = ("none" if each is None else each["value"] for each in (cause["then"], cause["now"]))
    seen = f" {cause['seen']}" if cause["seen"] is not None else ""
    return f"{words_of(cause['check'])}{seen} (limit {then} then, {now} now)"


def _by_limit(tally: Tally) -> dict[str, Counter[Change]]:
    return {
        f"{words_of(of.check)}, {of.limit.scope} ({of.limit.id})"
        if of.limit
        else words_of(of.check): of.changes
        for of in tally.by_limit.values()
    }


def _words(change: Change) -> str:
    told = str(change).replace("_", " ")
    return f"{told}: the figure was not kept" if change is Change.NOT_JUDGED else told


def _day(text: str) -> date:
    return parse_day(text)
