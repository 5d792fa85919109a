"""TWAP: on schedule, late, hindered, capped, at the would price, and to its end."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from execution.algorithms import algorithm
from execution.algorithms.terms import IntendedSlice, Plan, VenueTerms, Why
from orders.terms import OrderType, Side, TimeInForce
from tests.execution.algorithms.samples import (
    OPEN,
    SESSION,
    TOKYO,
    a_market,
    a_parent,
    an_order,
    at,
    bars_of,
    completed,
    worked,
)

TWAP = algorithm("twap", 2)


def twap(**parameters: Any) -> Any:
    return completed(TWAP, an_order(), **{"slices": 10, "duration_minutes": 100, **parameters})


def plan(parent: Any, parameters: Any, minutes: float, **market: Any) -> Plan:
    known = a_market(market.pop("bars", bars_of([1000] * 200)), at(minutes), **market)
    return TWAP.plan(parent, parameters, market=known, market_time=at(minutes))


def shown(plan: Plan) -> list[tuple[int, int]]:
    return [(int((each.due_at - OPEN).total_seconds() / 60), int(each.quantity)) for each in plan.slices]


def test_before_its_start_it_plans_the_whole_evenly() -> None:
    parameters = completed(TWAP, an_order(), start="2013-10-07T13:40:00Z", slices=4, duration_minutes=40)

    before = plan(a_parent(100), parameters, 0)

    assert shown(before) == [(10, 25), (20, 25), (30, 25), (40, 25)]
    assert (before.why, before.review_at) == (Why.BEFORE_START, None)


def test_on_schedule_what_remains_is_planned_as_it_was() -> None:
    parameters = twap(randomise_time="0.5", randomise_size="0.3")
    whole = TWAP.plan(a_parent(), parameters, market=a_market(), market_time=OPEN - timedelta(hours=1))
    done = int(sum(each.quantity for each in whole.slices[:4]))

    later = plan(worked(a_parent(), filled=done), parameters, 40)

    assert [(e.due_at, e.quantity) for e in later.slices] == [
        (e.due_at, e.quantity) for e in whole.slices[4:]
    ]
    assert later.why is Why.ON_SCHEDULE


def test_what_is_late_is_caught_up_with_in_bounds() -> None:
    late = plan(a_parent(), twap(), 55)
    assert shown(late) == [(55, 200), (60, 200), (70, 200), (80, 200), (90, 200)]
    assert late.why is Why.BEHIND_SCHEDULE

    hopeless = plan(a_parent(), twap(), 75)
    assert shown(hopeless) == [(75, 200), (80, 200), (90, 200)]


def test_what_was_sent_to_catch_up_is_not_sent_again_before_the_next_slot() -> None:
    order = worked(a_parent(), live=200, sent=[(at(55), 200)])

    assert shown(plan(order, twap(), 56)) == [(60, 200), (70, 200), (80, 200), (90, 200)]


def test_must_complete_sends_with_the_last_slice_all_that_remains() -> None:
    assert shown(plan(a_parent(), twap(must_complete=True), 75)) == [(75, 200), (80, 200), (90, 600)]
    over = plan(a_parent(), twap(must_complete=True, max_participation="0.01"), 95)
    assert (shown(over), over.why) == ([(95, 1000)], Why.COMPLETING)


def test_when_its_time_is_over_it_plans_nothing() -> None:
    assert plan(a_parent(), twap(must_complete=True), 100) == Plan(why=Why.TIME_OVER)


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, "100.01"), (Side.SELL, "99.99")])
def test_beyond_the_limit_nothing_goes_now_and_it_looks_again_in_a_minute(side: Side, price: str) -> None:
    bars = bars_of([1000] * 55, [price] * 55)

    held = plan(a_parent(side=side), twap(), 50, bars=bars)

    assert shown(held) == [(60, 200), (70, 200), (80, 200), (90, 200)]
    assert (held.why, held.review_at) == (Why.PRICE_BEYOND_LIMIT, at(51))


def test_the_cap_counts_what_others_traded_since_the_start() -> None:
    capped = plan(worked(a_parent(), filled=100), twap(max_participation="0.2"), 10, bars=bars_of([55] * 60))

    assert shown(capped)[0] == (10, 37)  # a quarter of 550, less 100
    assert shown(capped)[1] == (20, 163)
    assert (capped.why, capped.review_at) == (Why.PARTICIPATION_CAP, at(11))


def test_at_the_would_price_all_that_remains_is_wanted_at_once() -> None:
    wanted = plan(worked(a_parent(), filled=100), twap(would_price="99"), 15)

    terms = VenueTerms(OrderType.LIMIT, TimeInForce.IOC, Decimal(99))
    assert wanted == Plan([IntendedSlice(1, Decimal(900), at(15), terms)], at(16), Why.WOULD_PRICE)


def test_at_the_would_price_the_cap_holds_and_the_rest_stays_on_schedule() -> None:
    parameters = twap(would_price="99", max_participation="0.5")

    capped = plan(worked(a_parent(), filled=100), parameters, 15, bars=bars_of([20] * 60))

    assert shown(capped)[:3] == [(15, 200), (30, 100), (40, 100)]
    assert capped.why is Why.PARTICIPATION_CAP


def test_a_limit_that_was_amended_below_the_would_price_takes_its_place() -> None:
    parameters = twap(would_price="100")

    for side, limit in ((Side.BUY, "99"), (Side.SELL, "101")):
        parent = a_parent(side=side, limit_price=Decimal(limit))
        wanted = plan(parent, parameters, 15, bars=bars_of([1000] * 200, [limit] * 200))
        assert wanted.slices[0].terms == VenueTerms(OrderType.LIMIT, TimeInForce.IOC, Decimal(limit))


def test_the_would_price_does_not_wait_for_the_first_slot() -> None:
    delayed = twap(would_price="99", randomise_time="1", seed=5)
    assert shown(plan(a_parent(), delayed, 1)) == [(1, 1000)]


def test_away_from_the_would_price_it_looks_every_minute() -> None:
    assert plan(a_parent(), twap(would_price="98"), 0).review_at == at(1)
    assert plan(a_parent(side=Side.SELL), twap(), 0).review_at is None
    waiting = TWAP.plan(
        a_parent(), twap(would_price="98"), market=a_market(), market_time=OPEN - timedelta(hours=1)
    )
    assert waiting.review_at == OPEN
    assert plan(a_parent(), twap(would_price="98"), 99.5).review_at is None


def test_a_minimum_carries_small_parts_on() -> None:
    small = plan(a_parent(105), twap(minimum_slice="25"), 0)
    assert shown(small) == [(20, 32), (50, 31), (80, 32), (90, 10)]


def test_what_is_shown_is_limited() -> None:
    terms = plan(a_parent(), twap(display_quantity="40"), 0).slices[0].terms
    assert terms == VenueTerms(OrderType.LIMIT, TimeInForce.DAY, Decimal(100), display_quantity=Decimal(40))
    assert plan(a_parent(), twap(display_quantity="100"), 0).slices[0].terms is None


def test_in_a_lunch_break_what_is_late_waits_for_its_end() -> None:
    parameters = completed(TWAP, an_order(TOKYO.open, session=TOKYO), slices=6)
    moment = at(170, TOKYO)

    late = TWAP.plan(a_parent(600), parameters, market=a_market(session=TOKYO), market_time=moment)

    assert [each.due_at for each in late.slices] == [at(m, TOKYO) for m in (210, 260, 310)]


def test_late_to_the_very_end_of_the_morning_it_plans_nothing() -> None:
    parameters = completed(TWAP, an_order(TOKYO.open, session=TOKYO), end="2024-01-04T02:45:00Z", slices=3)
    moment = at(155, TOKYO)
    assert TWAP.plan(a_parent(), parameters, market=a_market(session=TOKYO), market_time=moment).slices == []


def test_without_slices_or_interval_there_are_thirteen_and_an_interval_counts_trading_minutes() -> None:
    assert len(plan(a_parent(), completed(TWAP, an_order()), 0).slices) == 13
    by_interval = completed(TWAP, an_order(), interval_minutes=100)
    assert [minutes for minutes, _ in shown(plan(a_parent(), by_interval, 0))] == [0, 100, 200, 300]


def test_an_odd_rest_goes_with_the_last_part() -> None:
    odd = replace(a_parent(), quantity=Decimal("499.5"), filled_quantity=Decimal("500.5"))
    quantities = [each.quantity for each in plan(odd, twap(), 50).slices]
    assert sum(quantities) == Decimal("499.5")
    assert all(quantity % 1 == 0 for quantity in quantities[:-1])


def test_its_slices_are_the_orders_own_for_the_day() -> None:
    assert TWAP.venue_terms(a_parent()) == VenueTerms(OrderType.LIMIT, TimeInForce.DAY, Decimal(100))
    assert SESSION.length == timedelta(minutes=390)
