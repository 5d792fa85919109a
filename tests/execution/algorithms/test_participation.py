"""Participation: a share of all volume, every minute, bounded, and completed only where that is asked for."""

from decimal import Decimal
from typing import Any

import pytest

from execution.algorithms import latest
from execution.algorithms.terms import Plan, VenueTerms, Why
from orders.kernel.errors import InvalidInput
from orders.terms import OrderType, TimeInForce
from tests.execution.algorithms.samples import (
    OPEN,
    TOKYO,
    a_market,
    a_parent,
    an_order,
    at,
    bars_of,
    completed,
    worked,
)

POV = latest("pov")


def plan(minutes: float, parent: Any = None, bars: Any = None, **parameters: Any) -> Plan:
    kept = completed(POV, an_order(), **{"participation": "0.2", "duration_minutes": 60, **parameters})
    market = a_market(bars or bars_of([100] * 100), at(minutes))
    return POV.plan(parent or a_parent(), kept, market=market, market_time=at(minutes))


def shown(plan: Plan) -> list[tuple[float, int]]:
    return [((each.due_at - OPEN).total_seconds() / 60, int(each.quantity)) for each in plan.slices]


def test_its_share_of_all_volume_is_a_quarter_of_the_others_at_twenty_percent() -> None:
    missing = plan(4, worked(a_parent(), filled=75))
    assert (shown(missing), missing.why, missing.review_at) == ([(4, 25)], Why.ON_SCHEDULE, at(5))
    done = plan(4, worked(a_parent(), live=100))
    assert (shown(done), done.why) == ([], Why.WAITING_FOR_VOLUME)


def test_before_its_start_it_waits_for_it() -> None:
    early = plan(0, start="2013-10-07T13:40:00Z")
    assert early == Plan(review_at=at(10), why=Why.BEFORE_START)
    assert plan(60) == Plan(why=Why.TIME_OVER)


def test_after_an_outage_a_slice_is_at_most_five_minutes_share_and_twice_that_in_five_minutes() -> None:
    assert shown(plan(40)) == [(40, 125)]
    order = worked(a_parent(), filled=250, sent=[(at(40), 125), (at(41), 125)])
    assert shown(plan(42, order)) == []


def test_a_breach_of_the_limit_pauses() -> None:
    held = plan(4, bars=bars_of([100] * 10, ["100.5"] * 10))
    assert (shown(held), held.why, held.review_at) == ([], Why.PRICE_BEYOND_LIMIT, at(5))


def test_a_minimum_waits_for_volume() -> None:
    assert plan(4, worked(a_parent(), filled=75), minimum_slice="30").why is Why.WAITING_FOR_VOLUME


def test_a_minimum_beyond_five_minutes_share_goes_when_the_volume_since_the_last_slice_allows() -> None:
    assert shown(plan(20, minimum_slice="200")) == [(20, 200)]
    sent = worked(a_parent(), filled=200, sent=[(at(20), 200)])
    assert shown(plan(23, sent, minimum_slice="200")) == []
    thin = plan(40, worked(a_parent(lot_size=Decimal(100)), filled=0), bars_of([10] * 100))
    assert shown(thin) == [(40, 100)]


def test_what_must_be_completed_is_due_a_minute_before_the_end() -> None:
    assert shown(plan(4, must_complete=True)) == [(4, 100), (59, 900)]
    last = plan(59, must_complete=True)
    assert (shown(last), last.why, last.review_at) == ([(59, 1000)], Why.COMPLETING, None)


def test_at_the_would_price_everything_is_wanted_and_what_is_shown_is_limited() -> None:
    assert shown(plan(4, would_price="99")) == [(4, 1000)]
    tip = plan(4, display_quantity="10").slices[0].terms
    assert tip == VenueTerms(OrderType.LIMIT, TimeInForce.DAY, Decimal(100), display_quantity=Decimal(10))


def test_nothing_goes_in_a_lunch_break() -> None:
    kept = completed(POV, an_order(TOKYO.open, session=TOKYO), participation="0.2")
    moment = at(180, TOKYO)
    market = a_market(bars_of([100] * 150, session=TOKYO), moment, TOKYO)

    paused = POV.plan(a_parent(), kept, market=market, market_time=moment)

    assert paused == Plan(review_at=at(210, TOKYO), why=Why.WAITING_FOR_VOLUME)


def test_a_cap_below_the_participation_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no less"):
        plan(0, max_participation="0.1")
    assert shown(plan(4, max_participation="0.2")) == [(4, 100)]
    assert POV.venue_terms(a_parent()) == VenueTerms(OrderType.LIMIT, TimeInForce.DAY, Decimal(100))


def test_chance_moves_a_minutes_slice_in_size_and_time_and_can_be_repeated() -> None:
    chance = {"randomise_size": "0.5", "randomise_time": "1", "seed": 7}
    plans = [
        plan(minutes, worked(a_parent(), filled=25 * (minutes - 1)), **chance) for minutes in range(2, 30)
    ]

    moved = [shown(each)[0] for each in plans]
    sizes = {quantity for _due, quantity in moved}
    assert len(sizes) > 5 and all(12 <= size <= 38 for size in sizes)
    assert all(
        minute <= due < minute + 1 for minute, (due, _quantity) in zip(range(2, 30), moved, strict=True)
    )
    assert len({due % 1 for due, _quantity in moved}) > 20
    assert plan(2, worked(a_parent(), filled=25), **chance) == plans[0]


def test_what_must_be_completed_is_not_late_by_chance() -> None:
    completing = plan(59, must_complete=True, randomise_time="1", seed=7)

    assert shown(completing) == [(59, 1000)]


def test_chance_does_not_carry_a_slice_past_the_end() -> None:
    assert all(
        each.due_at < at(4.2)
        for seed in range(30)
        for each in plan(
            4.1, duration_minutes=None, end="2013-10-07T13:34:12Z", randomise_time="1", seed=seed
        ).slices
    )
