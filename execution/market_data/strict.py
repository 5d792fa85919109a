"""Rows of market data read one by one: what names the first fault of a file by its line and column.

`vectorised` reads the same files many times as fast and knows only that something is wrong;
tests/execution/market_data/test_files.py holds the two equal.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from execution.market_data.csv_form import CsvForm
from execution.market_data.errors import MarketDataFileError
from execution.market_data.kinds import Kind, Row, text_fault
from execution.market_data.local_minutes import LocalTimeError, local_minute
from orders.kernel.moments import parse_moment

SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{0,31}", re.ASCII)
# As many digits as a price or quantity has in the database, numeric(20, 8); Decimal alone takes NaN and 1_0.
NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,8})?", re.ASCII)
UTC_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|\+00:00)?",
    re.ASCII,
)


def csv_rows(kind: Kind, lines: Iterable[bytes], *, symbol: str | None = None) -> Iterator[Row]:
    """The rows of a CSV file of a kind; `symbol` is whose rows they are where the file does not say.

    Raises MarketDataFileError at the first fault.
    """
    header, rows = CsvForm(kind.forms()).table(lines)
    yield from checked_rows(kind, header, rows, symbol=symbol)


def checked_rows(
    kind: Kind,
    header: tuple[str, ...],
    rows: Iterable[tuple[int, list[str]]],
    *,
    symbol: str | None,
    unit: str = "line",
) -> Iterator[Row]:
    """The rows below a header, each with the number that an error gives it. Raises MarketDataFileError."""
    check_symbol_is_told_once(header, symbol)
    reader = _Reader(kind, header, symbol, unit)
    number = None
    for number, fields in rows:
        yield reader.row(number, dict(zip(header, fields, strict=True)))
    if number is None:
        problem = f"there is a header but no {kind.row_name}; add a row for each"
        raise MarketDataFileError(1, header[0], problem)


def check_symbol_is_told_once(header: tuple[str, ...], symbol: str | None) -> None:
    """Raise MarketDataFileError where a file has no symbols and nobody says whose it is, or where both do."""
    if ("symbol" in header) == (symbol is not None):
        problem = "whose rows are they? give the symbol in a column or once for the file, not both"
        raise MarketDataFileError(1, "symbol", problem)


@dataclass(slots=True)
class _Reader:
    kind: Kind
    header: tuple[str, ...]
    symbol: str | None
    unit: str
    numbers: tuple[str, ...] = field(init=False)
    minutes: dict[tuple[str, str], bytearray] = field(default_factory=dict)
    newest: dict[str, tuple[datetime, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.numbers = self.kind.numbers_in(self.header)

    def row(self, line: int, fields: dict[str, str]) -> Row:
        symbol = self._symbol(line, fields)
        at = self._moment(line, fields)
        numbers = tuple(self._number(line, name, fields[name]) for name in self.numbers)
        if (fault := self.kind.fault(numbers)) is not None:
            raise self._error(line, *fault)
        texts = tuple(self._text(line, name, fields) for name in self.kind.texts)
        if self.kind.whole_minutes:
            self._check_once(line, symbol, at)
        if "trade_id" in self.kind.texts and "trade_id" not in fields:
            texts = (self._numbered(line, symbol, at), *texts[1:])
        return Row(symbol, at, numbers, texts)

    def _error(self, line: int, column: str, problem: str) -> MarketDataFileError:
        return MarketDataFileError(line, column, problem, unit=self.unit)

    def _symbol(self, line: int, fields: dict[str, str]) -> str:
        text = fields.get("symbol", self.symbol or "")
        if not SYMBOL.fullmatch(text):
            raise self._error(line, "symbol", f"{text[:40]!r} is no symbol; write one such as SPY or BRK.B")
        return text

    def _moment(self, line: int, fields: dict[str, str]) -> datetime:
        if "timestamp_utc" in fields:
            return self._utc(line, fields["timestamp_utc"])
        text = fields["time"]
        try:
            return local_minute(fields["date"], text) if "date" in fields else parse_moment(text)
        except LocalTimeError as error:
            raise self._error(line, error.column, str(error)) from error
        except ValueError as error:
            problem = f"{text[:40]!r} is no moment; write it with its offset: 2013-10-07T13:30:00.250Z"
            raise self._error(line, "time", problem) from error

    def _utc(self, line: int, text: str) -> datetime:
        try:
            if not UTC_MOMENT.fullmatch(text):
                raise ValueError("not of the form")
            at = datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError as error:
            problem = f"{text[:40]!r} is no moment; write UTC such as 2024-01-01 23:01:00"
            raise self._error(line, "timestamp_utc", problem) from error
        if self.kind.whole_minutes and (at.second or at.microsecond):
            raise self._error(line, "timestamp_utc", f"{text!r} is no full minute")
        return at

    def _number(self, line: int, column: str, text: str) -> Decimal:
        if not NUMBER.fullmatch(text):
            problem = f"{text[:40]!r} is no decimal number; write plain digits such as 48.97"
            raise self._error(line, column, problem)
        return Decimal(text)

    def _text(self, line: int, column: str, fields: dict[str, str]) -> str:
        if column not in fields:
            return ""
        if (problem := text_fault(column, fields[column])) is not None:
            raise self._error(line, column, problem)
        return fields[column]

    def _check_once(self, line: int, symbol: str, at: datetime) -> None:
        seen = self.minutes.setdefault((symbol, f"{at:%F}"), bytearray(24 * 60))
        minute = at.hour * 60 + at.minute
        if seen[minute]:
            column = "time" if "time" in self.header else "timestamp_utc"
            raise self._error(line, column, f"{symbol} has this minute twice; keep one of the rows")
        seen[minute] = 1

    def _numbered(self, line: int, symbol: str, at: datetime) -> str:
        newest, count = self.newest.get(symbol, (at, 0))
        if at < newest:
            column = "time" if "time" in self.header else "timestamp_utc"
            problem = f"{symbol} has a later print before it; order rows without a trade_id by time"
            raise self._error(line, column, problem)
        count = count + 1 if at == newest else 1
        self.newest[symbol] = at, count
        return f"#{count}"
