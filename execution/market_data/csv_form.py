"""What the CSV files of market data have in common: a fixed header, fields without quotes, UTF-8, plain numbers.

Lines end with LF or CRLF, a byte order mark and blank lines are passed over. A file is read as a stream, and the
first fault ends it with its line and column.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from execution.market_data.errors import MarketDataFileError

_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{0,31}", re.ASCII)
# As many digits as a price or quantity has in the database, numeric(20, 8); Decimal alone takes NaN and 1_0.
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,8})?", re.ASCII)
_LINE_LIMIT_BYTES = 4096


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file, none read much further than it may be long. Raises OSError."""
    with path.open("rb") as file:
        yield from iter(lambda: file.readline(_LINE_LIMIT_BYTES + 1), b"")


@dataclass(frozen=True, slots=True)
class CsvForm:
    """A kind of file, by its columns."""

    columns: tuple[str, ...]

    def rows(self, lines: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header, each with its line and exactly one field a column. Raises MarketDataFileError."""
        rows = self._numbered(lines)
        self._check_header(*next(rows, (1, [])))
        for line, row in rows:
            self._check_width(line, row)
            yield line, row

    def symbol(self, line: int, text: str) -> str:
        """The text, which can be a symbol. Raises MarketDataFileError."""
        if not _SYMBOL.fullmatch(text):
            problem = f"{text[:40]!r} is no symbol; write one such as SPY or BRK.B"
            raise MarketDataFileError(line, "symbol", problem)
        return text

    def number(self, line: int, column: str, text: str) -> Decimal:
        """The number that the text spells in plain digits, of any sign. Raises MarketDataFileError."""
        if not _NUMBER.fullmatch(text):
            problem = f"{text[:40]!r} is no decimal number; write plain digits such as 48.97"
            raise MarketDataFileError(line, column, problem)
        return Decimal(text)

    def price(self, line: int, column: str, price: Decimal) -> Decimal:
        """The price, which is above zero. Raises MarketDataFileError."""
        if price <= 0:
            raise MarketDataFileError(line, column, f"{price} is no price; write one above zero")
        return price

    def _numbered(self, lines: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
        """The rows that are not blank, each with the number of its line."""
        reader = csv.reader(self._decoded(lines), strict=True)
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row
        except csv.Error as error:
            problem = f"the quoting cannot be read ({error}); write the fields without quotes"
            raise MarketDataFileError(reader.line_num, self.columns[0], problem) from error

    def _decoded(self, lines: Iterable[bytes]) -> Iterator[str]:
        for number, line in enumerate(lines, start=1):
            if len(line) > _LINE_LIMIT_BYTES:
                raise MarketDataFileError(
                    number, self.columns[0], "the line is too long; is this really a CSV file?"
                )
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                column = self.columns[min(line[: error.start].count(b","), len(self.columns) - 1)]
                problem = "bytes that are not UTF-8; save the file as UTF-8"
                raise MarketDataFileError(number, column, problem) from error

    def _check_header(self, line: int, row: list[str]) -> None:
        names = ",".join(self.columns)
        if not row:
            raise MarketDataFileError(
                line, self.columns[0], f"the file is empty; begin with the header {names}"
            )
        if tuple(row) != self.columns:
            found = [*row, *[""] * len(self.columns)]
            wrong = [name for name, text in zip(self.columns, found, strict=False) if name != text]
            column = wrong[0] if wrong else self.columns[-1]
            raise MarketDataFileError(line, column, f"the header must be exactly {names}")

    def _check_width(self, line: int, row: list[str]) -> None:
        width = len(self.columns)
        if len(row) < width:
            raise MarketDataFileError(
                line, self.columns[len(row)], f"the field is missing; a row has {width} fields"
            )
        if len(row) > width:
            last = self.columns[-1]
            raise MarketDataFileError(line, last, f"{len(row)} fields; take away what follows the {last}")
