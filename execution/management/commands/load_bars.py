"""manage.py load_bars FILE [--symbol SYMBOL] [--correct REASON --user NAME]"""

from datetime import datetime

from execution.management.loading import LoadCommand
from execution.market_data.kinds import BARS


class Command(LoadCommand):
    """Loads bars."""

    kind = BARS
    help = (
        "Load minute bars: symbol,date,time,open,high,low,close,volume (New York time), or timestamp_utc in place of date,time. "
        "CSV, gzip'd or not, or Parquet. All or nothing."
    )
    zone = " UTC"

    def between(self, moment: datetime) -> str:
        """Spell the first or the last minute."""
        return f"{moment:%F %R}"
