"""Implementation shortfall and slippage: the reference's cases to the cent, and what always holds."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.costs.shortfall import Shortfall, shortfall, slippage
from orders.terms import Side


def of(side: Side, quantity: str, fills: str, paid: str, **prices: str) -> Shortfall:
    given_prices: dict[str, Any] = {name: Decimal(price) for name, price in prices.items()}
    value = Decimal(fills) * Decimal(paid)
    return shortfall(
        side=side,
        quantity=Decimal(quantity),
        filled_quantity=Decimal(fills),
        filled_value=value,
        **{"end_price": None, **given_prices},
    )


def test_perolds_case() -> None:
    told = of(
        Side.BUY, "5000", "4000", "10.50", decision_price="10", arrival_price="10", end_price="11", fees="80"
    )

    assert (told.delay, told.trading, told.opportunity, told.fees, told.total) == (0, 2000, 1000, 80, 3080)


def test_the_expanded_case() -> None:
    told = of(
        Side.BUY,
        "5000",
        "4000",
        "10.5",
        decision_price="10",
        arrival_price="10.25",
        end_price="11",
        fees="80",
    )

    assert (told.delay, told.delay_of_rest, told.delay_of_fills) == (1250, 250, 1000)
    assert (told.trading, told.opportunity, told.fees, told.total) == (1000, 750, 80, 3080)


def test_the_case_of_a_buy_that_was_cancelled() -> None:
    told = of(
        Side.BUY,
        "1000",
        "700",
        "40.05",
        decision_price="40",
        arrival_price="40.04",
        end_price="40.08",
        fees="17",
    )

    parts = (told.fees, told.trading, told.delay_of_fills, told.opportunity_since_decision)
    assert parts == (17, 7, 28, 24)
    # The reference rounds each of them to hundredths of a percent: 0.04 + 0.02 + 0.07 + 0.06.
    percents = [str(round(told.bps(part) / 100, 2)) for part in parts]
    assert percents == ["0.04", "0.02", "0.07", "0.06"]
    assert (told.total, told.bps(told.total)) == (76, 19)


def test_the_case_of_a_sell() -> None:
    told = of(
        Side.SELL,
        "5000",
        "4000",
        "39.70",
        decision_price="40",
        arrival_price="39.50",
        end_price="39",
        fees="75",
    )

    parts = (told.fees, told.delay_of_fills, told.trading, told.opportunity_since_decision)
    assert parts == (75, 2000, -800, 1000)
    assert (told.total, told.bps(told.total)) == (2275, Decimal("113.75"))


def test_an_order_without_fills_has_delay_and_opportunity_alone() -> None:
    told = of(Side.BUY, "100", "0", "0", decision_price="10", arrival_price="11", end_price="12")

    assert (told.delay, told.trading, told.opportunity, told.total) == (100, 0, 100, 200)


def test_what_is_filled_needs_no_price_at_the_end() -> None:
    assert of(Side.SELL, "100", "100", "9", decision_price="10", arrival_price="10").total == 100


@pytest.mark.parametrize(
    ("quantity", "fills", "prices"),
    [
        ("0", "0", {}),
        ("10", "11", {}),
        ("10", "-1", {}),
        ("10", "10", {"fees": "-1"}),
        ("10", "5", {}),  # and no price at the end
        ("10", "5", {"end_price": "0"}),
        ("10", "10", {"arrival_price": "0"}),
    ],
)
def test_what_is_no_order_has_no_shortfall(quantity: str, fills: str, prices: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"an order|the end|a price"):
        of(Side.BUY, quantity, fills, "1", **{"decision_price": "1", "arrival_price": "1", **prices})


price = st.decimals("0.01", "9999", places=2)
units = st.integers(1, 100_000).map(Decimal)


@given(units, st.integers(0, 100), price, price, price, price, st.integers(0, 500).map(Decimal))
def test_the_parts_sum_to_what_paper_and_reality_differ_by_and_both_sides_mirror_each_other(
    quantity: Decimal,
    share: int,
    paid: Decimal,
    decided: Decimal,
    arrived: Decimal,
    ended: Decimal,
    fees: Decimal,
) -> None:
    fills = quantity * share / 100

    def of_side(side: Side, times: int = 1, charged: Decimal = fees) -> Shortfall:
        return shortfall(
            side=side,
            quantity=quantity * times,
            filled_quantity=fills * times,
            filled_value=fills * paid * times,
            decision_price=decided,
            arrival_price=arrived,
            end_price=ended,
            fees=charged * times,
        )

    buy, sell = of_side(Side.BUY), of_side(Side.SELL)

    # Perold: what was spent, and what the rest would cost now, beside what all of it was to cost.
    assert buy.total == fills * paid + (quantity - fills) * ended - quantity * decided + fees
    assert buy.total - fees == -(sell.total - fees)
    assert (buy.delay, buy.trading, buy.opportunity) == (-sell.delay, -sell.trading, -sell.opportunity)
    assert of_side(Side.BUY, 3).total == 3 * buy.total
    assert of_side(Side.BUY, 3).bps(3 * buy.total) == buy.bps(buy.total)


def test_slippage_is_a_cost_where_a_buy_paid_more_and_a_sell_got_less() -> None:
    bought = slippage(Side.BUY, Decimal(100), Decimal(10_100), Decimal(100))
    sold = slippage(Side.SELL, Decimal(100), Decimal(9_900), Decimal(100))

    assert (bought.amount, bought.bps) == (sold.amount, sold.bps) == (100, 100)
    with pytest.raises(ValueError, match="without fills"):
        slippage(Side.BUY, Decimal(0), Decimal(0), Decimal(1))
    with pytest.raises(ValueError, match="a benchmark"):
        slippage(Side.BUY, Decimal(1), Decimal(1), Decimal(0))
