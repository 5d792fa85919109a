"""Iceberg: one tip after the other at the limit price, and a part of a surge."""

from decimal import Decimal
from typing import Any

import pytest

from execution.algorithms import latest
from execution.algorithms.terms import IntendedSlice, Plan, VenueTerms, Why
from orders.kernel.errors import InvalidInput
from orders.terms import OrderType, Side, TimeInForce
from tests.execution.algorithms.samples import (
    OPEN,
    a_market,
    a_parent,
    an_order,
    at,
    bars_of,
    completed,
    worked,
)

ICEBERG = latest("iceberg")
SURGE = bars_of([100] * 19 + [500] + [100] * 40)
SHOWN = VenueTerms(OrderType.LIMIT, TimeInForce.DAY, Decimal(100), display_quantity=Decimal(50))
SOUGHT = VenueTerms(OrderType.LIMIT, TimeInForce.IOC, Decimal(100))


def iceberg(**parameters: Any) -> Any:
    return completed(ICEBERG, an_order(), **{"display_quantity": "50", "duration_minutes": 60, **parameters})


def plan(minutes: float, parent: Any = None, bars: Any = SURGE, **parameters: Any) -> Plan:
    market = a_market(bars, at(minutes))
    return ICEBERG.plan(parent or a_parent(), iceberg(**parameters), market=market, market_time=at(minutes))


def test_a_tip_rests_at_the_limit_wherever_the_market_is() -> None:
    for price in ("99", "101"):
        tip = plan(5, bars=bars_of([100] * 60, [price] * 60))
        assert tip == Plan([IntendedSlice(1, Decimal(50), at(5))], at(6), Why.ON_SCHEDULE)
    assert ICEBERG.venue_terms(a_parent()) == VenueTerms(OrderType.LIMIT, TimeInForce.DAY, Decimal(100))


def test_the_next_tip_follows_when_the_last_has_ended() -> None:
    resting = plan(5, worked(a_parent(), live=50))
    assert resting == Plan([], at(6), Why.WAITING_FOR_FILL)
    assert plan(5, worked(a_parent(), filled=980)).slices == [IntendedSlice(1, Decimal(20), at(5))]


def test_while_a_tip_rests_a_tenth_of_a_surge_is_taken_at_the_limit() -> None:
    resting = worked(a_parent(), live=50)
    assert plan(20, resting) == Plan(
        [IntendedSlice(1, Decimal(50), at(20), SOUGHT)], at(21), Why.LIQUIDITY_FOUND
    )
    assert plan(20, resting, seek_share="0.2").slices[0].quantity == 100
    assert plan(20, resting, max_participation="0.03").slices == [
        IntendedSlice(1, Decimal(24), at(20), SOUGHT)  # 3 of 97 of 2400, less 50
    ]


@pytest.mark.parametrize(
    ("minutes", "differing"),
    [
        (21, {}),  # the minute after
        (20, {"surge": "5.1"}),
        (20, {"minimum_slice": "50", "seek_share": "0.05"}),
        (20, {"bars": bars_of([100] * 19 + [500], ["99"] * 19 + ["100.01"])}),
        (20, {"bars": SURGE[11:]}),  # too few minutes to say what is usual
        (20, {"bars": bars_of([0] * 20)}),
        (22, {"bars": SURGE[:20]}),  # no bar came since
        (20, {"parent": worked(a_parent(), live=50, sent=[(at(20), 50)])}),  # taken already
    ],
)
def test_what_is_no_surge_within_the_limit_is_let_go(minutes: int, differing: dict[str, Any]) -> None:
    parent = differing.pop("parent", worked(a_parent(), live=50))
    assert plan(minutes, parent, **differing) == Plan([], at(minutes + 1), Why.WAITING_FOR_FILL)


def test_a_sale_seeks_what_is_traded_above_its_limit() -> None:
    order = worked(a_parent(side=Side.SELL, limit_price=Decimal(98)), live=50)
    assert plan(20, order).why is Why.LIQUIDITY_FOUND


def test_tips_vary_in_size_and_in_time_and_keep_to_their_minute() -> None:
    chance = {"randomise_size": "0.5", "randomise_time": "1", "seed": 3}
    orders = [worked(a_parent(), filled=50 * number) for number in range(10)]
    tips = [plan(5, order, **chance).slices[0] for order in orders]

    assert all(25 <= tip.quantity <= 50 and at(5) <= tip.due_at < at(6) for tip in tips)
    assert len({tip.quantity for tip in tips}) > 3
    assert len({tip.due_at for tip in tips}) == 10
    again = plan(5.01, orders[0], **chance).slices[0]
    assert again == tips[0]
    assert plan(5.999, orders[0], **chance).slices[0].due_at == at(5.999)


def test_no_tip_is_due_at_the_end_or_later() -> None:
    late = plan(5, end="2013-10-07T13:35:00.001000Z", duration_minutes=None, randomise_time="1", seed=3)
    assert late.slices[0].due_at == at(5)


def test_before_its_start_the_first_tip_is_planned_for_it() -> None:
    early = plan(0, start="2013-10-07T13:40:00Z")
    assert early == Plan([IntendedSlice(1, Decimal(50), at(10))], at(10), Why.BEFORE_START)
    assert plan(60) == Plan(why=Why.TIME_OVER)


def test_what_must_be_completed_is_due_a_minute_before_the_end_under_its_limit() -> None:
    ahead = plan(5, must_complete=True)
    assert [(each.due_at, each.quantity) for each in ahead.slices] == [(at(5), 50), (at(59), 950)]
    last = plan(59, worked(a_parent(), live=50), must_complete=True)
    assert (last.slices, last.why) == ([IntendedSlice(1, Decimal(950), at(59), SHOWN)], Why.COMPLETING)
    assert ahead.slices[1].terms == SHOWN, "what the book shows stays as small as a tip"


def test_at_the_would_price_everything_is_wanted_at_once() -> None:
    wanted = plan(5, worked(a_parent(), live=50), would_price="99")
    assert (wanted.slices[0].quantity, wanted.why) == (950, Why.WOULD_PRICE)


@pytest.mark.parametrize(
    ("asked", "parameters", "pointer"),
    [
        ({"type": OrderType.MARKET, "limit_price": None}, {}, "/type"),
        ({}, {"display_quantity": None}, "/algorithm/parameters/display_quantity"),
        ({}, {"minimum_slice": "51"}, "/algorithm/parameters/minimum_slice"),
    ],
)
def test_what_makes_no_iceberg_is_refused(
    asked: dict[str, Any], parameters: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        completed(ICEBERG, an_order(OPEN, **asked), **{"display_quantity": "50", **parameters})
    assert refused.value.facts["errors"][0]["pointer"] == pointer


def test_a_surge_is_one_to_a_hundred_times() -> None:
    with pytest.raises(ValueError, match="between 1 and 100"):
        ICEBERG.parameters.model_validate({"surge": "0.5"})
    assert iceberg().surge == 2
