"""Boxes on a logarithmic scale."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.sizes.chart import MOST_MARKS, Box, Drawn, boxes

amounts = st.decimals(min_value=Decimal("0.01"), max_value=10**12, places=2)
drawn = (
    st.lists(amounts, min_size=6, max_size=6)
    .map(sorted)
    .flatmap(
        lambda ends: st.builds(
            Drawn, *map(st.just, ends), limit=st.none() | amounts, proposed=st.none() | amounts
        )
    )
)


def places(box: Box) -> list[float]:
    end = float(box.smallest) + float(box.reach)
    upper = float(box.lower_quartile) + float(box.middle_half)
    return [float(each) for each in (box.smallest, box.lower_quartile, box.median, upper, box.p99, end)]


@given(rows=st.lists(drawn, min_size=1, max_size=6))
def test_everything_lies_on_the_scale_in_the_order_of_its_size(rows: list[Drawn]) -> None:
    told = boxes(rows)

    for box, row in zip(told.boxes, rows, strict=True):
        found = places(box)
        assert all(0 <= place <= 100 for place in found)
        assert all(after - before > -0.02 for before, after in pairwise(found))
        assert float(box.largest) == pytest.approx(found[-1], abs=0.02)
        assert (box.limit is None) == (row.limit is None)
        assert (box.proposed is None) == (row.proposed is None)
        assert all(0 <= float(line) <= 100 for line in (box.limit, box.proposed) if line is not None)
        assert box.is_beyond == (row.limit is not None and row.largest > row.limit)


@given(rows=st.lists(drawn, min_size=1, max_size=6))
def test_the_scale_is_marked_with_powers_of_ten_and_not_too_many(rows: list[Drawn]) -> None:
    marks = boxes(rows).marks

    assert 1 <= len(marks) <= MOST_MARKS
    assert all(value.as_tuple().digits == (1,) for value, _place in marks)
    assert [float(place) for _value, place in marks] == sorted(float(place) for _value, place in marks)


def test_ten_times_as_much_is_always_as_far_to_the_right() -> None:
    row = Drawn(*map(Decimal, ("1", "10", "100", "1000", "10000", "100000")), limit=Decimal(1_000_000))

    (box,) = boxes([row]).boxes

    steps = [round(after - before, 1) for before, after in pairwise(places(box))]
    assert len(set(steps)) == 1
    assert float(box.limit or 0) - float(box.largest) == pytest.approx(steps[0], abs=0.1)


def test_equal_sizes_stand_in_the_middle() -> None:
    row = Drawn(*[Decimal(500)] * 6, limit=None)

    (box,) = boxes([row]).boxes

    assert (box.median, box.reach) == ("50.00", "0.00")
