from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from execution.market_data.bars import Bar
from execution.market_data.benchmarks import day_vwap, slippage_bps
from orders.terms import Side

OPEN = datetime(2013, 10, 4, 13, 30, tzinfo=UTC)


def bar(start: datetime, price: str, volume: int) -> Bar:
    return Bar("SPY", start, *[Decimal(price)] * 4, Decimal(volume))


def test_vwap_weighs_typical_prices_by_volume() -> None:
    wide = Bar("SPY", OPEN, Decimal(10), Decimal(13), Decimal(9), Decimal(11), Decimal(100))
    assert day_vwap([wide, bar(OPEN + timedelta(minutes=1), "12", 300)], mic="XNYS") == Decimal("11.75")


def test_vwap_leaves_out_what_trades_before_and_after_the_session() -> None:
    before = bar(OPEN - timedelta(minutes=1), "50", 1000)
    after = bar(datetime(2013, 10, 4, 20, 0, tzinfo=UTC), "50", 1000)
    last = bar(datetime(2013, 10, 4, 19, 59, tzinfo=UTC), "20", 100)
    assert day_vwap([before, bar(OPEN, "10", 100), last, after], mic="XNYS") == 15


def test_vwap_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing was traded"):
        day_vwap([bar(OPEN, "10", 0)], mic="XNYS")


@pytest.mark.parametrize(
    ("side", "average_price", "cost_bps"),
    [
        (Side.BUY, "100.10", 10),
        (Side.BUY, "99.90", -10),
        (Side.SELL, "100.10", -10),
        (Side.SELL, "99.90", 10),
    ],
)
def test_slippage_is_positive_where_it_costs(side: Side, average_price: str, cost_bps: int) -> None:
    assert slippage_bps(side, Decimal(average_price), Decimal(100)) == cost_bps


def test_slippage_against_no_price_is_refused() -> None:
    with pytest.raises(ValueError, match="more than zero"):
        slippage_bps(Side.BUY, Decimal(1), Decimal(0))
