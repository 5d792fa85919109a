"""manage.py load_bars FILE [--symbol SYMBOL] [--correct REASON --user NAME]"""

from datetime import datetime

from execution.events import MarketDataLoaded
from execution.management.loading import LoadCommand
from execution.management.market_report import sums
from execution.market_data.kinds import BARS
from execution.market_history import day_reports
from orders.errors import MarketWithoutCalendar
from orders.selectors import instrument_with_symbol

MOST_REPORTED_DAYS = 1_000


class Command(LoadCommand):
    """Loads bars."""

    kind = BARS
    help = (
        "Load minute bars: symbol,date,time,open,high,low,close,volume (New York time), or timestamp_utc in place of "
        "date,time. CSV, gzip'd or not, or Parquet. All or nothing."
    )
    zone = " UTC"

    def between(self, moment: datetime) -> str:
        """Spell the first or the last minute."""
        return f"{moment:%F %R}"

    def report(self, loaded: MarketDataLoaded) -> None:
        """Say on stderr, for each symbol, what the loaded days lack and what stands out."""
        first, last = loaded.first.date(), loaded.last.date()
        if ((last - first).days + 1) * len(loaded.symbols) > MOST_REPORTED_DAYS:
            self.stderr.write("many days: see what they lack by manage.py market_data report SYMBOL")
            return
        for symbol in loaded.symbols:
            if (instrument := instrument_with_symbol(symbol)) is not None:
                try:
                    self.stderr.write(sums(symbol, day_reports(instrument, first, last)))
                except MarketWithoutCalendar as error:
                    self.stderr.write(f"{symbol}: {error}")
