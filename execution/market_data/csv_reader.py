"""Bars from a CSV file, one row a minute: symbol,date,time,open,high,low,close,volume.

Date and time are those of the bar's start in New York; pre- and post-market rows belong in. Rows may come in
any order. The file is read as a stream: only what is needed to know a repeated row is held, 1,440 bytes per symbol
and day.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from execution.market_data.bars import Bar
from execution.market_data.csv_form import CsvForm, lines_of
from execution.market_data.errors import MarketDataFileError
from execution.market_data.local_minutes import LocalTimeError, local_minute

COLUMNS = ("symbol", "date", "time", "open", "high", "low", "close", "volume")
_FORM = CsvForm(COLUMNS)


def read_bars(path: Path) -> Iterator[Bar]:
    """The bars of the file in the file's order.

    Raises MarketDataFileError with line and column at the first fault, OSError when the file cannot be opened. A
    fault may come after many good rows: who stores them does so in one transaction.
    """
    yield from parse_bars(lines_of(path))


def parse_bars(lines: Iterable[bytes]) -> Iterator[Bar]:
    """As `read_bars`, from the file's lines. Raises MarketDataFileError."""
    seen: dict[tuple[str, str], bytearray] = {}
    for line, row in _FORM.rows(lines):
        bar = _bar(line, row)
        minutes = seen.setdefault((bar.symbol, row[1]), bytearray(24 * 60))
        minute = int(row[2][:2]) * 60 + int(row[2][3:5])
        if minutes[minute]:
            raise MarketDataFileError(
                line, "time", f"{bar.symbol} has this minute twice; keep one of the rows"
            )
        minutes[minute] = 1
        yield bar
    if not seen:
        raise MarketDataFileError(1, "symbol", "there is a header but no bar; add a row per minute")


def _bar(line: int, row: list[str]) -> Bar:
    symbol, date_text, time_text = row[:3]
    _FORM.symbol(line, symbol)
    try:
        start = local_minute(date_text, time_text)
    except LocalTimeError as error:
        raise MarketDataFileError(line, error.column, str(error)) from error
    numbers = [_FORM.number(line, name, text) for name, text in zip(COLUMNS[3:], row[3:], strict=True)]
    bar = Bar(symbol, start, *numbers)
    _check_numbers(line, bar)
    return bar


def _check_numbers(line: int, bar: Bar) -> None:
    for column, price in zip(COLUMNS[3:7], (bar.open, bar.high, bar.low, bar.close), strict=True):
        _FORM.price(line, column, price)
    if bar.volume < 0:
        raise MarketDataFileError(line, "volume", f"{bar.volume} is no volume; write zero or more")
    if bar.high < max(bar.open, bar.close):
        raise MarketDataFileError(line, "high", f"{bar.high} is below open or close; write the highest price")
    if bar.low > min(bar.open, bar.close):
        raise MarketDataFileError(line, "low", f"{bar.low} is above open or close; write the lowest price")
