"""Weighted means and their intervals."""

from random import Random

import pytest

from execution.costs.intervals import FEWEST, student_quantile, weighted_mean


@pytest.mark.parametrize(("degrees", "table"), [(19, 2.09302), (30, 2.04227), (60, 2.00030), (120, 1.97993)])
def test_students_quantile_is_that_of_the_tables(degrees: int, table: float) -> None:
    assert student_quantile(degrees) == pytest.approx(table, abs=1e-4)


def test_the_quantile_is_not_told_where_the_expansion_fails() -> None:
    with pytest.raises(ValueError, match="so few"):
        student_quantile(3)


def test_too_few_have_a_mean_and_no_interval() -> None:
    told = weighted_mean([1.0, 3.0], [3.0, 1.0])

    assert (told.count, told.mean, told.low, told.high, told.is_told) == (2, 1.5, None, None, False)
    assert weighted_mean([1.0] * FEWEST, [2.0] * FEWEST).is_told


def test_equal_weights_give_students_interval_of_the_mean() -> None:
    values = [float(each) for each in range(1, 22)]
    told = weighted_mean(values, [5.0] * 21)

    # Standard deviation of 1 to 21 is sqrt(38.5); t(20) is 2.08596.
    assert told.low is not None
    assert told.high is not None
    assert told.high - told.mean == pytest.approx(2.08596 * (38.5 / 21) ** 0.5, rel=1e-4)
    assert told.mean - told.low == pytest.approx(told.high - told.mean)


def test_the_interval_holds_the_mean_of_the_population_nineteen_times_in_twenty() -> None:
    random, held = Random(7), 0
    for _ in range(400):
        weights = [random.uniform(1, 3) for _ in range(60)]
        told = weighted_mean([random.gauss(5, 20) for _ in weights], weights)
        held += (told.low or 0) <= 5 <= (told.high or 0)

    assert 0.92 <= held / 400 <= 0.98


@pytest.mark.parametrize(("values", "weights"), [([], []), ([1.0], [0.0]), ([1.0], [1.0, 2.0])])
def test_no_mean_of_nothing(values: list[float], weights: list[float]) -> None:
    with pytest.raises(ValueError, match="a mean needs values"):
        weighted_mean(values, weights)
