"""What is due goes as it is, or says why it may not."""

from decimal import Decimal
from typing import Any

import pytest

from execution.algorithms import algorithm
from execution.algorithms.release import hindrance
from execution.algorithms.terms import IntendedSlice, VenueTerms, Why
from orders.terms import OrderType, TimeInForce
from tests.execution.algorithms.samples import (
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
WOULD = VenueTerms(OrderType.LIMIT, TimeInForce.IOC, Decimal(98))


def found(
    *quantities: int, minutes: float = 50, price: str = "99", terms: Any = None, **parameters: Any
) -> Why | None:
    """What hinders slices of a TWAP over 100 minutes of which 500 are done, where others traded 10 a minute."""
    kept = completed(TWAP, an_order(), **{"slices": 10, "duration_minutes": 100, **parameters})
    due = [IntendedSlice(n, Decimal(quantity), at(50), terms) for n, quantity in enumerate(quantities, 1)]
    market = a_market(bars_of([10] * 200, [price] * 200), at(minutes))
    parent = worked(a_parent(), filled=500)
    return hindrance(due, parent, kept, market=market, market_time=at(minutes))


def test_one_slice_on_its_time_goes_and_a_late_one_alone_too() -> None:
    assert found(100) is None
    assert found(100, minutes=59) is None


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ({"minutes": 100}, Why.TIME_OVER),
        ({"price": "100.01"}, Why.PRICE_BEYOND_LIMIT),
        ({"would_price": "99"}, Why.WOULD_PRICE),
        ({"would_price": "98", "terms": WOULD}, Why.WOULD_PRICE),  # no longer there
        ({"max_participation": "0.5"}, Why.PARTICIPATION_CAP),
        ({"minutes": 95, "must_complete": True, "max_participation": "0.1"}, Why.PARTICIPATION_CAP),
    ],
)
def test_what_may_not_go_says_why(case: dict[str, Any], why: Why) -> None:
    assert found(100, **case) is why


def test_several_at_once_are_planned_anew_as_one_bounded_slice() -> None:
    assert found(100, 100, minutes=61) is Why.BEHIND_SCHEDULE


def test_more_than_remains_is_planned_anew() -> None:
    assert found(501) is Why.ON_SCHEDULE


def test_the_last_slice_of_what_must_be_completed_is_not_held_by_the_cap() -> None:
    last = {"minutes": 90, "must_complete": True, "max_participation": "0.1"}
    assert found(500, **last) is None
    assert found(500, **last, price="100.01") is Why.PRICE_BEYOND_LIMIT


def test_the_slice_for_the_would_price_goes_while_it_is_reached() -> None:
    assert found(500, would_price="98", terms=WOULD, price="98") is None


def test_nothing_goes_in_a_lunch_break() -> None:
    kept = completed(TWAP, an_order(TOKYO.open, session=TOKYO))
    due = [IntendedSlice(1, Decimal(10), at(149, TOKYO))]
    moment, market = at(150, TOKYO), a_market(session=TOKYO)
    assert hindrance(due, a_parent(), kept, market=market, market_time=moment) is Why.BEHIND_SCHEDULE
