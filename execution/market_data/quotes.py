"""Quotes, and their CSV file: symbol,time,bid,ask, a row whenever best bid or offer changed.

The time is RFC 3339 with its offset. Rows may come in any order.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from execution.market_data.csv_form import CsvForm, lines_of
from execution.market_data.errors import MarketDataFileError
from orders.kernel.moments import parse_moment

COLUMNS = ("symbol", "time", "bid", "ask")
LONGEST_AGE = timedelta(seconds=60)
"""A quote that is older (market time) says nothing of the market any more."""
_FORM = CsvForm(COLUMNS)


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
    line = 1
    for line, row in _FORM.rows(lines):
        yield _quote(line, row)
    if line == 1:
        raise MarketDataFileError(line, "symbol", "there is a header but no quote; add a row for each")


def _quote(line: int, row: list[str]) -> Quote:
    symbol, time_text = row[:2]
    _FORM.symbol(line, symbol)
    try:
        at = parse_moment(time_text)
    except ValueError as error:
        problem = f"{time_text[:40]!r} is no moment; write it with its offset: 2013-10-07T13:30:00.250Z"
        raise MarketDataFileError(line, "time", problem) from error
    bid, ask = (
        _FORM.price(line, name, _FORM.number(line, name, text))
        for name, text in zip(COLUMNS[2:], row[2:], strict=True)
    )
    if ask < bid:
        raise MarketDataFileError(
            line, "ask", f"{ask} is below the bid {bid}; a quote that is crossed is none"
        )
    return Quote(symbol, at, bid, ask)
