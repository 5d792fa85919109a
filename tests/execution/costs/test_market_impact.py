"""I-Star's published figures, spread capture, reversion, participation."""

from decimal import Decimal

import pytest

from execution.costs.market_impact import (
    captured_share,
    instantaneous_impact_bps,
    market_impact_bps,
    participation,
    reversion_bps,
)
from orders.terms import Side


def test_the_published_figures_of_i_star() -> None:
    assert round(instantaneous_impact_bps(size_share=0.1, volatility=0.25), 3) == 74.571
    assert round(market_impact_bps(size_share=0.1, volatility=0.25, participation=0.1), 3) == 24.601
    assert market_impact_bps(size_share=0, volatility=0.25, participation=0.1) == 0


@pytest.mark.parametrize("wrong", ["size_share", "volatility", "participation"])
def test_nothing_is_below_zero(wrong: str) -> None:
    with pytest.raises(ValueError, match="below zero"):
        market_impact_bps(**{"size_share": 0.1, "volatility": 0.1, "participation": 0.1, wrong: -0.1})


def test_the_spread_is_kept_at_ones_own_side_and_paid_at_the_other() -> None:
    quotes = {"bid": Decimal("10.00"), "ask": Decimal("10.04")}
    kept = {
        side: [
            captured_share(side, price=Decimal(price), **quotes)
            for price in ("10.00", "10.02", "10.04", "10.05")
        ]
        for side in Side
    }

    assert kept[Side.BUY] == [1, Decimal("0.5"), 0, Decimal("-0.25")]
    assert kept[Side.SELL] == [0, Decimal("0.5"), 1, Decimal("1.25")]
    assert captured_share(Side.BUY, price=Decimal(10), bid=Decimal(10), ask=Decimal(10)) is None


def test_what_came_back_is_positive_on_both_sides() -> None:
    bought = reversion_bps(Side.BUY, at_last_fill=Decimal(100), afterwards=Decimal(99))
    sold = reversion_bps(Side.SELL, at_last_fill=Decimal(100), afterwards=Decimal(101))

    assert bought == sold == 100
    assert reversion_bps(Side.BUY, at_last_fill=Decimal(100), afterwards=Decimal(101)) == -100
    with pytest.raises(ValueError, match="more than zero"):
        reversion_bps(Side.BUY, at_last_fill=Decimal(0), afterwards=Decimal(1))


def test_a_market_that_traded_nothing_has_no_share() -> None:
    assert participation(Decimal(10), Decimal(40)) == Decimal("0.25")
    assert participation(Decimal(10), Decimal(0)) is None
