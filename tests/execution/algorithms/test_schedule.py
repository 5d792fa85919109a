"""Quantities and times are spread without loss."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from execution.algorithms.jitter import varied
from execution.algorithms.pacing import slots
from execution.algorithms.schedule import (
    carried_up_to,
    delayed_times,
    even_trading_times,
    stepped_trading_times,
    weighted_lots,
)
from tests.execution.algorithms.samples import OPEN, SESSION, TOKYO, a_parent, at

WEIGHTS = st.lists(st.integers(0, 1000).map(Decimal), min_size=1, max_size=60).filter(any)


@given(st.integers(1, 10**6), WEIGHTS, st.decimals("0", "0.99", places=2))
@settings(max_examples=60)
def test_weighted_lots_make_the_whole_each_within_a_lot_of_its_share(
    lots: int, weights: list[Decimal], rest: Decimal
) -> None:
    parts = weighted_lots(lots + rest, Decimal(1), weights)

    assert sum(parts) == lots + rest
    parts[-1] -= rest
    total = sum(weights)
    assert all(
        part >= 0 and part % 1 == 0 and abs(part - lots * each / total) < 1
        for part, each in zip(parts, weights, strict=True)
    )


def test_lots_left_over_go_to_the_largest_remainders() -> None:
    assert weighted_lots(Decimal(10), Decimal(1), [Decimal(w) for w in (47, 16, 15, 22)]) == [5, 2, 1, 2]
    assert weighted_lots(Decimal(100), Decimal(100), [Decimal(1)] * 3) == [100, 0, 0]


def test_lots_left_over_among_equals_are_spread_over_the_row() -> None:
    assert weighted_lots(Decimal(6), Decimal(1), [Decimal(1)] * 4) == [2, 1, 2, 1]


@given(st.lists(st.integers(0, 50).map(Decimal), min_size=1, max_size=30), st.integers(0, 100))
@settings(max_examples=60)
def test_what_is_too_small_is_carried_on(quantities: list[Decimal], minimum: int) -> None:
    kept = carried_up_to(quantities, Decimal(minimum))

    assert sum(kept) == sum(quantities)
    assert all(each == 0 or each >= minimum for each in kept[:-1])


def test_slots_are_equally_long_in_trading_time_and_none_is_in_the_break() -> None:
    times = even_trading_times(TOKYO, TOKYO.open, TOKYO.close, 6)
    assert times == [at(minutes, TOKYO) for minutes in (0, 50, 100, 210, 260, 310)]
    stepped = stepped_trading_times(TOKYO, at(140, TOKYO), at(230, TOKYO), timedelta(minutes=8))
    assert stepped == [at(minutes, TOKYO) for minutes in (140, 148, 216, 224)]


@given(st.integers(0, 2**53 - 1), st.integers(1, 40), st.integers(1, 100))
@settings(max_examples=40)
def test_a_delayed_slice_stays_in_its_slot(seed: int, count: int, percent: int) -> None:
    times = even_trading_times(TOKYO, TOKYO.open, TOKYO.close, count)
    late = delayed_times(TOKYO, times, TOKYO.close, Decimal(percent) / 100, seed)

    following = [*times[1:], TOKYO.close]
    assert all(a <= b < c for a, b, c in zip(times, late, following, strict=True))
    assert all(TOKYO.after(moment) == moment for moment in late)
    assert late == delayed_times(TOKYO, times, TOKYO.close, Decimal(percent) / 100, seed)


@given(st.integers(0, 2**53 - 1), st.integers(0, 400))
@settings(max_examples=40)
def test_a_size_varies_by_its_share_at_most(seed: int, number: int) -> None:
    assert Decimal("0.7") <= varied(Decimal("0.3"), seed, number) < Decimal("1.3")


def test_a_slot_may_catch_up_with_as_much_as_its_own_or_with_five_minutes() -> None:
    moments = even_trading_times(SESSION, OPEN, at(10), 10)
    made = slots(a_parent(100), Decimal(0), moments, [Decimal(1)] * 10)

    assert [slot.bound for slot in made[:7]] == [20, 20, 30, 40, 50, 60, 60]
    assert [slot.reached for slot in made] == [10 * number for number in range(1, 11)]
