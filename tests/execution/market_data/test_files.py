"""Files of market data, whatever their form: read by columns as row by row, and every number as it is written."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from execution.market_data.csv_form import lines_of
from execution.market_data.errors import MarketDataFileError
from execution.market_data.kinds import BARS, QUOTES, TRADES, Kind, Row
from execution.market_data.sources import Source, file_source
from execution.market_data.strict import csv_rows

NAUTILUS = Path("/work/shared/data/market/nautilus_6EH4_1min_202401.csv.gz")
MINUTE = datetime(2024, 1, 2, 14, 30, tzinfo=UTC)
HEADERS = {
    BARS: ("symbol,date,time,open,high,low,close,volume", "timestamp_utc,open,high,low,close,volume"),
    QUOTES: (
        "symbol,time,bid,ask",
        "symbol,timestamp_utc,bid,ask",
        "symbol,time,bid,ask,bid_size,ask_size",
    ),
    TRADES: (
        "symbol,time,price,size,trade_id,condition",
        "timestamp_utc,price,size",
        "time,price,size,condition",
    ),
}
LINES = {
    "symbol,date,time,open,high,low,close,volume": "SPY,2013-10-04,09:{minute:02}:00,167.20,167.40,167.10,167.30,1000",
    "timestamp_utc,open,high,low,close,volume": "2024-01-01 23:{minute:02}:00,1.1076,1.10785,1.1076,1.1078,205",
    "symbol,time,bid,ask": "SPY,2013-10-04T09:{minute:02}:00.250-04:00,167.20,167.21",
    "symbol,timestamp_utc,bid,ask": "SPY,2013-10-04T13:{minute:02}:00.25Z,167.20,167.21",
    "symbol,time,bid,ask,bid_size,ask_size": "SPY,2013-10-04T13:{minute:02}:00.25Z,167.20,167.21,300,0",
    "symbol,time,price,size,trade_id,condition": "SPY,2013-10-04T13:{minute:02}:00Z,167.20,100,A{minute},6",
    "timestamp_utc,price,size": "2013-10-04 13:{minute:02}:00,167.20,100",
    "time,price,size,condition": "2013-10-04T13:{minute:02}:00Z,167.20,100,",
}
PIECES = [
    "",
    "0",
    "-1",
    "1e2",
    "NaN",
    "1_0",
    "9" * 13,
    ".5",
    "1.123456789",
    "€",
    "\x00",
    '"',
    ",",
    " ",
    "#1",
    "٣",
]
PIECES += [
    "24:00:00",
    "2013-02-30",
    "2013-11-03",
    "01:30:00",
    "+25:00",
    "+05:30",
    "Z",
    "T",
    "S" * 70,
    "-04:00",
    "\n",
]


def read(source: Source, kind: Kind) -> list[Row]:
    return [
        Row(
            row["symbol"],
            row["at"].replace(tzinfo=UTC),
            tuple(Decimal(row[name]) for name in kind.all_numbers if row[name] is not None),
            tuple(row[name] for name in kind.texts),
        )
        for table in source.tables()
        for row in table.to_pylist()
    ]


def outcome(reading: Callable[[], list[Row]]) -> list[Row] | tuple[int, str, str]:
    """The rows, or the fault as it is told."""
    try:
        return reading()
    except MarketDataFileError as error:
        return error.line, error.column, str(error)


@pytest.mark.parametrize(("kind", "header"), [(kind, each) for kind in HEADERS for each in HEADERS[kind]])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_read_by_columns_is_the_file_read_row_by_row(
    tmp_path: Path, kind: Kind, header: str, data: st.DataObject
) -> None:
    """Lines that are good, repeated, out of order, or spoilt at some place by some piece."""
    minutes = data.draw(st.lists(st.integers(0, 59), min_size=1, max_size=6))
    lines = [header, *(LINES[header].format(minute=minute) for minute in minutes)]
    if data.draw(st.booleans()):
        number = data.draw(st.integers(1, len(lines) - 1))
        fields = lines[number].split(",")
        place = data.draw(st.integers(0, len(fields) - 1))
        start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(fields[place]))] * 2)))
        fields[place] = fields[place][:start] + data.draw(st.sampled_from(PIECES)) + fields[place][end:]
        lines[number] = ",".join(fields)
    symbol = None if "symbol" in header else "SPY"
    content = ("\n".join(lines) + "\n").encode()
    path = tmp_path / "rows.csv"
    path.write_bytes(content)

    by_row = outcome(lambda: list(csv_rows(kind, lines_of(path), symbol=symbol)))
    by_column = outcome(lambda: read(file_source(kind, path, symbol=symbol), kind))

    if isinstance(by_row, list) or isinstance(by_column, tuple):
        assert by_column == by_row
    else:
        # What the columns let through is what the database looks at: the order of prices, and what comes twice.
        assert any(word in by_row[2] for word in ("above", "below", "twice", "zero or more", "above zero"))


numbers = st.decimals(min_value="0.00000001", max_value="999999999999", places=8)


@st.composite
def bars(draw: st.DrawFn) -> Row:
    prices = sorted(draw(st.tuples(numbers, numbers, numbers, numbers)))
    return Row(
        "BRK.B",
        MINUTE + draw(st.integers(0, 500_000)) * timedelta(minutes=1),
        (prices[1], prices[3], prices[0], prices[2], draw(numbers)),
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(bars(), min_size=1, max_size=8, unique_by=lambda row: row.at))
def test_random_bars_come_back_exactly_out_of_csv_and_out_of_parquet(tmp_path: Path, rows: list[Row]) -> None:
    csv, packed = tmp_path / "bars.csv", tmp_path / "bars.parquet"
    lines = [f"{row.at:%F %T}," + ",".join(f"{each:f}" for each in row.numbers) for row in rows]
    csv.write_text("timestamp_utc,open,high,low,close,volume\n" + "\n".join(lines))
    columns: dict[str, pa.Array] = {
        "start": pa.array([row.at for row in rows], pa.timestamp("ns", "America/New_York"))
    }
    for place, name in enumerate(BARS.numbers):
        columns[name] = pa.array([row.numbers[place] for row in rows], pa.decimal128(38, 8))
    columns["timestamp_utc"] = columns.pop("start")
    parquet.write_table(pa.table(columns), packed)

    assert read(file_source(BARS, csv, symbol="BRK.B"), BARS) == rows
    assert read(file_source(BARS, packed, symbol="BRK.B"), BARS) == rows


def test_a_binary_fraction_is_taken_by_its_shortest_form_and_rounded_to_eight_places(tmp_path: Path) -> None:
    path = tmp_path / "quotes.parquet"
    table = {
        "ask": [1.1, 1e-7, 0.123456785],
        "bid": [1.1, 1e-8, 0.1],
        "time": pa.array([MINUTE.replace(microsecond=each) for each in (1, 2, 3)], pa.timestamp("us", "UTC")),
        "symbol": pa.array(["SPY"] * 3).dictionary_encode(),
    }
    parquet.write_table(pa.table(table), path)

    found = read(file_source(QUOTES, path), QUOTES)

    assert [row.numbers for row in found] == [
        (Decimal("1.1"), Decimal("1.1")),
        (Decimal("0.00000001"), Decimal("0.0000001")),
        (Decimal("0.1"), Decimal("0.12345678")),
    ]
    assert [row.at.microsecond for row in found] == [1, 2, 3]


@pytest.mark.parametrize(
    ("name", "column", "says"),
    [
        ("bid", pa.array([1.0, float("nan")]), "row 2, column bid"),
        ("bid", pa.array([Decimal("1.000000001"), Decimal(1)]), "row 1, column bid"),
        ("bid", pa.array([Decimal(1), None]), "row 2, column bid"),
        ("time", pa.array([MINUTE.replace(tzinfo=None)] * 2), "column time: moments without a zone"),
        ("time", pa.array([1, 1704205800000000001], pa.timestamp("ns", "UTC")), "row 1, column time"),
        ("last", pa.array([1, 2]), "the columns must be exactly symbol, time, bid, ask"),
        ("bid_size", pa.array([1, 2]), "column ask_size: the columns must be exactly"),
    ],
)
def test_a_fault_of_a_parquet_file_is_named_by_row_and_column(
    tmp_path: Path, name: str, column: pa.Array, says: str
) -> None:
    path = tmp_path / "quotes"
    columns = {
        "symbol": ["SPY"] * 2,
        "time": pa.array([MINUTE] * 2),
        "bid": [1, 1],
        "ask": [2, 2],
        name: column,
    }
    parquet.write_table(pa.table(columns), path)

    with pytest.raises(MarketDataFileError, match=says):
        read(file_source(QUOTES, path), QUOTES)


def test_sizes_of_quotes_come_out_of_a_parquet_file_and_one_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "quotes"
    columns = {"time": pa.array([MINUTE] * 2), "bid": [1, 1], "ask": [2, 2], "ask_size": [0, 700]}
    for sizes in ([2.5, 100.0], [2.5, None]):
        columns["bid_size"] = pa.array(sizes)
        parquet.write_table(pa.table(columns), path)
        source = file_source(QUOTES, path, symbol="SPY")
        if None not in sizes:
            assert [row.numbers[2:] for row in read(source, QUOTES)] == [(Decimal("2.5"), 0), (100, 700)]
    with pytest.raises(MarketDataFileError, match="row 2, column bid_size"):
        read(source, QUOTES)


def test_prints_without_an_id_are_numbered_within_their_moment_across_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("execution.market_data.sources._BLOCK_BYTES", 200)
    path = tmp_path / "trades.csv"
    lines = [f"2024-01-02 14:30:{second:02},1.5,{size}" for second in (0, 7) for size in range(1, 41)]
    path.write_text("timestamp_utc,price,size\n" + "\n".join(lines))
    source = file_source(TRADES, path, symbol="SPY")

    assert len(list(source.tables())) > 5
    assert [row.texts[0] for row in read(source, TRADES)] == [f"#{number}" for number in range(1, 41)] * 2


def test_a_gzipped_file_is_read_whatever_its_name_and_a_spoilt_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    header = "timestamp_utc,open,high,low,close,volume"
    packed = gzip.compress(f"{header}\n{LINES[header].format(minute=1)}\n".encode())
    path.write_bytes(packed)
    assert len(read(file_source(BARS, path, symbol="6EH4"), BARS)) == 1

    path.write_bytes(packed[:-9])
    with pytest.raises(MarketDataFileError, match="spoilt"):
        read(file_source(BARS, path, symbol="6EH4"), BARS)


@pytest.mark.parametrize(("header", "symbol"), [("symbol,timestamp_utc", "SPY"), ("timestamp_utc", None)])
def test_the_symbol_is_told_once(tmp_path: Path, header: str, symbol: str | None) -> None:
    path = tmp_path / "bars.csv"
    path.write_text(f"{header},open,high,low,close,volume\n")
    with pytest.raises(MarketDataFileError, match="whose rows are they"):
        read(file_source(BARS, path, symbol=symbol), BARS)


def test_a_month_of_real_futures_bars_is_read_whole() -> None:
    if not NAUTILUS.is_file():
        pytest.skip(f"NO REAL BARS: {NAUTILUS} is absent")
    rows = read(file_source(BARS, NAUTILUS, symbol="6EH4"), BARS)
    assert (len(rows), rows[0].at, rows[0].numbers[1]) == (
        29_996,
        datetime(2024, 1, 1, 23, 1, tzinfo=UTC),
        Decimal("1.10785"),
    )
