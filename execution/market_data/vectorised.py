"""Rows of market data read many at once: columns of text become moments and numbers that are known to be good.

It says only that something is wrong; what, and in which line, `strict` finds out. Numbers stay the text that they are:
the database makes them exact decimals, and nothing passes through a binary fraction.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from execution.market_data.kinds import Kind, text_fault
from execution.market_data.local_minutes import local_minute
from execution.market_data.strict import NUMBER, SYMBOL, UTC_MOMENT

_MICROSECONDS = 1_000_000
_NUMBER = f"^{NUMBER.pattern}$"
_UTC = f"^{UTC_MOMENT.pattern}$".replace(r"\d", "[0-9]")
_TIME = "^([01][0-9]|2[0-3]):[0-5][0-9]:00$"
_RFC_3339 = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"([.][0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
MOMENT = pa.timestamp("us")


class NotPlain(ValueError):
    """Something in these rows is not as it should be."""


@dataclass(slots=True)
class Columns:
    """Reads batches of one file, in their order: prints without an id are numbered across batches."""

    kind: Kind
    header: tuple[str, ...]
    symbol: str | None
    _newest: dict[str, tuple[int, int]] = field(default_factory=dict)

    def read(self, batch: pa.RecordBatch) -> pa.Table:
        """Return a batch of text columns as `symbol`, `at` (naive UTC), numbers and texts.

        Numbers that the file does not have are null. Raises NotPlain.
        """
        texts = {name: batch.column(name) for name in self.header}
        if any(column.null_count for column in texts.values()):
            raise NotPlain("a field is missing")
        symbols = texts.get("symbol", pa.array([self.symbol] * len(batch), pa.string()))
        _check_each_once(symbols, lambda text: SYMBOL.fullmatch(text) is not None)
        at = self._moments(texts)
        columns = {"symbol": symbols, "at": at}
        for name in self.kind.all_numbers:
            columns[name] = self._numbers(name, texts)
        given = {name: texts.get(name) for name in self.kind.texts}
        for name, column in given.items():
            columns[name] = self._text(name, column, columns)
        return pa.table(columns)

    def _moments(self, texts: dict[str, pa.Array]) -> pa.Array:
        try:
            if "timestamp_utc" in texts:
                at = _utc(texts["timestamp_utc"])
            elif "date" in texts:
                at = _new_york(texts["date"], texts["time"])
            else:
                _require(pc.match_substring_regex(texts["time"], _RFC_3339), "time")
                at = pc.cast(texts["time"], pa.timestamp("us", "UTC")).cast(MOMENT)
        except (pa.ArrowInvalid, OverflowError) as error:
            raise NotPlain(str(error)) from error
        if self.kind.whole_minutes:
            within = numpy.mod(at.cast(pa.int64()).to_numpy(), 60 * _MICROSECONDS)
            if within.any():
                raise NotPlain("no full minute")
        return at

    def _numbers(self, name: str, texts: dict[str, pa.Array]) -> pa.Array:
        if name not in self.header:
            return pa.nulls(len(next(iter(texts.values()))), pa.string())
        _require(pc.match_substring_regex(texts[name], _NUMBER), name)
        return texts[name]

    def _text(self, name: str, column: pa.Array | None, columns: dict[str, pa.Array]) -> pa.Array:
        if column is not None:
            _check_each_once(column, lambda text: text_fault(name, text) is None)
            return column
        if name == "trade_id":
            return self._numbers_within_moments(columns["symbol"], columns["at"])
        return pa.array([""] * len(columns["symbol"]), pa.string())

    def _numbers_within_moments(self, symbols: pa.Array, at: pa.Array) -> pa.Array:
        moments = at.cast(pa.int64()).to_numpy()
        codes = symbols.dictionary_encode()
        of_symbol = codes.indices.to_numpy()
        numbers = numpy.empty(len(moments), dtype=numpy.int64)
        for code, symbol in enumerate(codes.dictionary.to_pylist()):
            places = numpy.flatnonzero(of_symbol == code)
            numbers[places] = self._numbered(symbol, moments[places])
        return pc.binary_join_element_wise("#", pa.array(numbers).cast(pa.string()), "")

    def _numbered(self, symbol: str, moments: NDArray[numpy.int64]) -> NDArray[numpy.int64]:
        """Which print of its moment each is, in order of time; earlier batches' last moment may go on here."""
        newest, count = self._newest.get(symbol, (int(moments[0]), 0))
        if moments[0] < newest or (numpy.diff(moments) < 0).any():
            raise NotPlain("out of order")
        begins = numpy.r_[True, numpy.diff(moments) > 0]
        first = numpy.flatnonzero(begins)[numpy.cumsum(begins) - 1]
        numbers: NDArray[numpy.int64] = numpy.arange(len(moments), dtype=numpy.int64) - first + 1
        numbers[moments == newest] += count
        self._newest[symbol] = int(moments[-1]), int(numbers[-1])
        return numbers


def _require(matches: pa.Array, column: str) -> None:
    if not pc.all(matches).as_py() and len(matches):
        raise NotPlain(column)


def _check_each_once(column: pa.Array, is_good: Callable[[str], bool]) -> None:
    """Ask of each distinct text once; of columns that hardly repeat this is as slow as asking of each."""
    for text in pc.unique(column).to_pylist():
        if not is_good(text):
            raise NotPlain(text[:40])


def _utc(texts: pa.Array) -> pa.Array:
    _require(pc.match_substring_regex(texts, _UTC), "timestamp_utc")
    return pc.cast(pc.replace_substring_regex(texts, r"(Z|\+00:00)$", ""), MOMENT)


def _new_york(dates: pa.Array, times: pa.Array) -> pa.Array:
    """Each distinct hour is asked of New York's clock once; its minutes follow."""
    _require(pc.match_substring_regex(times, _TIME), "time")
    hours = pc.binary_join_element_wise(dates, pc.utf8_slice_codeunits(times, 0, 2), " ").dictionary_encode()
    try:
        begins = [_microseconds(text) for text in hours.dictionary.to_pylist()]
    except ValueError as error:
        raise NotPlain(str(error)) from error
    hour = numpy.array(begins, dtype=numpy.int64)[hours.indices.to_numpy()]
    minutes = pc.utf8_slice_codeunits(times, 3, 5).cast(pa.int64()).to_numpy()
    return pa.array(hour + minutes * (60 * _MICROSECONDS)).cast(MOMENT)


def _microseconds(text: str) -> int:
    day, _space, hour = text.rpartition(" ")
    return int(local_minute(day, f"{hour}:00:00").timestamp()) * _MICROSECONDS
