"""VWAP: by the usual day, by the day's own volume where ten days tell what is usual, and into the auction."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from execution.algorithms import latest
from execution.algorithms.terms import Plan, VenueTerms, Why
from execution.algorithms.vwap_forecast import DayVolume
from execution.market_data.usual_day import CurveSource, UsualDay
from execution.market_data.volume import VolumeCurve
from orders.terms import OrderType, TimeInForce
from tests.execution.algorithms.samples import (
    OPEN,
    SESSION,
    a_market,
    a_parent,
    an_order,
    at,
    bars_of,
    completed,
    worked,
)

VWAP = latest("vwap")
STEEP = UsualDay(VolumeCurve([Decimal("0.6"), Decimal("0.3")], Decimal("0.1"), days=5), CurveSource.OWN)
FLAT = UsualDay(VolumeCurve([Decimal(1)], days=10), CurveSource.OWN)
LEVEL = {"usual_day": FLAT, "average_daily_volume": Decimal(39_000)}
CLOSING = VenueTerms(OrderType.LIMIT, TimeInForce.CLS, Decimal(100))


def plan(minutes: float, parent: Any = None, bars: Any = (), known: Any = None, **parameters: Any) -> Plan:
    kept = completed(VWAP, an_order(), **parameters)
    market = a_market(bars, at(minutes), **(known or {}))
    return VWAP.plan(parent or a_parent(), kept, market=market, market_time=at(minutes))


def quantities(plan: Plan) -> list[int]:
    return [int(each.quantity) for each in plan.slices]


def test_where_nobody_knows_the_day_it_is_the_published_u() -> None:
    made = quantities(plan(0, a_parent(998), interval_minutes=30))
    assert made == [135, 95, 77, 64, 67, 53, 46, 50, 46, 55, 49, 74, 187]

    fives = quantities(plan(0, a_parent(99_800), interval_minutes=5))
    assert (sum(fives[-6:]), fives[-6:] == sorted(fives[-6:])) == (18_700, True)


def test_slots_get_their_part_of_the_usual_day_and_the_auction_its_own() -> None:
    made = plan(0, known={"usual_day": STEEP}, interval_minutes=130)

    assert quantities(made) == [400, 300, 200, 100]
    assert [each.due_at for each in made.slices] == [at(64), at(194), at(260), at(389)]
    assert [each.terms for each in made.slices] == [None, None, None, CLOSING]
    assert made.review_at is None


@pytest.mark.parametrize(
    "usual",
    [
        UsualDay(VolumeCurve([Decimal(1)], days=9), CurveSource.OWN),
        UsualDay(VolumeCurve([Decimal(1)], days=20), CurveSource.POOLED),
    ],
)
def test_of_fewer_than_ten_days_of_its_own_the_volume_of_a_day_is_no_measure(usual: UsualDay) -> None:
    known = {**LEVEL, "usual_day": usual}
    busy = plan(195, worked(a_parent(), filled=500), bars_of([400] * 195), known, interval_minutes=39)
    assert (quantities(busy), busy.review_at) == ([100] * 5, None)


def test_a_busier_day_than_usual_is_expected_to_go_on_nearly_so() -> None:
    steady = plan(214, worked(a_parent(), filled=500), bars_of([100] * 214), LEVEL, interval_minutes=39)
    assert (quantities(steady), steady.review_at) == ([100] * 5, at(253))

    # Twice as busy for 214 minutes: 42,800 are traded, and 2^0.846 times 17,600 are to come, 31,632, of which 3,594 in
    # what remains of the slot. Of the order 62.3 % should be done at its end.
    busy = plan(214, worked(a_parent(), filled=500), bars_of([200] * 214), LEVEL, interval_minutes=39)
    assert quantities(busy) == [124, 94, 94, 94, 94]


def test_one_minute_says_little_of_a_day() -> None:
    burst = plan(1, worked(a_parent(), filled=100), bars_of([1000]), LEVEL, interval_minutes=39)
    # Ten times the usual minute is 2 % of the day, which is to be made up for; nothing else is expected of it.
    assert quantities(burst)[0] == 19
    assert set(quantities(burst)[1:]) == {97, 98}


@pytest.mark.parametrize(("volume", "times"), [(10**5, 4), (1, Decimal("0.25"))])
def test_a_day_is_taken_for_four_times_as_busy_or_a_quarter_at_most(volume: int, times: Decimal) -> None:
    market = a_market(bars_of([volume] * 195), at(195), **LEVEL)
    assert DayVolume(market, FLAT.curve, OPEN, at(195)).expected_day == times * 39_000


def test_where_nothing_has_been_traded_the_curve_alone_speaks() -> None:
    silent = plan(195, worked(a_parent(), filled=500), (), LEVEL, interval_minutes=39)
    assert quantities(silent) == [100] * 5


def test_a_slice_goes_in_the_middle_of_its_slot_but_the_last_has_all_its_time() -> None:
    due = [each.due_at for each in plan(0, interval_minutes=5).slices]
    assert (due[0], due[1], due[-1]) == (at(2), at(7), at(385))
    last_ten = {"start": "2013-10-07T19:50:00Z", "interval_minutes": 1}
    assert [each.due_at for each in plan(0, **last_ten).slices] == [at(minute) for minute in range(380, 390)]


def test_a_short_last_slot_leaves_the_auction_its_time() -> None:
    late = {"randomise_time": "1", "seed": 1, "start": "2013-10-07T19:57:00Z"}
    made = plan(0, known={"usual_day": STEEP}, interval_minutes=1, **late)
    due = [each.due_at - SESSION.close for each in made.slices]
    assert (len(due), due[-1], due == sorted(due)) == (4, timedelta(seconds=-30), True)


def test_after_its_time_nothing_is_looked_at() -> None:
    assert plan(60, known=LEVEL, duration_minutes=60) == Plan(why=Why.TIME_OVER)
    assert plan(57, known=LEVEL, duration_minutes=60).review_at is None
