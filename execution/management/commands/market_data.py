"""manage.py market_data report SYMBOL [--from DAY] [--to DAY]"""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from execution.management.market_report import report_lines
from execution.market_history import day_reports, newest_day, quote_count
from orders.errors import MarketWithoutCalendar
from orders.kernel.moments import parse_day
from orders.models import Instrument
from orders.selectors import instrument_with_symbol


class Command(BaseCommand):
    """Reads only."""

    help = "Report what an instrument's market data lacks and what in it stands out, day by day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["report"])
        parser.add_argument("symbol")
        parser.add_argument("--from", dest="first", metavar="DAY", help="YYYY-MM-DD; the newest if not given")
        parser.add_argument("--to", dest="last", metavar="DAY", help="the last day; --from if not given")

    def handle(self, *args: Any, symbol: str, first: str | None, last: str | None, **options: Any) -> None:
        instrument = instrument_with_symbol(symbol)
        if instrument is None:
            raise CommandError(f"{symbol} is not an instrument here")
        try:
            since, until = _days(instrument, first, last)
            reports = day_reports(instrument, since, until)
        except (MarketWithoutCalendar, ValueError) as error:
            raise CommandError(str(error)) from error
        for line in report_lines(symbol, reports):
            self.stdout.write(line)
        quotes = quote_count(instrument, since, until)
        self.stdout.write(f"{quotes.quotes} quotes, {quotes.locked} locked; a crossed quote is never kept")


def _days(instrument: Instrument, first: str | None, last: str | None) -> tuple[date, date]:
    if first is None:
        newest = newest_day(instrument)
        if newest is None:
            raise ValueError(f"{instrument.symbol} has no bars")
        return newest, newest if last is None else parse_day(last)
    since = parse_day(first)
    return since, since if last is None else parse_day(last)
