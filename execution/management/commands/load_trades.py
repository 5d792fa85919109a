"""manage.py load_trades FILE [--symbol SYMBOL] [--correct REASON --user NAME]"""

from execution.management.loading import LoadCommand
from execution.market_data.kinds import TRADES


class Command(LoadCommand):
    """Loads trades."""

    kind = TRADES
    help = (
        "Load prints: symbol,time,price,size[,trade_id][,condition] (time in RFC 3339), or timestamp_utc in place of "
        "time. CSV, gzip'd or not, or Parquet. All or nothing."
    )
