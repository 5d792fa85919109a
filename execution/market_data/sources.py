"""Where rows of market data come from: a CSV file, gzip'd or not, a Parquet file, or a program's own rows.

What a file is its first bytes tell. It is read in batches of some ten thousand rows, so memory does not grow with it.
A source may be read several times: the service that stores it may have to begin anew.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from pyarrow import csv

from execution.market_data import parquet
from execution.market_data.csv_form import CsvForm
from execution.market_data.errors import MarketDataFileError
from execution.market_data.gzip_lines import is_gzip, lines_of_any
from execution.market_data.kinds import Kind, Row
from execution.market_data.strict import check_symbol_is_told_once, checked_rows, csv_rows
from execution.market_data.vectorised import MOMENT, Columns, NotPlain

_BLOCK_BYTES = 4 << 20
_ROWS_AT_ONCE = 50_000


class Source(Protocol):
    """Rows of one kind of market data, and the name and SHA-256 of the file that they are in."""

    @property
    def name(self) -> str:
        """The file's name, empty for none."""
        ...

    def sha256(self) -> str:
        """The digest of the file in hex, empty for none. Raises OSError."""
        ...

    def tables(self) -> Iterator[pa.Table]:
        """The rows as `vectorised.Columns` makes them. Raises MarketDataFileError at the first fault, OSError."""
        ...

    def explain(self) -> None:
        """Raise MarketDataFileError for the first fault that one row after the other shows; return if there is none."""
        ...


def file_source(kind: Kind, path: Path, *, symbol: str | None = None) -> Source:
    """Return the source that the file's first bytes say it is. Raises OSError."""
    with path.open("rb") as file:
        is_parquet = file.read(4) == parquet.MAGIC
    return ParquetSource(kind, path, symbol) if is_parquet else CsvSource(kind, path, symbol)


@dataclass(frozen=True, slots=True)
class _FileSource:
    kind: Kind
    path: Path
    symbol: str | None

    @property
    def name(self) -> str:
        return self.path.name[:255]

    def sha256(self) -> str:
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


class CsvSource(_FileSource):
    """A CSV file, plain or gzip'd."""

    def tables(self) -> Iterator[pa.Table]:
        header, _rows = CsvForm(self.kind.forms()).table(lines_of_any(self.path))
        check_symbol_is_told_once(header, self.symbol)
        columns = Columns(self.kind, header, self.symbol)
        try:
            for batch in self._batches(header):
                yield columns.read(batch)
        except (NotPlain, pa.ArrowInvalid, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # of the system; what pyarrow says of spoilt gzip has no number
            self.explain()
            raise MarketDataFileError(1, header[0], f"it cannot be read: {error}") from error

    def explain(self) -> None:
        for _row in csv_rows(self.kind, lines_of_any(self.path), symbol=self.symbol):
            pass

    def _batches(self, header: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
        compression = "gzip" if is_gzip(self.path) else None
        with pa.input_stream(str(self.path), compression=compression) as stream:
            yield from csv.open_csv(
                stream,
                read_options=csv.ReadOptions(block_size=_BLOCK_BYTES),
                convert_options=csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string())),
            )


class ParquetSource(_FileSource):
    """A Parquet file whose columns have the names of the CSV file's, in any order."""

    def tables(self) -> Iterator[pa.Table]:
        header = parquet.header_of(self.kind, self.path)
        check_symbol_is_told_once(header, self.symbol)
        columns = Columns(self.kind, header, self.symbol)
        try:
            for batch in parquet.text_batches(self.path, header):
                yield columns.read(batch)
        except NotPlain as error:
            self.explain()
            raise MarketDataFileError(1, header[0], f"it cannot be read: {error}", unit="row") from error

    def explain(self) -> None:
        header = parquet.header_of(self.kind, self.path)
        rows = parquet.text_rows(self.path, header)
        for _row in checked_rows(self.kind, header, rows, symbol=self.symbol, unit="row"):
            pass


@dataclass(frozen=True, slots=True)
class RowSource:
    """Rows that a program has at hand; whoever made them checked them."""

    kind: Kind
    rows: Sequence[Row]
    name: str = ""

    def sha256(self) -> str:
        return ""

    def tables(self) -> Iterator[pa.Table]:
        for start in range(0, len(self.rows), _ROWS_AT_ONCE):
            yield self._table(self.rows[start : start + _ROWS_AT_ONCE])

    def explain(self) -> None:
        return None

    def _table(self, rows: Sequence[Row]) -> pa.Table:
        columns: dict[str, pa.Array] = {
            "symbol": pa.array([row.symbol for row in rows], pa.string()),
            "at": pa.array([row.at.replace(tzinfo=None) for row in rows], MOMENT),
        }
        for place, name in enumerate(self.kind.all_numbers):
            numbers = [str(row.numbers[place]) if place < len(row.numbers) else None for row in rows]
            columns[name] = pa.array(numbers, pa.string())
        for place, name in enumerate(self.kind.texts):
            columns[name] = pa.array([row.texts[place] for row in rows], pa.string())
        return pa.table(columns)
