"""How a day is expected to go, and whose days say so."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from execution.market_data.usual_day import (
    PUBLISHED_DAY,
    CurveSource,
    SpreadDay,
    smoothed,
    spread_day,
    usual_day,
)
from execution.market_data.volume_curve import USUAL_SHARES, TradedDay
from tests.execution.algorithms.samples import MINUTE, SESSION, a_bar, at, session_of

HALF_HOURS = range(13)
EARLY = session_of(date(2013, 11, 29))


def day(*half_hours: int, auction: int = 0, last_five: int = 0, session=SESSION) -> SpreadDay:  # type: ignore[no-untyped-def]
    """A day with so much in each half hour, spread evenly; `last_five` comes on top in its last five minutes."""
    parts = [Decimal(volume) / 6 for volume in half_hours for _ in range(6)]
    parts[-1] += last_five
    return SpreadDay(session, parts, Decimal(auction))


FLAT = day(*[100] * 13)
LATE = day(*[100] * 12, 1300)
GAP = day(*[100] * 6, 0, *[100] * 6)


def half_hours(day) -> list[Decimal]:  # type: ignore[no-untyped-def]
    return [round(sum(day.curve.bins[6 * half : 6 * half + 6]), 10) for half in HALF_HOURS]


def test_three_days_of_its_own_are_enough_and_no_other_is_looked_at() -> None:
    made = usual_day(SESSION, [FLAT] * 3, [LATE] * 20)

    assert (made.source, made.curve.days) == (CurveSource.OWN, 3)
    assert half_hours(made) == [round(Decimal(1) / 13, 10)] * 13


def test_fewer_are_pooled_with_those_of_others() -> None:
    made = usual_day(SESSION, [FLAT] * 2, [LATE] * 3)

    assert (made.source, made.curve.days) == (CurveSource.POOLED, 5)
    assert half_hours(made)[-1] == round(Decimal("0.52") / (12 * Decimal("0.04") + Decimal("0.52")), 10)


def test_fewer_than_three_of_all_give_way_to_the_published_u() -> None:
    assert usual_day(SESSION, [FLAT], [LATE]) is PUBLISHED_DAY
    assert usual_day(SESSION, [], []).source is CurveSource.PUBLISHED
    assert half_hours(PUBLISHED_DAY) == [round(share / Decimal("0.998"), 10) for share in USUAL_SHARES.bins]


def test_a_day_with_a_half_hour_missing_does_not_count() -> None:
    assert usual_day(SESSION, [FLAT, FLAT, GAP], []).source is CurveSource.PUBLISHED
    assert usual_day(SESSION, [FLAT, FLAT, GAP], [LATE]).curve.days == 3


def test_early_closes_are_like_early_closes() -> None:
    early = [day(*[100] * 12, 1300, session=EARLY)] * 3
    assert half_hours(usual_day(EARLY, [*[FLAT] * 4, *early], []))[-1] == Decimal("0.52")


def test_the_median_of_half_hours_is_spread_as_the_days_are() -> None:
    made = usual_day(SESSION, [day(*[100] * 13, last_five=500)] * 4, [])

    assert half_hours(made)[-1] == round(Decimal(600) / 1800, 10)
    assert made.curve.bins[-1] > Decimal("0.24") > 10 * made.curve.bins[-2]
    assert abs(sum(made.curve.bins) - 1) < Decimal("1e-20")


def test_the_auction_has_a_share_where_most_days_have_its_print() -> None:
    with_print = day(*[100] * 13, auction=1300)
    assert round(usual_day(SESSION, [with_print] * 3, []).curve.closing_auction, 10) == Decimal("0.5")
    assert usual_day(SESSION, [with_print, FLAT, FLAT], []).curve.closing_auction == 0


def test_a_traded_day_is_spread_by_five_minutes_and_the_print_is_told_apart() -> None:
    bars = [a_bar(at(-1), 7), a_bar(at(4), 1), a_bar(at(5), 2), a_bar(at(389), 4), a_bar(SESSION.close, 8)]
    made = spread_day(TradedDay(SESSION, [*bars, a_bar(SESSION.close + MINUTE, 16)]))

    assert (made.parts[0], made.parts[1], made.parts[-1], sum(made.parts), made.auction) == (1, 2, 4, 7, 8)
    assert not made.is_whole


shares = st.lists(st.integers(0, 50), min_size=3, max_size=13).map(
    lambda row: [Decimal(each) for each in row]
)


@given(shares)
def test_a_smooth_curve_keeps_every_share_and_never_falls(row: list[Decimal]) -> None:
    parts = smoothed(row, 6)

    for number, share in enumerate(row):
        assert abs(sum(parts[6 * number : 6 * number + 6]) - share) < Decimal("1e-20")
    assert min(parts) > Decimal("-1e-20")


def test_a_straight_line_stays_one_and_the_ends_of_a_u_rise() -> None:
    assert {round(part, 10) for part in smoothed([Decimal(6)] * 5, 6)} == {Decimal(1)}
    ends = PUBLISHED_DAY.curve.bins
    assert all(before > after for before, after in pairwise(ends[:18]))
    assert all(before < after for before, after in pairwise(ends[-12:]))
