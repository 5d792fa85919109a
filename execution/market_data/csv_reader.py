"""Bars from a CSV file, one row a minute: symbol,date,time,open,high,low,close,volume.

Date and time are those of the bar's start in New York; pre- and post-market rows belong in. Rows may come in
any order, lines end with LF or CRLF, a byte order mark and blank lines are passed over. The file is read as a
stream: only what is needed to know a repeated row is held, 1,440 bytes per symbol and day.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from execution.market_data.bars import Bar
from execution.market_data.errors import BarsFileError
from execution.market_data.local_minutes import LocalTimeError, local_minute

COLUMNS = ("symbol", "date", "time", "open", "high", "low", "close", "volume")
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{0,31}", re.ASCII)
# As many digits as a price or quantity has in the database, numeric(20, 8); Decimal alone takes NaN and 1_0.
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,8})?", re.ASCII)
_LINE_LIMIT_BYTES = 4096


def read_bars(path: Path) -> Iterator[Bar]:
    """The bars of the file in the file's order.

    Raises BarsFileError with line and column at the first fault, OSError when the file cannot be opened. A
    fault may come after many good rows: who stores them does so in one transaction.
    """
    with path.open("rb") as file:
        yield from parse_bars(iter(lambda: file.readline(_LINE_LIMIT_BYTES + 1), b""))


def parse_bars(lines: Iterable[bytes]) -> Iterator[Bar]:
    """As `read_bars`, from the file's lines. Raises BarsFileError."""
    rows = _rows(lines)
    _check_header(*next(rows, (1, [])))
    seen: dict[tuple[str, str], bytearray] = {}
    for line, row in rows:
        bar = _bar(line, row)
        minutes = seen.setdefault((bar.symbol, row[1]), bytearray(24 * 60))
        minute = int(row[2][:2]) * 60 + int(row[2][3:5])
        if minutes[minute]:
            raise BarsFileError(line, "time", f"{bar.symbol} has this minute twice; keep one of the rows")
        minutes[minute] = 1
        yield bar
    if not seen:
        raise BarsFileError(1, "symbol", "there is a header but no bar; add a row per minute")


def _rows(lines: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its line."""
    reader = csv.reader(_decoded(lines), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        problem = f"the quoting cannot be read ({error}); write the fields without quotes"
        raise BarsFileError(reader.line_num, COLUMNS[0], problem) from error


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if len(line) > _LINE_LIMIT_BYTES:
            raise BarsFileError(number, COLUMNS[0], "the line is too long; is this really a CSV file?")
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            column = COLUMNS[min(line[: error.start].count(b","), len(COLUMNS) - 1)]
            raise BarsFileError(number, column, "bytes that are not UTF-8; save the file as UTF-8") from error


def _check_header(line: int, row: list[str]) -> None:
    if not row:
        raise BarsFileError(line, COLUMNS[0], f"the file is empty; begin with the header {','.join(COLUMNS)}")
    if tuple(row) != COLUMNS:
        found = [*row, *[""] * len(COLUMNS)]
        wrong = [name for name, text in zip(COLUMNS, found, strict=False) if name != text]
        column = wrong[0] if wrong else COLUMNS[-1]
        raise BarsFileError(line, column, f"the header must be exactly {','.join(COLUMNS)}")


def _bar(line: int, row: list[str]) -> Bar:
    if len(row) < len(COLUMNS):
        raise BarsFileError(line, COLUMNS[len(row)], f"the field is missing; a row has {len(COLUMNS)} fields")
    if len(row) > len(COLUMNS):
        raise BarsFileError(line, COLUMNS[-1], f"{len(row)} fields; take away what follows the volume")
    symbol, date_text, time_text = row[:3]
    if not _SYMBOL.fullmatch(symbol):
        raise BarsFileError(line, "symbol", f"{symbol[:40]!r} is no symbol; write one such as SPY or BRK.B")
    try:
        start = local_minute(date_text, time_text)
    except LocalTimeError as error:
        raise BarsFileError(line, error.column, str(error)) from error
    numbers = [_number(line, name, text) for name, text in zip(COLUMNS[3:], row[3:], strict=True)]
    bar = Bar(symbol, start, *numbers)
    _check_numbers(line, bar)
    return bar


def _number(line: int, column: str, text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        problem = f"{text[:40]!r} is no decimal number; write plain digits such as 48.97"
        raise BarsFileError(line, column, problem)
    return Decimal(text)


def _check_numbers(line: int, bar: Bar) -> None:
    for column, price in zip(COLUMNS[3:7], (bar.open, bar.high, bar.low, bar.close), strict=True):
        if price <= 0:
            raise BarsFileError(line, column, f"{price} is no price; write one above zero")
    if bar.volume < 0:
        raise BarsFileError(line, "volume", f"{bar.volume} is no volume; write zero or more")
    if bar.high < max(bar.open, bar.close):
        raise BarsFileError(line, "high", f"{bar.high} is below open or close; write the highest price")
    if bar.low > min(bar.open, bar.close):
        raise BarsFileError(line, "low", f"{bar.low} is above open or close; write the lowest price")
