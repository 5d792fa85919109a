"""Quotes in a CSV file: each fault is named by line and column."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from execution.market_data.errors import MarketDataFileError
from execution.market_data.kinds import QUOTES
from execution.market_data.quotes import Quote
from execution.market_data.strict import csv_rows

HEADER = b"symbol,time,bid,ask\n"
ROW = b"SPY,2013-10-04T13:30:00.250Z,167.20,167.21\n"


SIZED_HEADER = b"symbol,time,bid,ask,bid_size,ask_size\n"
SIZED = b"SPY,2013-10-04T13:30:00.250Z,167.20,167.21,300,0\n"


def parse_quotes(lines: list[bytes]) -> list[Quote]:
    return [Quote(row.symbol, row.at, *row.numbers) for row in csv_rows(QUOTES, lines)]


def test_a_row_becomes_a_quote_at_its_moment_in_utc() -> None:
    (quote,) = parse_quotes([HEADER, ROW])
    at = datetime(2013, 10, 4, 13, 30, 0, 250_000, tzinfo=UTC)

    assert quote == Quote("SPY", at, Decimal("167.20"), Decimal("167.21"))
    assert quote.mid == Decimal("167.205")


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    (quote,) = parse_quotes([HEADER, ROW.replace(b"13:30:00.250Z", b"09:30:00-04:00")])
    assert quote.at == datetime(2013, 10, 4, 13, 30, tzinfo=UTC)


def test_bid_and_ask_may_be_equal_and_rows_in_any_order() -> None:
    earlier = ROW.replace(b"13:30", b"08:00").replace(b"167.21", b"167.20")
    assert [quote.at.hour for quote in parse_quotes([HEADER, ROW, earlier])] == [13, 8]


@pytest.mark.parametrize(
    ("found", "wrong", "column", "says"),
    [
        (b"SPY", b"S P", "symbol", "no symbol"),
        (b"2013-10-04T", b"2013-10-04 ", "time", "no moment"),
        (b".250Z", b"", "time", "with its offset"),
        (b"2013-10-04", b"2013-02-30", "time", "no moment"),
        (b"167.20", b"NaN", "bid", "plain digits"),
        (b"167.20", b"0", "bid", "above zero"),
        (b"167.21", b"-1", "ask", "above zero"),
        (b"167.21", b"167.19", "ask", "below the bid"),
        (b",167.21", b"", "ask", "missing"),
        (b"167.21", b"167.21,1", "ask", "what follows the ask"),
    ],
)
def test_a_fault_is_named_by_line_and_column(found: bytes, wrong: bytes, column: str, says: str) -> None:
    with pytest.raises(MarketDataFileError) as caught:
        list(parse_quotes([HEADER, ROW, ROW.replace(found, wrong)]))

    assert (caught.value.line, caught.value.column) == (3, column)
    assert says in caught.value.detail


def test_a_file_may_have_the_sizes_of_bid_and_ask_and_zero_is_one() -> None:
    (quote,) = parse_quotes([SIZED_HEADER, SIZED])
    assert (quote.bid_size, quote.ask_size) == (Decimal(300), Decimal(0))


@pytest.mark.parametrize(
    ("found", "wrong", "column", "says"),
    [
        (b",300", b",-1", "bid_size", "zero or more"),
        (b",0\n", b",-0.5\n", "ask_size", "zero or more"),
        (b",0\n", b",\n", "ask_size", "plain digits"),
        (b",300,0", b"", "bid_size", "missing"),
    ],
)
def test_a_wrong_size_is_named_by_line_and_column(found: bytes, wrong: bytes, column: str, says: str) -> None:
    with pytest.raises(MarketDataFileError) as caught:
        parse_quotes([SIZED_HEADER, SIZED, SIZED.replace(found, wrong)])

    assert (caught.value.line, caught.value.column) == (3, column)
    assert says in caught.value.detail


@pytest.mark.parametrize(("only", "missing"), [("bid_size", "ask_size"), ("ask_size", "bid_size")])
def test_a_file_with_one_of_the_sizes_is_told_which_is_missing(only: str, missing: str) -> None:
    with pytest.raises(MarketDataFileError, match="bid,ask,bid_size,ask_size") as caught:
        parse_quotes([f"symbol,time,bid,ask,{only}\n".encode(), SIZED])
    assert (caught.value.line, caught.value.column) == (1, missing)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "the file is empty"),
        ([HEADER], "no quote"),
        ([HEADER.replace(b"time", b"at"), ROW], "symbol,time,bid,ask"),
    ],
)
def test_a_file_without_a_quote_or_of_another_form_is_refused(lines: list[bytes], says: str) -> None:
    with pytest.raises(MarketDataFileError, match=says):
        list(parse_quotes(lines))
