"""Routing without a database: the first rule that fits decides, the first venue that takes it is chosen."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.routing import EQUAL, Conditions, Route, Rule, Sent, Unavailable, route

IDS = [UUID(int=number) for number in range(1, 9)]
FIRM, DESK, ACCOUNT, INSTRUMENT, OTHER, FIRST, SECOND, THIRD = IDS
SLICE = Sent(
    firm=FIRM,
    desk=DESK,
    account=ACCOUNT,
    instrument=INSTRUMENT,
    asset_class="equity",
    mic="ARCX",
    algorithm="twap",
    type="limit",
    time_in_force="day",
    quantity=Decimal(100),
)
OTHERWISE = {
    "firm": OTHER,
    "desk": OTHER,
    "account": OTHER,
    "instrument": OTHER,
    "asset_class": "bond",
    "mic": "XNYS",
    "algorithm": "vwap",
    "type": "market",
    "time_in_force": "ioc",
}


def all_take(_venue: str) -> None:
    return None


def rule(number: UUID, *venues: str, **conditions: object) -> Rule:
    return Rule(number, Conditions(**conditions), venues)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", EQUAL)
def test_a_condition_fits_what_it_names_and_nothing_else(name: str) -> None:
    rules = [rule(FIRST, "MTF", **{name: getattr(SLICE, name)}), rule(SECOND, "SIM")]

    assert route(SLICE, rules, all_take) == Route("MTF", FIRST)
    assert route(replace(SLICE, **{name: OTHERWISE[name]}), rules, all_take) == Route("SIM", SECOND)


@pytest.mark.parametrize(
    ("quantity", "fits"), [("99", False), ("100", True), ("199.99", True), ("200", False)]
)
def test_quantities_fit_from_the_one_on_and_below_the_other(quantity: str, fits: bool) -> None:
    conditions = Conditions(from_quantity=Decimal(100), below_quantity=Decimal(200))

    assert conditions.fit(replace(SLICE, quantity=Decimal(quantity))) is fits


def test_a_venue_that_does_not_take_it_is_passed_over_and_said_why() -> None:
    standing = {"MTF": Unavailable.AWAY, "DARK": Unavailable.CLOSED}

    chosen = route(SLICE, [rule(FIRST, "MTF", "DARK", "SIM")], standing.get)

    assert chosen == Route("SIM", FIRST, (("MTF", Unavailable.AWAY), ("DARK", Unavailable.CLOSED)))


def test_where_none_of_its_venues_takes_it_a_slice_waits_and_no_later_rule_is_asked() -> None:
    rules = [rule(FIRST, "MTF"), rule(SECOND, "SIM")]

    chosen = route(SLICE, rules, {"MTF": Unavailable.NOT_CONNECTED}.get)

    assert chosen == Route(None, FIRST, (("MTF", Unavailable.NOT_CONNECTED),))


def test_what_fits_no_rule_goes_nowhere() -> None:
    assert route(SLICE, [rule(FIRST, "SIM", desk=OTHER)], all_take) == Route(None, None)
    assert route(SLICE, [], all_take) == Route(None, None)


_CONDITIONS = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from([getattr(SLICE, name), OTHERWISE[name]]) for name in EQUAL}
)
_RULES = st.lists(
    st.tuples(_CONDITIONS, st.lists(st.sampled_from(["A", "B", "C"]), min_size=1, max_size=3, unique=True)),
    max_size=5,
)


@given(rules=_RULES, closed=st.sets(st.sampled_from(["A", "B", "C"])))
def test_whatever_the_rules_the_choice_is_the_first_that_takes_it_of_the_first_that_fits(
    rules: list[tuple[dict[str, object], list[str]]], closed: set[str]
) -> None:
    made = [rule(UUID(int=100 + place), *venues, **terms) for place, (terms, venues) in enumerate(rules)]

    chosen = route(SLICE, made, lambda venue: Unavailable.CLOSED if venue in closed else None)

    fitting = [
        each
        for each, (terms, _) in zip(made, rules, strict=True)
        if all(has(*term) for term in terms.items())
    ]
    if not fitting:
        assert chosen == Route(None, None)
        return
    assert chosen.rule == fitting[0].id
    taking = [venue for venue in fitting[0].venues if venue not in closed]
    assert chosen.venue == (taking[0] if taking else None)
    before = fitting[0].venues[: fitting[0].venues.index(taking[0])] if taking else fitting[0].venues
    assert [venue for venue, _why in chosen.passed_over] == list(before)


def has(name: str, value: object) -> bool:
    """Whether the slice has it."""
    return getattr(SLICE, name) == value
