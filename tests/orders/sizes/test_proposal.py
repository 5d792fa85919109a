"""A limit from history: the value, what it would have done, and when there is none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.limit_kinds import LimitKind
from orders.risk.figures import Outcome
from orders.sizes.proposal import (
    FEWEST_DAYS,
    FEWEST_ORDERS,
    Basis,
    Counted,
    Measured,
    Proposal,
    Shortage,
    counted,
    propose,
)
from tests.orders.risk.tickets import GOOD, a_limit, finding_of

FIRST = date(2013, 9, 10)
USUAL = Basis(Decimal("0.99"), Decimal("1.5"))
values = st.integers(1, 10**11).map(lambda hundredths: Decimal(hundredths) / 100)
enough = st.lists(values, min_size=FEWEST_ORDERS, max_size=FEWEST_ORDERS + 40)
bases = st.builds(
    Basis,
    st.sampled_from([Decimal("0.95"), Decimal("0.99"), Decimal(1)]),
    st.sampled_from([Decimal(1), Decimal("1.25"), Decimal("1.5"), Decimal(3)]),
    st.booleans(),
)


def measured(
    value: Decimal, *, day: int = 0, is_admitted: bool = True, outcome: Outcome | None = None, limit: str = ""
) -> Measured:
    return Measured(
        order_id=uuid4(),
        day=FIRST + timedelta(days=day),
        is_admitted=is_admitted,
        value=value,
        outcome=outcome,
        limit_value=Decimal(limit) if limit else None,
    )


def spread_over(days: int, of: Sequence[Decimal], *, is_admitted: bool = True) -> list[Measured]:
    return [measured(value, day=n % days, is_admitted=is_admitted) for n, value in enumerate(of)]


def proposed(history: list[Measured], basis: Basis = USUAL, allowed: str | None = None) -> Proposal:
    return propose(history, basis, warn_at_percent=80, allowed=Decimal(allowed) if allowed else None)


@given(of=enough, basis=bases, allowed=st.none() | values)
def test_the_value_is_readable_and_lets_pass_what_it_has_to(
    of: list[Decimal], basis: Basis, allowed: Decimal | None
) -> None:
    told = propose(spread_over(FEWEST_DAYS, of), basis, warn_at_percent=80, allowed=allowed)

    assert told.found and told.shortage is None
    by_numpy = numpy.percentile([float(each) for each in of], float(basis.share) * 100)
    assert float(told.found.at_share) == pytest.approx(float(by_numpy), rel=1e-9)
    assert told.found.scaled == told.found.at_share * basis.margin
    assert told.found.value >= told.found.scaled
    assert len(told.found.value.normalize().as_tuple().digits) <= 2
    is_kept = basis.keeps_allowed and allowed is not None
    assert not is_kept or told.found.value >= (allowed or 0)
    assert told.found.is_raised == (is_kept and (allowed or 0) > told.found.scaled)
    assert is_kept or told.found.value < told.found.scaled * Decimal("1.1")


@given(
    quantities=st.lists(values, max_size=30), limit=st.integers(1, 10**6), warn_at_percent=st.integers(1, 100)
)
def test_what_it_would_have_done_is_what_the_check_itself_says(
    quantities: list[Decimal], limit: int, warn_at_percent: int
) -> None:
    holding = replace(a_limit(LimitKind.ORDER_QUANTITY, str(limit)), warn_at_percent=warn_at_percent)
    outcomes = [
        finding_of(LimitKind.ORDER_QUANTITY, replace(GOOD, quantity=quantity, limits=(holding,))).outcome
        for quantity in quantities
    ]

    told = counted(quantities, Decimal(limit), warn_at_percent)

    assert told == Counted(outcomes.count(Outcome.WARNED), outcomes.count(Outcome.DENIED))


def test_refused_orders_do_not_raise_the_value_and_are_counted() -> None:
    usual = spread_over(FEWEST_DAYS, [Decimal(100)] * FEWEST_ORDERS)
    fat = spread_over(1, [Decimal(1_000_000)] * 30, is_admitted=False)

    told = proposed(usual + fat)

    assert told.found
    assert (told.placed, told.admitted, told.found.value) == (FEWEST_ORDERS + 30, FEWEST_ORDERS, 150)
    assert told.found.would == Counted(warned=0, refused=30)


def test_what_was_expressly_allowed_stays_possible_unless_it_is_left_aside() -> None:
    history = spread_over(FEWEST_DAYS, [Decimal(100)] * FEWEST_ORDERS)

    kept = proposed(history, allowed="4010").found
    left = proposed(history, replace(USUAL, keeps_allowed=False), allowed="4010").found

    assert kept and left
    assert (kept.value, kept.is_raised) == (4_100, True)
    assert (left.value, left.is_raised) == (150, False)


@pytest.mark.parametrize(
    ("orders", "days", "value", "shortage"),
    [
        (0, 1, "1", Shortage.TOO_FEW_ORDERS),
        (FEWEST_ORDERS - 1, FEWEST_DAYS, "1", Shortage.TOO_FEW_ORDERS),
        (FEWEST_ORDERS, FEWEST_DAYS - 1, "1", Shortage.TOO_FEW_DAYS),
        (FEWEST_ORDERS, FEWEST_DAYS, "0", Shortage.NOTHING_TO_SCALE),
        (FEWEST_ORDERS, FEWEST_DAYS, "1", None),
    ],
)
def test_too_short_a_history_speaks_for_nothing(
    orders: int, days: int, value: str, shortage: Shortage | None
) -> None:
    refused = spread_over(30, [Decimal(5)] * 200, is_admitted=False)

    told = proposed(spread_over(days, [Decimal(value)] * orders) + refused)

    assert (told.shortage, told.found is None) == (shortage, shortage is not None)
    assert (told.spread is None) == (orders == 0)


def test_what_the_present_limit_did_is_told_as_it_was_kept() -> None:
    history = [
        measured(Decimal(50), outcome=Outcome.PASSED, limit="100"),
        measured(Decimal(90), outcome=Outcome.WARNED, limit="100"),
        measured(Decimal(60), outcome=Outcome.WARNED, limit="61"),
        measured(Decimal(500), outcome=Outcome.DENIED, limit="100", is_admitted=False),
        measured(Decimal(120), outcome=Outcome.OVERRIDDEN, limit="100"),
        measured(Decimal(7)),
        measured(Decimal(8), outcome=Outcome.DENIED, limit="0", is_admitted=False),
    ]

    told = proposed(history)

    assert told.did == Counted(warned=2, refused=2, overridden=1)
    assert told.most_used == history[4]
    assert told.most_used.used_percent == 120
    assert proposed([history[5]]).most_used is None
