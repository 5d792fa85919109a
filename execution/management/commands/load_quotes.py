"""manage.py load_quotes FILE [--symbol SYMBOL] [--correct REASON --user NAME]"""

from execution.management.loading import LoadCommand
from execution.market_data.kinds import QUOTES


class Command(LoadCommand):
    """Loads quotes."""

    kind = QUOTES
    help = (
        "Load quotes: symbol,time,bid,ask (time in RFC 3339), or timestamp_utc in place of time; "
        "bid_size,ask_size may follow. "
        "CSV, gzip'd or not, or Parquet. All or nothing."
    )
