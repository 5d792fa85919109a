"""What the CSV files of market data have in common: one of a few headers, fields without quotes, UTF-8.

Lines end with LF or CRLF, a byte order mark and blank lines are passed over. A file is read as a stream, and the
first fault ends it with its line and column.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from execution.market_data.errors import MarketDataFileError

LINE_LIMIT_BYTES = 4096


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file, none read much further than it may be long. Raises OSError."""
    with path.open("rb") as file:
        yield from iter(lambda: file.readline(LINE_LIMIT_BYTES + 1), b"")


def nearest(headers: Sequence[tuple[str, ...]], names: Sequence[str]) -> tuple[str, ...]:
    """The header that lacks the fewest of these columns; of several the most usual."""
    return min(headers, key=lambda header: len(set(names) - set(header)))


@dataclass(frozen=True, slots=True)
class CsvForm:
    """A kind of file, by the headers that it may have, the usual one first."""

    headers: Sequence[tuple[str, ...]]

    @property
    def columns(self) -> tuple[str, ...]:
        """The usual header."""
        return self.headers[0]

    def table(self, lines: Iterable[bytes]) -> tuple[tuple[str, ...], Iterator[tuple[int, list[str]]]]:
        """The header, and the rows below it, each with its line and exactly one field a column.

        Raises MarketDataFileError, also while the rows are read.
        """
        rows = self._numbered(lines)
        header = self._checked_header(*next(rows, (1, [])))
        return header, self._checked(header, rows)

    def _checked(
        self, header: tuple[str, ...], rows: Iterator[tuple[int, list[str]]]
    ) -> Iterator[tuple[int, list[str]]]:
        for line, row in rows:
            self._check_width(header, line, row)
            yield line, row

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
            if len(line) > LINE_LIMIT_BYTES:
                raise MarketDataFileError(
                    number, self.columns[0], "the line is too long; is this really a CSV file?"
                )
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                column = self.columns[min(line[: error.start].count(b","), len(self.columns) - 1)]
                problem = "bytes that are not UTF-8; save the file as UTF-8"
                raise MarketDataFileError(number, column, problem) from error

    def _checked_header(self, line: int, row: list[str]) -> tuple[str, ...]:
        if not row:
            names = ",".join(self.columns)
            raise MarketDataFileError(
                line, self.columns[0], f"the file is empty; begin with the header {names}"
            )
        if tuple(row) in self.headers:
            return tuple(row)
        meant = nearest(self.headers, row)
        names, found = ",".join(meant), [*row, *[""] * len(meant)]
        wrong = [name for name, text in zip(meant, found, strict=False) if name != text]
        column = wrong[0] if wrong else meant[-1]
        others = [",".join(header) for header in self.headers[1:] if "timestamp_utc" in header]
        problem = f"the header must be exactly {names}, or such as {others[0]}"
        raise MarketDataFileError(line, column, problem)

    def _check_width(self, header: tuple[str, ...], line: int, row: list[str]) -> None:
        width = len(header)
        if len(row) < width:
            raise MarketDataFileError(
                line, header[len(row)], f"the field is missing; a row has {width} fields"
            )
        if len(row) > width:
            last = header[-1]
            raise MarketDataFileError(line, last, f"{len(row)} fields; take away what follows the {last}")
