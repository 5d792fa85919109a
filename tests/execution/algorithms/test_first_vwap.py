"""VWAP in version 1: by half hours, by the root of the day's own volume, and into the closing auction."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from execution.algorithms import algorithm
from execution.algorithms.terms import Plan, VenueTerms, Why
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

VWAP = algorithm("vwap", 1)
STEEP = VolumeCurve([Decimal("0.6"), Decimal("0.3")], Decimal("0.1"), days=5)
FLAT = VolumeCurve([Decimal(1)], days=20)
CLOSING = VenueTerms(OrderType.LIMIT, TimeInForce.CLS, Decimal(100))


def plan(minutes: float, parent: Any = None, bars: Any = (), known: Any = None, **parameters: Any) -> Plan:
    kept = completed(VWAP, an_order(), **parameters)
    market = a_market(bars, at(minutes), **(known or {}))
    return VWAP.plan(parent or a_parent(), kept, market=market, market_time=at(minutes))


def quantities(plan: Plan) -> list[int]:
    return [int(each.quantity) for each in plan.slices]


def test_without_a_curve_of_three_days_the_day_is_a_u() -> None:
    expected = [135, 95, 77, 64, 67, 53, 46, 50, 46, 55, 49, 74, 187]
    for curve in (None, VolumeCurve([Decimal(1)], days=2)):
        made = quantities(plan(0, a_parent(998), known={"curve": curve}, interval_minutes=30))
        assert made == expected


def test_slots_get_their_part_of_the_curves_bins_and_the_auction_its_own() -> None:
    made = plan(0, known={"curve": STEEP}, interval_minutes=130)

    assert quantities(made) == [400, 300, 200, 100]
    assert [each.due_at for each in made.slices] == [OPEN, at(130), at(260), at(389)]
    assert [each.terms for each in made.slices] == [None, None, None, CLOSING]


def test_without_the_auction_the_bins_share_the_whole() -> None:
    for left_out in ({"closing_auction": "exclude"}, {"end": "2013-10-07T19:59:59Z"}):
        made = plan(0, known={"curve": STEEP}, interval_minutes=195, **left_out)
        assert (quantities(made)[0], len(made.slices)) == (667, 2)


def test_a_short_last_slot_leaves_the_auction_its_time() -> None:
    made = plan(
        0,
        known={"curve": STEEP},
        interval_minutes=1,
        randomise_time="1",
        seed=1,
        start="2013-10-07T19:57:00Z",
    )
    due = [each.due_at - SESSION.close for each in made.slices]
    assert len(due) == 4
    assert due[-1] == timedelta(seconds=-30)
    assert due == sorted(due)


def test_must_complete_gives_the_auction_all_that_remains() -> None:
    made = plan(389, known={"curve": STEEP}, interval_minutes=130, must_complete=True)
    assert (quantities(made), made.slices[0].terms, made.why) == ([1000], CLOSING, Why.COMPLETING)


def test_a_busier_day_than_usual_moves_the_shares_and_is_looked_at_every_five_minutes() -> None:
    known = {"curve": FLAT, "average_daily_volume": Decimal(39_000)}
    usual = plan(195, worked(a_parent(), filled=500), bars_of([100] * 195), known, interval_minutes=39)
    assert quantities(usual) == [100] * 5
    assert usual.review_at == at(200)

    # 4 times as busy: 78,000 are traded, twice the usual rest is expected, 39,000. By the next slot's end 733 are to be
    # done, but the slot has 67 of its own, and no more than twice that is sent in it.
    busy = plan(195, worked(a_parent(), filled=500), bars_of([400] * 195), known, interval_minutes=39)
    assert quantities(busy) == [134, 134, 98, 67, 67]

    # A hundredth as busy: 195 are traded, half the usual rest is expected, 9,750. Half of the order is enough for long.
    quiet = plan(195, worked(a_parent(), filled=500), bars_of([1] * 195), known, interval_minutes=39)
    assert quantities(quiet) == [108, 196, 196]
    assert quiet.slices[0].due_at == at(273)


def test_where_nothing_is_known_of_the_day_the_curve_alone_speaks() -> None:
    known = {"curve": FLAT, "average_daily_volume": Decimal(39_000)}
    silent = plan(195, worked(a_parent(), filled=500), (), known, interval_minutes=39)
    assert quantities(silent) == [100] * 5


def test_a_curve_that_knows_no_volume_in_the_order_s_time_is_a_straight_line() -> None:
    late = VolumeCurve([Decimal(0), Decimal(1)], days=5)
    straight = plan(0, a_parent(100), known={"curve": late}, interval_minutes=15, duration_minutes=60)
    assert quantities(straight) == [25] * 4


def test_volume_before_the_curve_expects_any_corrects_nothing() -> None:
    late = VolumeCurve([Decimal(0), Decimal(1)], days=5)
    known = {"curve": late, "average_daily_volume": Decimal(1000)}
    made = plan(5, a_parent(110), bars_of([10] * 10), known, interval_minutes=195, closing_auction="exclude")
    assert quantities(made)[-1] >= 100


def test_the_first_look_is_five_minutes_after_its_start() -> None:
    known = {"curve": FLAT, "average_daily_volume": Decimal(39_000)}
    assert plan(0, known=known, start="2013-10-07T13:32:00Z").review_at == at(5)
    over = plan(60, known=known, duration_minutes=60)
    assert over == Plan(why=Why.TIME_OVER)
    assert plan(57, known=known, duration_minutes=60).review_at is None


@pytest.mark.parametrize("seed", [1, 2])
def test_chance_keeps_the_whole(seed: int) -> None:
    made = plan(0, known={"curve": STEEP}, randomise_size="0.5", randomise_time="1", seed=seed)
    assert sum(quantities(made)) == 1000
    assert VWAP.venue_terms(a_parent()) == VenueTerms(OrderType.LIMIT, TimeInForce.DAY, Decimal(100))
