"""How much of a limit is used, in percent: of what holds down, of what must remain, and of nothing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.limit_kinds import KINDS, LimitKind
from orders.risk.utilisation import (
    BEYOND,
    MEASURED,
    Use,
    is_minimum,
    nearest_to,
    tone_of,
    utilisation_percent,
)

D = Decimal
GROSS, CASH = LimitKind.GROSS_NOTIONAL, LimitKind.CASH_MINIMUM


@pytest.mark.parametrize(
    ("kind", "used", "value", "percent"),
    [
        (GROSS, "0", "100", "0"),
        (GROSS, "80", "100", "80"),
        (GROSS, "1", "3", "33.3333"),
        (GROSS, "150", "100", "150"),
        (GROSS, "0", "0", "0"),
        (GROSS, "0.01", "0", "Infinity"),
        (GROSS, "1e12", "0.0001", "Infinity"),
        (CASH, "1000", "250", "25"),
        (CASH, "250", "250", "100"),
        (CASH, "200", "250", "125"),
        (CASH, "0", "250", "Infinity"),
        (CASH, "-1", "0", "Infinity"),
        (CASH, "0", "0", "0"),
        (CASH, "10", "0", "0"),
    ],
)
def test_a_percent_of_a_limit(kind: str, used: str, value: str, percent: str) -> None:
    assert utilisation_percent(kind, D(used), D(value)) == D(percent)


amounts = st.decimals(min_value=0, max_value=10**12, places=8)


@given(kind=st.sampled_from([GROSS, CASH]), used=amounts, value=amounts)
def test_more_than_all_of_it_is_used_exactly_where_the_limit_is_not_kept(
    kind: LimitKind, used: Decimal, value: Decimal
) -> None:
    is_kept = used >= value if is_minimum(kind) else used <= value
    percent = utilisation_percent(kind, used, value)

    assert percent >= 0
    # Four places: what is over by less than a millionth of the limit reads as exactly all of it.
    assert percent <= 100 if is_kept else percent >= 100


@given(first=amounts, second=amounts)
def test_the_nearest_to_a_limit_uses_no_less_of_it(first: Decimal, second: Decimal) -> None:
    for kind in (GROSS, CASH):
        nearest = nearest_to(kind, first, None, second)
        assert utilisation_percent(kind, nearest, D(500)) == max(
            utilisation_percent(kind, each, D(500)) for each in (first, second)
        )


def test_it_is_near_from_where_it_warns_and_full_from_the_limit_on() -> None:
    assert [tone_of(D(percent), 80) for percent in ("79.9999", "80", "99.9", "100", "Infinity")] == [
        "",
        "near",
        "near",
        "full",
        "full",
    ]
    assert Use(GROSS, D(90), D(100), 95).tone == ""
    assert (Use(CASH, D(0), D(1), 80).percent, Use(CASH, D(0), D(1), 80).tone) == (BEYOND, "full")


def test_what_stands_while_nothing_happens_belongs_to_a_firm_a_desk_or_an_account() -> None:
    assert {kind for kind in MEASURED if KINDS[kind].holders != ("firm", "desk", "account")} == set()
