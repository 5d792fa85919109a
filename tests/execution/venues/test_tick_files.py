from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from execution.market_data.errors import MarketDataFileError
from execution.session import XNYS, current_or_next_session
from execution.venues.simulated.tick_files import HeldTicks, held_ticks
from execution.venues.simulated.ticks import QuoteTick, TradeTick
from orders.terms import TimeInForce
from tests.execution.venues.conftest import OPEN

QUOTES = "symbol,time,bid,ask,bid_size,ask_size\n"
TRADES = "symbol,time,price,size,condition\n"
MOMENT = "2013-10-04T13:30:01Z"


def held(folder: Path, quotes: str, trades: str) -> HeldTicks:
    (folder / "quotes.csv").write_text(QUOTES + quotes)
    (folder / "trades.csv").write_text(TRADES + trades)
    return held_ticks(folder / "quotes.csv", folder / "trades.csv")


def test_ticks_come_by_time_and_prints_before_the_quote_of_their_moment(tmp_path: Path) -> None:
    ticks = held(
        tmp_path,
        f"SPY,{MOMENT},9.99,10.01,300,0\nSPY,2013-10-04T13:30:00Z,9.98,10.00,300,200\n",
        f"SPY,{MOMENT},10.00,70,O\nSPY,2013-10-04T09:30:01-04:00,10.01,5,\n",
    )
    first, second = OPEN, OPEN + timedelta(seconds=1)
    assert ticks.between("SPY", first - timedelta(seconds=1), second) == [
        QuoteTick(first, Decimal("9.98"), Decimal(300), Decimal("10.00"), Decimal(200)),
        TradeTick(second, Decimal("10.00"), Decimal(70), "O"),
        TradeTick(second, Decimal("10.01"), Decimal(5)),
        QuoteTick(second, Decimal("9.99"), Decimal(300), Decimal("10.01"), Decimal(0)),
    ]
    assert len(ticks.between("SPY", first, second)) == 3, "what is at `after` is not among them"
    assert ticks.between("IBM", first, second) == []
    assert TradeTick(second, Decimal(1), Decimal(1), "O").auction is TimeInForce.OPG


def test_only_the_session_that_has_both_has_ticks(tmp_path: Path) -> None:
    ticks = held(tmp_path, f"SPY,{MOMENT},9.99,10.01,300,100\n", f"SPY,{MOMENT},10.00,70,\n")
    friday = current_or_next_session(OPEN, XNYS)
    assert ticks.has_session("SPY", friday)
    assert not ticks.has_session("SPY", current_or_next_session(friday.close, XNYS))
    assert not ticks.has_session("IBM", friday)


@pytest.mark.parametrize(
    ("quotes", "trades", "column"),
    [
        (f"SPY,{MOMENT},10.02,10.01,1,1\n", "", "ask"),
        (f"SPY,{MOMENT},0,10.01,1,1\n", "", "bid"),
        (f"SPY,{MOMENT},9.99,10.01,-1,1\n", "", "bid_size"),
        (f"SPY,{MOMENT},9.99,10.01,1\n", "", "ask_size"),
        ("SPY,13:30,9.99,10.01,1,1\n", "", "time"),
        ("", f"SPY,{MOMENT},ten,1,\n", "price"),
        ("", f"SPY,{MOMENT},NaN,1,\n", "price"),
        ("", f"SPY,{MOMENT},10.00,0,\n", "size"),
        ("", f"SPY,{MOMENT},10.00,1,,\n", "condition"),
    ],
)
def test_a_fault_is_named_with_its_line_and_column(
    tmp_path: Path, quotes: str, trades: str, column: str
) -> None:
    with pytest.raises(MarketDataFileError) as found:
        held(tmp_path, quotes, trades)
    assert (found.value.line, found.value.column) == (2, column)


def test_a_file_without_sizes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "quotes.csv").write_text("symbol,time,bid,ask\n")
    (tmp_path / "trades.csv").write_text(TRADES)
    with pytest.raises(MarketDataFileError, match="header must begin"):
        held_ticks(tmp_path / "quotes.csv", tmp_path / "trades.csv")
