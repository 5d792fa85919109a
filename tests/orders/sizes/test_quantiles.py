"""Quantiles and readable numbers, against engines that others wrote."""

import statistics
from decimal import Decimal

import numpy
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from orders.sizes.quantiles import LARGEST, MEDIAN, P95, P99, quantile, rounded_up

sizes = st.lists(
    st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False, allow_infinity=False),
    min_size=1,
    max_size=60,
).map(sorted)


@given(ordered=sizes.filter(lambda values: len(values) > 1), percent=st.integers(1, 99))
def test_a_percentile_is_exactly_what_pythons_statistics_say(ordered: list[Decimal], percent: int) -> None:
    told = statistics.quantiles(ordered, n=100, method="inclusive")[percent - 1]

    assert quantile(ordered, Decimal(percent) / 100) == told


@given(ordered=sizes, share=st.decimals(min_value=0, max_value=1, places=4))
def test_a_quantile_is_what_numpy_says(ordered: list[Decimal], share: Decimal) -> None:
    told = numpy.percentile([float(each) for each in ordered], float(share) * 100)

    assert float(quantile(ordered, share)) == pytest.approx(float(told), rel=1e-9, abs=1e-6)


@pytest.mark.django_db
@given(ordered=sizes, share=st.decimals(min_value=0, max_value=1, places=4))
def test_a_quantile_is_what_postgresql_says(ordered: list[Decimal], share: Decimal) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT percentile_cont(%s::float8) WITHIN GROUP (ORDER BY each::float8)"
            " FROM unnest(%s::numeric[]) AS each",
            [share, ordered],
        )
        (told,) = cursor.fetchone()

    assert float(quantile(ordered, share)) == pytest.approx(told, rel=1e-12, abs=1e-6)


@given(ordered=sizes)
def test_quantiles_ascend_and_end_at_the_largest(ordered: list[Decimal]) -> None:
    told = [quantile(ordered, share) for share in (Decimal(0), MEDIAN, P95, P99, LARGEST)]

    assert told == sorted(told)
    assert (told[0], told[-1]) == (ordered[0], ordered[-1])


@pytest.mark.parametrize(("values", "share"), [([], "0.5"), (["1"], "-0.1"), (["1"], "1.1")])
def test_what_has_no_quantile_is_refused(values: list[str], share: str) -> None:
    with pytest.raises(ValueError, match=r"quantile|between 0 and 1"):
        quantile([Decimal(each) for each in values], Decimal(share))


@given(value=st.decimals(min_value=0, max_value=10**12, places=10))
def test_a_number_is_rounded_up_to_the_next_with_two_digits(value: Decimal) -> None:
    told = rounded_up(value)

    assert told >= value
    assert len(told.normalize().as_tuple().digits) <= 2
    assert told.as_tuple().exponent >= -8 or told == 0
    digits = max(value.adjusted() - 1, -8) if value else 0
    assert told - value < Decimal(1).scaleb(digits)


@pytest.mark.parametrize(
    ("value", "told"),
    [("1218", "1300"), ("1200", "1200"), ("991", "1000"), ("0.0123", "0.013"), ("7", "7"), ("0", "0")],
)
def test_it_is_a_number_that_a_person_reads(value: str, told: str) -> None:
    assert rounded_up(Decimal(value)) == Decimal(told)
