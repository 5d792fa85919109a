"""Parquet files as columns of text, as a CSV file would have them.

Decimals and whole numbers are exact. A binary fraction (float) is taken by its shortest decimal form, and rounded to
the eight places that are kept: 1.1 is 1.1. Moments have a zone, or are UTC by the column's name.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from execution.market_data.csv_form import nearest
from execution.market_data.errors import MarketDataFileError
from execution.market_data.kinds import Kind
from execution.market_data.strict import NUMBER

MAGIC = b"PAR1"
_ROWS_AT_ONCE = 65_536
_PLACES = Decimal(1).scaleb(-8)


def header_of(kind: Kind, path: Path) -> tuple[str, ...]:
    """Return the header with which the file's columns agree in any order. Raises MarketDataFileError, OSError."""
    schema = _opened(path).schema_arrow
    for header in kind.forms():
        if sorted(header) == sorted(schema.names):
            _check_zone(header, schema)
            return header
    meant = nearest(kind.forms(), schema.names)
    missing = [name for name in meant if name not in schema.names]
    column = missing[0] if missing else meant[-1]
    raise MarketDataFileError(1, column, f"the columns must be exactly {', '.join(meant)}", unit="row")


def text_batches(path: Path, header: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    """The rows of the file as text, batch by batch."""
    for batch in _opened(path).iter_batches(batch_size=_ROWS_AT_ONCE, columns=list(header)):
        columns = [_text(name, batch.column(name)) for name in header]
        yield pa.record_batch(columns, names=list(header))


def text_rows(path: Path, header: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """The same row by row, each with its number from 1."""
    number = 0
    for batch in text_batches(path, header):
        columns = [column.to_pylist() for column in batch.columns]
        for fields in zip(*columns, strict=True):
            number += 1
            yield number, ["" if text is None else text for text in fields]


def _opened(path: Path) -> parquet.ParquetFile:
    try:
        return parquet.ParquetFile(path)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise MarketDataFileError(1, "symbol", f"the Parquet file is spoilt: {error}", unit="row") from error


def _check_zone(header: tuple[str, ...], schema: pa.Schema) -> None:
    for name in header:
        of_type = schema.field(name).type
        if pa.types.is_timestamp(of_type) and of_type.tz is None and name != "timestamp_utc":
            problem = "moments without a zone; give them one, or name the column timestamp_utc"
            raise MarketDataFileError(1, name, problem, unit="row")


def _text(name: str, column: pa.Array) -> pa.Array:
    of_type = column.type
    if pa.types.is_dictionary(of_type):
        column = column.dictionary_decode()
        of_type = column.type
    if pa.types.is_timestamp(of_type):
        return _moment_text(name, column)
    if pa.types.is_time(of_type):
        return pc.cast(column, pa.time32("s"), safe=False).cast(pa.string())
    if pa.types.is_floating(of_type) or pa.types.is_decimal(of_type):
        return _number_text(column)
    return column.cast(pa.string())


def _moment_text(name: str, column: pa.Array) -> pa.Array:
    """RFC 3339 in UTC. Finer than a microsecond is none of ours: it keeps its digits, and is refused for them."""
    in_utc = column.cast(pa.timestamp(column.type.unit))
    if column.type.unit == "ns":
        whole = in_utc.cast(pa.timestamp("us"), safe=False)
        in_utc = in_utc if not whole.cast(pa.timestamp("ns")).equals(in_utc) else whole
    text = in_utc.cast(pa.string())
    if name == "timestamp_utc":
        return text
    return pc.binary_join_element_wise(pc.replace_substring(text, " ", "T"), "Z", "")


def _number_text(column: pa.Array) -> pa.Array:
    is_float = pa.types.is_floating(column.type)
    text = column.cast(pa.string())
    plain = pc.match_substring_regex(text, f"^{NUMBER.pattern}$")
    if pc.all(plain).as_py():
        return text
    return pa.array([_spelled(each, is_float=is_float) for each in text.to_pylist()], pa.string())


def _spelled(text: str | None, *, is_float: bool) -> str | None:
    """Plain digits, where the number has any; a decimal with more places than are kept stays as it is."""
    if text is None or NUMBER.fullmatch(text):
        return text
    try:
        number = Decimal(text)
        rounded = number.quantize(_PLACES, rounding=ROUND_HALF_EVEN)
    except InvalidOperation:
        return text
    return f"{rounded:f}" if is_float or rounded == number else text
