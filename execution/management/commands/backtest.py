"""manage.py backtest --algorithm vwap --history FILE --bars FILE"""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from execution.algorithms.scheduled import USUAL_INTERVAL_MINUTES
from execution.backtest.backtest import (
    DEFAULT_SHARE,
    UNKNOWN_QUANTITY,
    Contender,
    Outcome,
    Setting,
    contender,
    run,
)
from execution.backtest.days import Archive, Day, Skipped, days_of, merged, why_not_played
from execution.backtest.report import Report
from execution.market_data.csv_reader import read_bars
from execution.market_data.errors import MarketDataFileError
from execution.venues.simulated.bar_model import DEFAULT_PARTICIPATION
from orders.kernel.errors import InvalidInput
from orders.kernel.money import decimal_text, parse_decimal
from orders.terms import Side

_SAME_SLOTS = "against_in_same_slots"


class Command(BaseCommand):
    help = (
        "Play past days through the code that trades, and measure it against the market's VWAP. For a day only days "
        "before it are looked at, of either file. Needs no services."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("--algorithm", required=True, help="its name, or name@version")
        add("--bars", type=Path, required=True, help="CSV of minute bars: the days that are played")
        add("--history", type=Path, help="CSV of minute bars: more earlier days; may be the same file")
        add("--symbols", nargs="+", help="play these alone")
        add("--parameters", type=_object, default={}, help="JSON, as an order's request has them")
        add("--against", help="another algorithm on the same days")
        add("--against-parameters", type=_object, default={}, help="JSON: those of the other algorithm")
        add("--seeds", type=_count, default=1, help="so many runs a day, which differ in sizes and times")
        add("--side", choices=[str(side) for side in Side], default=str(Side.BUY))
        size = parser.add_mutually_exclusive_group()
        size.add_argument("--quantity", type=_positive, help="units of each order")
        size.add_argument(
            "--adv-share",
            type=_positive,
            default=DEFAULT_SHARE,
            help=f"each order's share of the average volume of earlier days; {DEFAULT_SHARE} when absent, and "
            f"{UNKNOWN_QUANTITY} units where there is no earlier day",
        )
        add("--limit-bps", type=_positive, help="limit orders, so far beyond the last price before the open")
        add("--tick", type=_positive, default=Decimal("0.01"), help="price step of every symbol")
        add("--lot", type=_positive, default=Decimal(1), help="quantity step of every symbol")
        add(
            "--participation",
            type=_positive,
            default=DEFAULT_PARTICIPATION,
            help="share of each minute's volume that the venue gives",
        )
        add("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._report(options)
        except InvalidInput as error:
            raise CommandError(_told(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.document(), indent=2))
        else:
            self.stdout.writelines(f"{line}\n" for line in report.lines())

    def _report(self, options: Mapping[str, Any]) -> Report:
        setting = _setting(options)
        one = contender(options["algorithm"], options["parameters"])
        others = _others(one, options["against"], options["against_parameters"])
        days, archive, skipped = _days(options)
        outcomes = self._outcomes([one, *others.values()], days, archive, setting)
        outcomes[0] = Outcome(one, outcomes[0].results, [*skipped, *outcomes[0].skipped])
        against = dict(zip(others, outcomes[1:], strict=True))
        return Report(outcomes[0], against, str(setting.side), setting.seeds)

    def _outcomes(
        self, who: list[Contender], days: list[Day], archive: Archive, setting: Setting
    ) -> list[Outcome]:
        count, done = len(days) * len(who), 0

        def played() -> None:
            nonlocal done
            done += 1
            if sys.stderr.isatty() or done % 100 == 0:
                self.stderr.write(f"\r{done} of {count} days played", ending="" if done < count else "\n")

        return [run(each, days, archive, setting, played=played) for each in who]


def _others(one: Contender, name: str | None, parameters: Mapping[str, Any]) -> dict[str, Contender]:
    """Return whom it is held against: as a client gets it, and in the same slots where both have slots."""
    if name is None:
        if parameters:
            raise CommandError("--against-parameters needs --against")
        return {}
    other = contender(name, parameters)
    others = {"against": other}
    has_slots = all("interval_minutes" in each.algorithm.parameters.model_fields for each in (one, other))
    if has_slots and not {"interval_minutes", "slices"} & parameters.keys():
        minutes = one.parameters.get("interval_minutes", USUAL_INTERVAL_MINUTES)
        others[_SAME_SLOTS] = Contender(other.algorithm, {**other.parameters, "interval_minutes": minutes})
    return others


def _days(options: Mapping[str, Any]) -> tuple[list[Day], Archive, list[Skipped]]:
    """Return the days to play, all that are known, and what of the file is not played."""
    found, skipped = _read(options["bars"])
    history = _read(options["history"])[0] if options["history"] else []
    symbols = set(options["symbols"] or ())
    if missing := symbols - {day.symbol for day in found}:
        raise CommandError(f"{options['bars']} has no session's bars of {', '.join(sorted(missing))}")
    days = []
    for day in found:
        if symbols and day.symbol not in symbols:
            continue
        if (reason := why_not_played(day)) is None:
            days.append(day)
        else:
            skipped.append(Skipped(day.symbol, day.session.day, reason))
    if not days:
        raise CommandError(f"{options['bars']} has no day that can be played{_why(skipped)}")
    return days, merged(history, found), [each for each in skipped if not symbols or each.symbol in symbols]


def _why(skipped: list[Skipped]) -> str:
    return f": {skipped[0].symbol} {skipped[0].day}: {skipped[0].reason}" if skipped else ""


def _read(path: Path) -> tuple[list[Day], list[Skipped]]:
    try:
        return days_of(read_bars(path))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from error
    except MarketDataFileError as error:
        raise CommandError(f"{path}: {error}") from error


def _setting(options: Mapping[str, Any]) -> Setting:
    participation, quantity, lot = options["participation"], options["quantity"], options["lot"]
    if participation > 1:
        raise CommandError("--participation is a share: 1 at most")
    if options["seeds"] > 1 and "seed" in options["parameters"].keys() | options["against_parameters"].keys():
        raise CommandError("give --seeds or the parameter seed, not both")
    if quantity is not None and quantity % lot:
        raise CommandError(f"--quantity must be a multiple of the lot, {decimal_text(lot)}")
    return Setting(
        side=Side(options["side"]),
        quantity=quantity,
        adv_share=options["adv_share"],
        limit_bps=options["limit_bps"],
        tick_size=options["tick"],
        lot_size=lot,
        participation=participation,
        seeds=options["seeds"],
    )


def _told(error: InvalidInput) -> str:
    problems = [f"{each['pointer']}: {each['detail']}" for each in error.facts.get("errors", ())]
    return "; ".join(problems) or str(error)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ArgumentTypeError(f"no JSON: {error}") from error
    if not isinstance(value, dict):
        raise ArgumentTypeError('write a JSON object, such as {"interval_minutes": 5}')
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ArgumentTypeError("write a number from 1 to 1000")
    return int(text)


def _positive(text: str) -> Decimal:
    try:
        return parse_decimal(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} {error}") from error
