"""The modified z-score of log sizes: what stands out, and what cannot be told."""

from decimal import Decimal

import numpy
from hypothesis import given
from hypothesis import strategies as st

from orders.sizes.outliers import FEWEST, Verdict, outliers

amounts = st.integers(1, 10**11).map(lambda hundredths: Decimal(hundredths) / 100)
many = st.lists(amounts, min_size=FEWEST, max_size=80)


def by_numpy(sizes: list[Decimal]) -> tuple[float, int, int]:
    """MAD and how many are beyond 3.5 above and below, reckoned by numpy as the formula is printed."""
    logarithms = numpy.log([float(each) for each in sizes])
    deviations = logarithms - numpy.median(logarithms)
    mad = float(numpy.median(numpy.abs(deviations)))
    if mad == 0:
        return 0.0, 0, 0
    scores = 0.6745 * deviations / mad
    return mad, int((scores > 3.5).sum()), int((scores < -3.5).sum())


@given(sizes=many)
def test_what_stands_out_is_what_numpy_finds(sizes: list[Decimal]) -> None:
    mad, large, small = by_numpy(sizes)
    found = outliers(sizes)

    if found.verdict == Verdict.TOLD:
        assert (found.large, found.small) == (large, small)
    else:
        assert (found.verdict, mad < 1e-12) == (Verdict.ONE_SIZE, True)


@given(sizes=many, factor=st.sampled_from([2, 8, 1024]))
def test_another_currency_changes_nothing(sizes: list[Decimal], factor: int) -> None:
    """Only the ratio of sizes counts; rounding may move a size that stands exactly on the line."""
    before, after = outliers(sizes), outliers([each * factor for each in sizes])

    assert before.orders == after.orders
    if before.verdict == after.verdict == Verdict.TOLD:
        assert abs((before.large or 0) - (after.large or 0)) <= 1
        assert abs((before.small or 0) - (after.small or 0)) <= 1


@given(sizes=st.lists(amounts, max_size=FEWEST - 1))
def test_of_few_orders_nothing_is_told(sizes: list[Decimal]) -> None:
    found = outliers(sizes)

    assert (found.verdict, found.large, found.small) == (Verdict.TOO_FEW, None, None)
    assert found.orders == len(sizes)


@given(size=amounts, others=st.lists(amounts, min_size=1, max_size=9))
def test_where_most_orders_are_of_one_size_nothing_is_told_but_how_many_differ(
    size: Decimal, others: list[Decimal]
) -> None:
    found = outliers([size] * FEWEST + others)

    assert (found.verdict, found.large, found.small) == (Verdict.ONE_SIZE, None, None)
    assert found.differing == sum(each != size for each in others)


def test_a_fat_finger_stands_out_and_takes_no_other_order_with_it() -> None:
    usual = [Decimal(90 + number) for number in range(FEWEST)]

    assert (outliers(usual).large, outliers(usual).small) == (0, 0)
    found = outliers([*usual, Decimal(100_000), Decimal(1)])
    assert (found.large, found.small) == (1, 1)


def test_the_mean_and_the_deviation_would_have_hidden_it() -> None:
    """Why the measure is a robust one: what stands out moves the mean and the deviation towards itself."""
    sizes = [Decimal(100 + number % 7) for number in range(FEWEST)] + [Decimal(10_000)] * 3
    logarithms = numpy.log([float(each) for each in sizes])
    ordinary = (logarithms - logarithms.mean()) / logarithms.std(ddof=1)

    assert float(numpy.abs(ordinary).max()) < 3.5
    assert outliers(sizes).large == 3
