"""Quotes, and their CSV file: symbol,time,bid,ask, a row whenever best bid or offer changed.

The time is RFC 3339 with its offset. Rows may come in any order.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from execution.market_data.csv_form import lines_of
from execution.market_data.kinds import QUOTES
from execution.market_data.strict import csv_rows

LONGEST_AGE = timedelta(seconds=60)
"""A quote that is older (market time) says nothing of the market any more."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and offer of one symbol from `at` (aware UTC) on, per unit; 0 < bid <= ask."""

    symbol: str
    at: datetime
    bid: Decimal
    ask: Decimal

    @property
    def mid(self) -> Decimal:
        """The middle of bid and offer, unrounded."""
        return (self.bid + self.ask) / 2


def read_quotes(path: Path) -> Iterator[Quote]:
    """The quotes of the file in its order. Raises MarketDataFileError at the first fault, OSError for no file."""
    yield from parse_quotes(lines_of(path))


def parse_quotes(lines: Iterable[bytes]) -> Iterator[Quote]:
    """As `read_quotes`, from the file's lines. Raises MarketDataFileError.

    That an instrument has two quotes at one moment the database finds.
    """
    for row in csv_rows(QUOTES, lines):
        yield Quote(row.symbol, row.at, *row.numbers)
