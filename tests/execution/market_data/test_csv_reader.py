import time
import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from execution.market_data.bars import Bar
from execution.market_data.csv_reader import parse_bars, read_bars
from execution.market_data.errors import MarketDataFileError

HEADER = b"symbol,date,time,open,high,low,close,volume\n"
ROW = b"SPY,2013-10-04,09:30:00,167.20,167.40,167.10,167.30,1000\n"
REAL_DAY = Path(__file__).parents[4] / "shared" / "data" / "market" / "us_equities_minute_trades.csv"


def fault(lines: Iterable[bytes]) -> MarketDataFileError:
    with pytest.raises(MarketDataFileError) as caught:
        list(parse_bars(lines))
    return caught.value


def test_a_row_becomes_a_bar_with_its_start_in_utc() -> None:
    (bar,) = parse_bars([HEADER, ROW])
    start = datetime(2013, 10, 4, 13, 30, tzinfo=UTC)
    prices = [Decimal(text) for text in ("167.20", "167.40", "167.10", "167.30", "1000")]
    assert bar == Bar("SPY", start, *prices)


def test_winter_time_is_an_hour_further_from_utc() -> None:
    (bar,) = parse_bars([HEADER, ROW.replace(b"10-04", b"12-04")])
    assert bar.start == datetime(2013, 12, 4, 14, 30, tzinfo=UTC)


def test_byte_order_mark_and_crlf_and_blank_lines_are_passed_over() -> None:
    lines = [b"\xef\xbb\xbf" + HEADER.replace(b"\n", b"\r\n"), b"\r\n", ROW.replace(b"\n", b"\r\n"), b"\n"]
    assert len(list(parse_bars(lines))) == 1


def test_rows_may_come_in_any_order() -> None:
    earlier = ROW.replace(b"09:30", b"04:00")
    assert [bar.start.hour for bar in parse_bars([HEADER, ROW, earlier])] == [13, 8]


@pytest.mark.parametrize(
    ("found", "wrong", "column", "says"),
    [
        (b"SPY", b"S P", "symbol", "no symbol"),
        (b"SPY", b"", "symbol", "no symbol"),
        (b"2013-10-04", b"04/10/2013", "date", "YYYY-MM-DD"),
        (b"2013-10-04", b"2013-02-30", "date", "YYYY-MM-DD"),
        (b"2013-10-04", b"2013-W40-5", "date", "YYYY-MM-DD"),
        (b"2013-10-04", b"0001-01-01\x00", "date", "YYYY-MM-DD"),
        (b"09:30:00", b"9:30", "time", "09:30:00"),
        (b"09:30:00", b"24:00:00", "time", "09:30:00"),
        (b"09:30:00", b"09:30:01", "time", "09:30:00"),
        (b"167.20", b"abc", "open", "plain digits"),
        (b"167.40", b"NaN", "high", "plain digits"),
        (b"167.10", b"Infinity", "low", "plain digits"),
        (b"167.30", b"1e2", "close", "plain digits"),
        (b"167.30", b"1_67", "close", "plain digits"),
        (b"167.30", b"167,30", "volume", "take away"),
        (b",1000", b"", "volume", "missing"),
        (b"1000", b"1000,", "volume", "take away"),
        (b"1000", b"9999999999999", "volume", "plain digits"),
        (b"167.20", b"0", "open", "above zero"),
        (b"167.10", b"-167.10", "low", "above zero"),
        (b"1000", b"-1", "volume", "zero or more"),
        (b"167.40", b"167.25", "high", "highest"),
        (b"167.10", b"167.25", "low", "lowest"),
        (b"1000", b"1\xff00", "volume", "UTF-8"),
        (b"SPY", b'"SPY', "symbol", "quotes"),
        (b"SPY", b"S" * 5000, "symbol", "too long"),
    ],
)
def test_a_fault_is_named_by_line_and_column(found: bytes, wrong: bytes, column: str, says: str) -> None:
    good = ROW.replace(b"09:30", b"10:30")
    error = fault([HEADER, good, ROW.replace(found, wrong, 1)])
    assert (error.line, error.column) == (3, column)
    assert says in str(error)
    assert error.facts == {"line": 3, "column": column}


def test_a_minute_given_twice_is_refused_but_another_symbol_may_have_it() -> None:
    other = ROW.replace(b"SPY", b"IBM")
    error = fault([HEADER, ROW, other, ROW.replace(b"1000", b"2000")])
    assert (error.line, error.column) == (4, "time")
    assert "SPY has this minute twice" in str(error)


def test_a_time_that_new_yorks_clocks_skip_is_refused() -> None:
    error = fault([HEADER, ROW.replace(b"2013-10-04,09:30", b"2013-03-10,02:30")])
    assert (error.line, error.column) == (2, "time")
    assert "skip" in str(error)


def test_a_time_that_new_yorks_clocks_show_twice_is_refused() -> None:
    error = fault([HEADER, ROW.replace(b"2013-10-04,09:30", b"2013-11-03,01:30")])
    assert (error.line, error.column) == (2, "time")
    assert "twice" in str(error)


@pytest.mark.parametrize(
    ("header", "column"),
    [
        (ROW, "symbol"),
        (HEADER.replace(b"close", b"last"), "close"),
        (HEADER.replace(b",volume", b""), "volume"),
        (HEADER.replace(b"volume", b"volume,trades"), "volume"),
    ],
)
def test_a_wrong_header_is_refused_with_the_right_one(header: bytes, column: str) -> None:
    error = fault([header, ROW])
    assert (error.line, error.column) == (1, column)
    assert "symbol,date,time,open,high,low,close,volume" in str(error)


@pytest.mark.parametrize("lines", [[], [HEADER]])
def test_a_file_without_a_bar_is_refused(lines: list[bytes]) -> None:
    assert fault(lines).line == 1


def test_a_file_of_real_bars_is_read_whole() -> None:
    if not REAL_DAY.is_file():
        pytest.skip(f"NO REAL BARS: {REAL_DAY} is absent")
    bars = list(read_bars(REAL_DAY))
    rows = REAL_DAY.read_bytes().strip().split(b"\n")
    assert len(bars) == len(rows) - 1
    assert sum(bar.volume for bar in bars) == sum(int(row.split(b",")[7]) for row in rows[1:])


def many_rows(count: int) -> Iterable[bytes]:
    yield HEADER
    for number in range(count):
        day, minute = divmod(number, 1440)
        clock = f"{minute // 60:02}:{minute % 60:02}:00"
        yield f"S{day},2013-10-04,{clock},1.1,1.4,1.0,1.3,{number}\n".encode()


@pytest.mark.long
def test_a_million_rows_are_read_within_a_minute() -> None:
    began = time.monotonic()
    assert sum(1 for _ in parse_bars(many_rows(1_000_000))) == 1_000_000
    assert time.monotonic() - began < 60


def test_rows_are_not_held_in_memory() -> None:
    tracemalloc.start()
    try:
        assert sum(1 for _ in parse_bars(many_rows(20_000))) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
