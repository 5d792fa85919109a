"""Nobody holds two roles together that a rule keeps apart; judged over periods, in one firm."""

from datetime import UTC, datetime, timedelta
from itertools import combinations_with_replacement
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from compliance.periods import Period, cover_until, earliest
from compliance.role_cover import Share, cover
from compliance.roles import ROLES
from compliance.segregation import RULES, Holding, broken_rule
from orders.permissions import PLACE_ORDERS

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
FIRM, OTHER = UUID(int=1), UUID(int=2)
moments = st.integers(0, 12).map(lambda hours: BEGIN + timedelta(hours=hours))
periods = st.builds(
    lambda start, hours: Period(start, None if hours is None else start + timedelta(hours=hours)),
    moments,
    st.none() | st.integers(1, 6),
)
ALWAYS = Period(BEGIN)


def held_in(period: Period, moment: datetime) -> bool:
    return period.start <= moment and (period.end is None or moment < period.end)


def hours() -> list[datetime]:
    return [BEGIN + timedelta(minutes=30 * half) for half in range(48)]


@given(periods, periods)
def test_two_periods_overlap_and_cover_as_their_moments_say(one: Period, other: Period) -> None:
    both = [held_in(one, moment) and held_in(other, moment) for moment in hours()]
    assert one.overlaps(other) == other.overlaps(one) == any(both)
    assert one.covers(other) == (
        all(held_in(one, moment) for moment in hours() if held_in(other, moment))
        and (other.end is not None or one.end is None)
    )


@given(st.lists(periods, max_size=5), moments)
def test_cover_goes_on_until_the_first_moment_that_no_period_has(
    known: list[Period], moment: datetime
) -> None:
    until = cover_until(known, moment)
    if until is None:
        assert any(each.end is None for each in known)
    elif until > moment:
        assert not any(held_in(each, until) for each in known)
    for each in hours():
        if moment <= each and (until is None or each < until):
            assert any(held_in(period, each) for period in known)


@given(st.lists(st.tuples(periods, st.sampled_from(["", "a", "b"])), max_size=6), moments)
def test_a_right_of_ones_own_goes_before_anothers_and_no_cover_is_longer_than_its_grants(
    known: list[tuple[Period, str]], moment: datetime
) -> None:
    found = cover([Share(frozenset({"x"}), period, whom) for period, whom in known], moment)
    now = [whom for period, whom in known if held_in(period, moment)]
    assert set(found) == ({"x"} if now else set())
    if now:
        until, whom = found["x"]
        assert (whom == "") == ("" in now)
        assert whom in now
        for each in hours():
            if moment <= each and (until is None or each < until):
                assert any(held_in(period, each) for period, of in known if of == whom)


def test_the_earliest_end_is_never_where_none_is() -> None:
    assert earliest(None, None) is None
    assert earliest(None, BEGIN) == BEGIN


def test_whoever_could_trade_and_approve_or_audit_and_change_is_refused_by_a_rule() -> None:
    for first, second in combinations_with_replacement(sorted(ROLES), 2):
        both = {*ROLES[first], *ROLES[second]}
        is_apart = any(rule.forbids(first, second) for rule in RULES)
        assert is_apart == any(rule.forbids(second, first) for rule in RULES)
        if PLACE_ORDERS in both and any(name.startswith("approve_") for name in both):
            assert is_apart, (first, second)
        if (
            "auditor" in (first, second)
            and first != second
            and "data_protection_officer" not in (first, second)
        ):
            assert is_apart, (first, second)
    assert {role for rule in RULES for role in rule.one | rule.other} == set(ROLES)
    assert all(rule.source and rule.why for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_no_rule_keeps_a_role_from_itself() -> None:
    assert not [role for role in ROLES for rule in RULES if rule.forbids(role, role)]


@given(periods, periods)
def test_roles_are_apart_where_their_times_meet_in_one_firm(one: Period, other: Period) -> None:
    wanted = Holding("risk_officer", FIRM, one)
    broken = broken_rule(wanted, [Holding("trader", FIRM, other)])
    assert (broken is not None) == one.overlaps(other)
    assert broken is None or broken[0].name == "trading_and_risk_control"
    assert broken_rule(wanted, [Holding("trader", OTHER, other)]) is None
    assert broken_rule(Holding("desk_head", FIRM, one), [Holding("trader", FIRM, other)]) is None
