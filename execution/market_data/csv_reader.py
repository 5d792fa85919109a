"""Bars from a CSV file, one row a minute: symbol,date,time,open,high,low,close,volume.

Date and time are those of the bar's start in New York; pre- and post-market rows belong in. Rows may come in
any order. The file is read as a stream: only what is needed to know a repeated row is held, 1,440 bytes per symbol
and day.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from execution.market_data.bars import Bar
from execution.market_data.csv_form import lines_of
from execution.market_data.kinds import BARS
from execution.market_data.strict import csv_rows

COLUMNS = ("symbol", "date", "time", "open", "high", "low", "close", "volume")


def read_bars(path: Path) -> Iterator[Bar]:
    """The bars of the file in the file's order.

    Raises MarketDataFileError with line and column at the first fault, OSError when the file cannot be opened. A
    fault may come after many good rows: who stores them does so in one transaction.
    """
    yield from parse_bars(lines_of(path))


def parse_bars(lines: Iterable[bytes]) -> Iterator[Bar]:
    """As `read_bars`, from the file's lines. Raises MarketDataFileError."""
    for row in csv_rows(BARS, lines):
        yield Bar(row.symbol, row.at, *row.numbers)
