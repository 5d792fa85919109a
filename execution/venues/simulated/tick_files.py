"""Ticks from two CSV files, held in memory: the source of the venue that runs without Django.

Quotes: symbol,time,bid,ask,bid_size,ask_size, a row whenever one of them changed. Prints: symbol,time,price,size and,
if the tape tells them, trade_id and condition. Times are RFC 3339 with their offset; rows of one moment keep order.
"""

import csv
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from execution.market_data.csv_form import lines_of
from execution.market_data.errors import MarketDataFileError
from execution.session import Session
from execution.venues.simulated.ticks import QuoteTick, Tick, TradeTick, in_order
from orders.kernel.moments import parse_moment

QUOTE_COLUMNS = ("symbol", "time", "bid", "ask", "bid_size", "ask_size")
TRADE_COLUMNS = ("symbol", "time", "price", "size")
TRADE_TEXTS = ("trade_id", "condition")


class HeldTicks:
    """Ticks of any symbols; where a session has quotes but no print, or prints but no quote, it has no ticks."""

    def __init__(self, quotes: dict[str, list[QuoteTick]], trades: dict[str, list[TradeTick]]) -> None:
        self._quoted = {symbol: sorted(tick.at for tick in ticks) for symbol, ticks in quotes.items()}
        self._traded = {symbol: sorted(tick.at for tick in ticks) for symbol, ticks in trades.items()}
        self._ticks = {
            symbol: in_order(quotes[symbol], trades[symbol]) for symbol in quotes.keys() & trades.keys()
        }
        self._moments = {symbol: [tick.at for tick in ticks] for symbol, ticks in self._ticks.items()}

    def has_session(self, symbol: str, session: Session) -> bool:
        """Whether the symbol's session has both quotes and prints."""
        moments = (self._quoted.get(symbol, []), self._traded.get(symbol, []))
        return all(_between(each, session.open, session.close) for each in moments)

    def between(self, symbol: str, after: datetime, until: datetime) -> Sequence[Tick]:
        """The ticks with after < at <= until in order."""
        moments = self._moments.get(symbol, [])
        return self._ticks.get(symbol, [])[bisect_right(moments, after) : bisect_right(moments, until)]


def _between(moments: Sequence[datetime], after: datetime, until: datetime) -> bool:
    return bisect_right(moments, until) > bisect_right(moments, after)


def held_ticks(quotes: Path, trades: Path) -> HeldTicks:
    """The ticks of two files. Raises MarketDataFileError at the first fault, OSError for a file that is not there."""
    quoted, traded = defaultdict[str, list[QuoteTick]](list), defaultdict[str, list[TradeTick]](list)
    for line, row in _rows(quotes, QUOTE_COLUMNS):
        quote = QuoteTick(
            at=_moment(line, row),
            bid=_number(line, row, "bid"),
            ask=_number(line, row, "ask"),
            bid_size=_number(line, row, "bid_size", may_be_zero=True),
            ask_size=_number(line, row, "ask_size", may_be_zero=True),
        )
        if quote.ask < quote.bid:
            raise MarketDataFileError(line, "ask", "below the bid; a quote that is crossed is none")
        quoted[row["symbol"]].append(quote)
    for line, row in _rows(trades, TRADE_COLUMNS, TRADE_TEXTS):
        trade = TradeTick(
            _moment(line, row),
            _number(line, row, "price"),
            _number(line, row, "size"),
            row.get("condition", ""),
        )
        traded[row["symbol"]].append(trade)
    return HeldTicks(dict(quoted), dict(traded))


def _rows(
    path: Path, columns: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows below the header by column, each with its line. Raises MarketDataFileError."""
    reader = csv.DictReader((line.decode() for line in lines_of(path)), strict=True)
    header = tuple(reader.fieldnames or ())
    if header[: len(columns)] != columns or not set(header[len(columns) :]) <= set(optional):
        raise MarketDataFileError(1, columns[0], f"the header must begin with {','.join(columns)}")
    for row in reader:
        if None in row or None in row.values():
            raise MarketDataFileError(reader.line_num, header[-1], f"a row has {len(header)} fields")
        yield reader.line_num, row


def _moment(line: int, row: dict[str, str]) -> datetime:
    try:
        return parse_moment(row["time"])
    except ValueError as error:
        raise MarketDataFileError(line, "time", str(error)) from error


def _number(line: int, row: dict[str, str], column: str, *, may_be_zero: bool = False) -> Decimal:
    """A number above zero, or from zero on. Raises MarketDataFileError."""
    try:
        number = Decimal(row[column])
    except InvalidOperation as error:
        raise MarketDataFileError(line, column, f"{row[column][:40]!r} is no decimal number") from error
    if not number.is_finite() or number < 0 or (number == 0 and not may_be_zero):
        raise MarketDataFileError(line, column, f"{number} cannot be; write a number above zero")
    return number
