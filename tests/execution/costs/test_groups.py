"""Orders' costs put together, what stands out among them and why, and how they are drawn."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from execution.costs.chart import MOST_GROUPS, costs_chart
from execution.costs.groups import GroupBy, grouped
from execution.costs.measured import Benchmark, Component, Costs, Facts, Fills, measure
from execution.costs.outliers import Verdict, outliers_of
from orders.kernel.ids import new_id
from orders.terms import Side

NOON = datetime(2013, 10, 4, 16, tzinfo=UTC)


def facts(*, paid: str = "101", quantity: str = "100", **changes: Any) -> Facts:
    fills = Fills(quantity=Decimal(quantity), value=Decimal(quantity) * Decimal(paid))
    told: dict[str, Any] = {
        "order_id": new_id(), "account": "ALPHA", "trader": "ann", "algorithm": "vwap 2", "symbol": "SPY",
        "currency": "USD", "side": Side.BUY, "placed_at": NOON, "arrived_at": NOON, "ended_at": NOON,
        "quantity": fills.quantity, "fills": fills, "by_venue": {"SIM": fills}, "fill_models": ["bar"],
        "decision_price": Decimal(100), "arrival_price": Decimal(100), "end_price": None, "benchmarks": {},
        "market_volume": Decimal(2000),
    }  # fmt: skip
    return Facts(**{**told, **changes})


def test_means_are_weighted_by_notional_and_currencies_stay_apart() -> None:
    rows = [
        measure(facts(paid="101")),
        measure(facts(paid="104", quantity="300")),
        measure(facts(paid="102", currency="EUR")),
    ]

    euro, dollar = grouped(rows, GroupBy.ACCOUNT)

    assert [(each.name, each.currency, each.orders) for each in (euro, dollar)] == [
        ("ALPHA", "EUR", 1),
        ("ALPHA", "USD", 2),
    ]
    # 100 on 10,000 and 1,200 on 30,000.
    assert (dollar.total, dollar.total_bps.mean, dollar.component_bps(Component.TRADING)) == (1300, 325, 325)
    assert dollar.slippage[Benchmark.ARRIVAL].amount == 1300
    assert dollar.participation == Decimal("0.1")
    assert (dollar.spread_capture, dollar.excess_bps) == (None, None)


@pytest.mark.parametrize(
    ("by", "name"),
    [
        (GroupBy.TRADER, "ann"),
        (GroupBy.ALGORITHM, "vwap 2"),
        (GroupBy.DAY, "2013-10-04"),
        (GroupBy.MONTH, "2013-10"),
        (GroupBy.VENUE, "SIM"),
    ],
)
def test_orders_are_put_together_by(by: GroupBy, name: str) -> None:
    assert [group.name for group in grouped([measure(facts())], by)] == [name]


def test_i_star_is_compared_with_what_was_paid() -> None:
    # A tenth of the daily volume at a tenth of the pace and 25 % of volatility: the reference's 24.601 bps.
    row = measure(facts(average_daily_volume=Decimal(1000), market_volume=Decimal(1000), volatility=0.25))

    (group,) = grouped([row], GroupBy.PARENT)

    assert round(row.impact_bps or 0, 3) == Decimal("24.601")
    assert group.excess_bps is not None
    assert group.excess_bps.mean == pytest.approx(100 - 24.601, abs=1e-3)


def test_an_order_without_fills_has_no_slippage_and_no_figure_of_its_fills() -> None:
    nothing = measure(_unfilled())

    assert (nothing.slippage, nothing.average_price, nothing.spread_capture) == ({}, None, None)
    assert (nothing.participation, nothing.size_share, nothing.reversion_bps) == (None, None, None)
    (group,) = grouped([nothing], GroupBy.PARENT)
    assert (group.total, group.slippage, group.participation) == (100, {}, None)


def _unfilled() -> Facts:
    return replace(facts(), fills=Fills(), by_venue={}, end_price=Decimal(101))


def test_what_kept_the_spread_and_what_came_back_is_told_of_an_order() -> None:
    kept = Fills(
        quantity=Decimal(100), value=Decimal(10_100), kept_spread=Decimal(30), quoted_quantity=Decimal(60)
    )
    row = measure(facts(fills=kept, price_at_last_fill=Decimal(100), price_afterwards=Decimal(99)))

    assert (row.average_price, row.spread_capture, row.reversion_bps) == (101, Decimal("0.5"), 100)


def usual(count: int) -> list[Costs]:
    return [
        measure(facts(paid=f"100.{number:02}", spread_bps=Decimal(1 + number % 3))) for number in range(count)
    ]


def test_an_outlier_names_the_part_that_made_it_and_the_circumstances_that_stand_out_too() -> None:
    unfilled = measure(replace(_unfilled(), end_price=Decimal(130), spread_bps=Decimal(90)))
    cheap = measure(facts(paid="80"))

    told = outliers_of([*usual(25), unfilled, cheap])

    assert (told.verdict, told.count) == (Verdict.TOLD, 2)
    assert [str(reason) for reason in told.named[0].reasons] == [
        "opportunity 3,000.0 bps, median 0.0",
        "spread on arrival 90.0 bps, median 2.0",
    ]
    assert [str(reason) for reason in told.named[1].reasons] == ["trading -2,000.0 bps, median 11.0"]
    assert told.named[1].score < 0


def test_outliers_are_not_told_of_too_few_nor_of_one_cost() -> None:
    assert outliers_of(usual(19)).verdict == Verdict.TOO_FEW
    assert outliers_of([measure(facts()) for _ in range(20)]).verdict == Verdict.ONE_COST


def test_the_chart_stacks_costs_right_of_zero_and_gains_left_of_it() -> None:
    gained = measure(
        replace(
            facts(paid="99"),
            arrival_price=Decimal(101),
            trader="a.name.that.is.longer.than.there.is.room.for",
        )
    )

    chart = costs_chart(grouped([gained, *usual(20)], GroupBy.TRADER))

    assert chart is not None
    row, many = chart.rows
    delay, trading = row.parts
    assert (delay.component, delay.bps, trading.component, trading.bps) == ("delay", 100, "trading", -200)
    assert float(delay.x) == pytest.approx(float(chart.zero_x))
    assert float(trading.x) + float(trading.width) == pytest.approx(float(chart.zero_x), abs=0.11)
    assert row.name.startswith("…")
    assert (row.low_x, many.low_x is not None) == (None, True)


def test_nothing_is_not_drawn_and_many_are_cut() -> None:
    assert costs_chart([]) is None
    chart = costs_chart(grouped([measure(facts(paid="100")) for _ in range(30)], GroupBy.PARENT))
    assert chart is not None
    assert (len(chart.rows), chart.rows[0].parts) == (MOST_GROUPS, [])
