"""The loop that the checks are measured against says what they say."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bench.risk import a_case, an_instrument, by_hand, columns_of, whole_list
from orders.risk.figures import Outcome

quantities = st.integers(1, 2_000_000).map(Decimal)
prices = st.decimals(min_value="480", max_value="580", places=2)


@given(quantity=quantities, limit_price=prices, open_buys=quantities)
def test_the_list_of_checks_denies_what_a_loop_by_hand_finds_exceeded(
    quantity: Decimal, limit_price: Decimal, open_buys: Decimal
) -> None:
    case = a_case(quantity=quantity, limit_price=limit_price, open_buys=open_buys)

    decision, _kept = whole_list(case, columns_of(case), an_instrument())

    found = {each.limit.id: each.outcome is Outcome.DENIED for each in decision.findings if each.limit}
    assert found == by_hand(case)
    assert len(found) == 11, "all that apply, but for the permission, which is no number"


def test_fifty_limits_are_in_force_and_twelve_apply() -> None:
    case = a_case(quantity=Decimal(1), limit_price=Decimal(500), open_buys=Decimal(0))

    assert len(case.limits) == 50
    assert len(columns_of(case)[0]) == 12
