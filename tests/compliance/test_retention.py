"""The longest rule that applies holds, a hold beyond it; both are dated data, and two persons change them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.errors import InsufficientPrivilege
from pydantic import ValidationError

from compliance.capture.registry import REGISTRY
from compliance.commands import PlaceHold, ProposeHoldLift, ProposeRetention
from compliance.errors import ApprovalOutdated, ApprovalSamePerson, HoldNotFound, RetentionUnfit
from compliance.models import Leaf, LegalHold, RetentionRule
from compliance.retention import (
    ACCESS,
    BOOKS,
    OBJECT_TYPES,
    OF_BOOKS,
    ORDERS,
    RECORD_CLASSES,
    RISK,
    Kept,
    Rule,
    after_years,
    class_of,
    in_force_since,
    kept,
    last_day_of,
    may_go,
)
from compliance.retention_reads import holds_for, months_for, rules_for
from compliance.services.approvals import approve
from compliance.services.holds import place_hold
from compliance.services.retention_changes import propose_hold_lift, propose_retention
from orders.kernel.clock import recorded_now
from orders.kernel.context import NotAPerson
from orders.kernel.errors import NotPermitted
from orders.kernel.events import event_classes
from orders.kernel.ids import new_id
from orders.permissions import APPROVE_RETENTION, PROPOSE_RETENTION, VIEW_AUDIT
from tests.compliance.log import indexed, record
from tests.compliance.months import as_owner
from tests.conftest import CommittedDatabase
from tests.sign_in import in_role
from tests.world import SETUP, World, person

TODAY = date(2026, 11, 28)
days = st.dates(date(1990, 1, 1), TODAY)
rules = st.lists(
    st.builds(
        Rule,
        regime=st.sampled_from("AB"),
        record_class=st.sampled_from((ORDERS, BOOKS)),
        years=st.none() | st.integers(1, 12),
        effective_from=days,
    ),
    max_size=8,
    unique_by=lambda rule: (rule.regime, rule.record_class, rule.effective_from),
)


@given(days, rules)
def test_the_longest_rule_that_was_in_force_since_then_decides(day: date, known: list[Rule]) -> None:
    found = kept(day, day, (ORDERS, BOOKS), known, TODAY)
    counting = [rule for rule in in_force_since(known, day, TODAY) if rule.years]
    for name in (ORDERS, BOOKS):
        if not any(rule.record_class == name for rule in counting):
            assert found.until is None
            return
    assert found.until == max(after_years(day, rule.years or 0) for rule in counting)
    assert found.rule in counting


@given(days, rules, st.integers(1, 40))
def test_another_rule_never_shortens_and_what_is_to_come_does_not_count(
    day: date, known: list[Rule], years: int
) -> None:
    before = kept(day, day, (ORDERS, BOOKS), known, TODAY)
    more = kept(day, day, (ORDERS, BOOKS), [*known, Rule("C", ORDERS, years, TODAY)], TODAY)
    if before.until is not None:
        assert more.until is not None
        assert more.until >= before.until
    to_come = Rule("C", ORDERS, years, TODAY + timedelta(days=1))
    assert kept(day, day, (ORDERS, BOOKS), [*known, to_come], TODAY) == before


@given(days, rules)
def test_nothing_goes_before_its_day_or_while_a_hold_touches_it(day: date, known: list[Rule]) -> None:
    found = kept(day, day, (ORDERS,), known, TODAY)
    assert not may_go(found, ["a hold"], TODAY)
    assert may_go(found, [], TODAY) == (found.until is not None and found.until < TODAY)


def test_a_shorter_rule_counts_for_what_comes_after_it_and_a_longer_one_for_all_that_is_there() -> None:
    dated = [
        Rule("A", ORDERS, 5, date(2018, 1, 3)),
        Rule("A", ORDERS, 3, date(2022, 1, 1)),
        Rule("A", ORDERS, 7, date(2025, 1, 1)),
    ]
    assert kept(date(2021, 6, 30), date(2021, 6, 30), [ORDERS], dated[:2], TODAY).until == date(2026, 6, 30)
    assert kept(date(2022, 6, 30), date(2022, 6, 30), [ORDERS], dated[:2], TODAY).until == date(2025, 6, 30)
    assert kept(date(2022, 6, 30), date(2022, 6, 30), [ORDERS], dated, TODAY).until == date(2029, 6, 30)
    over = [*dated, Rule("A", ORDERS, None, date(2026, 1, 1))]
    assert kept(date(2026, 6, 30), date(2026, 6, 30), [ORDERS], over, TODAY) == Kept(None, undecided=ORDERS)
    assert kept(date(2026, 6, 30), date(2026, 6, 30), [], over, TODAY) == Kept(None)


@given(days, rules, st.none() | st.integers(1, 12), days)
def test_no_rule_shortens_what_is_there_when_it_is_written_down(
    day: date, known: list[Rule], years: int | None, effective_from: date
) -> None:
    backdated = Rule("A", ORDERS, years, effective_from, recorded_on=TODAY)
    before = kept(day, day, (ORDERS,), known, TODAY)
    after = kept(day, day, (ORDERS,), [*known, backdated], TODAY)
    if day < TODAY and before.until is not None:
        assert after.until is not None
        assert after.until >= before.until


def test_a_rule_that_changes_within_a_month_leaves_its_earlier_records_their_time() -> None:
    dated = [Rule("A", ORDERS, 5, date(2018, 1, 3)), Rule("A", ORDERS, 1, date(2022, 6, 10))]
    assert kept(date(2022, 6, 1), date(2022, 6, 30), [ORDERS], dated, TODAY).until == date(2027, 6, 30)
    assert kept(date(2022, 7, 1), date(2022, 7, 31), [ORDERS], dated, TODAY).until == date(2023, 7, 31)


def test_days_that_there_are_not_and_classes_of_object_types() -> None:
    assert after_years(date(2024, 2, 29), 1) == date(2025, 3, 1)
    assert after_years(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert [last_day_of(date(2024, month, 1)).day for month in (1, 2, 4, 12)] == [31, 29, 30, 31]
    assert [class_of(each) for each in ("order", "sign_in", "limit", "orders_lot")] == [
        ORDERS,
        "access",
        "risk_controls",
        BOOKS,
    ]
    types = [each for known in OBJECT_TYPES.values() for each in known]
    assert len(types) == len(set(types))
    assert {*OBJECT_TYPES, BOOKS} == set(RECORD_CLASSES)


def test_somebody_said_of_every_table_and_every_event_s_object_to_which_class_it_belongs() -> None:
    assert {
        class_of(each) for each in ("orders_override", "orders_throttlereset", "orders_tradingstatechange")
    } == {RISK}
    assert {
        class_of(each) for each in ("execution_venuereport", "orders_orderrequest", "orders_replacement")
    } == {ORDERS}
    assert {class_of(f"orders_{each}permission") for each in ("firm", "desk", "account")} == {ACCESS}
    classed = {each for types in OBJECT_TYPES.values() for each in types}
    assert not classed & OF_BOOKS
    ours = ("orders", "execution", "compliance")
    said = {each.object_type for each in event_classes() if each.__module__.partition(".")[0] in ours}
    assert classed | OF_BOOKS == set(REGISTRY) | said


class Officers:
    """Who asks and who agrees."""

    def __init__(self, world: World) -> None:
        self.asks = in_role("compliance_officer", world.firm)
        self.agrees = in_role("risk_officer", world.firm)

    def ask(self, **changes: Any) -> Any:
        terms = {
            "regime": "MiFID-II",
            "record_class": ORDERS,
            "years": 7,
            "effective_from": "2026-12-01",
            "source": "Request of the authority, 16(7)",
            "reason": "they asked for it",
        }
        return propose_retention(
            actor=self.asks, command=ProposeRetention.model_validate({**terms, **changes})
        )

    def agree(self, approval: Any) -> None:
        approve(actor=self.agrees, approval_id=approval.pk, reason="so it is")

    def hold(self, **changes: Any) -> LegalHold:
        return place_hold(
            actor=self.asks,
            command=PlaceHold.model_validate({"kind": "everything", "reason": "case 7", **changes}),
        )


@pytest.fixture
def officers(world: World) -> Officers:
    return Officers(world)


def test_a_rule_is_in_force_once_another_person_agreed_and_the_old_one_stays_written(
    officers: Officers,
) -> None:
    first, second = officers.ask(), officers.ask(years=8)
    assert RetentionRule.objects.filter(regime="MiFID-II", record_class=ORDERS).count() == 1
    officers.agree(first)
    with pytest.raises(ApprovalOutdated):
        officers.agree(second)
    row = RetentionRule.objects.get(years=7)
    assert (row.effective_from, row.approval_id) == (date(2026, 12, 1), first.pk)
    assert RetentionRule.objects.filter(regime="MiFID-II", record_class=ORDERS).count() == 2
    leaf = Leaf.objects.get(action="RetentionRuleSet")
    assert (leaf.object_id, leaf.revision) == (str(row.pk), 1)
    with pytest.raises(RetentionUnfit, match="give a later day"):
        officers.ask(effective_from="2026-12-01")
    officers.agree(officers.ask(regime="CFTC", years=None))
    assert RetentionRule.objects.get(regime="CFTC").years is None


def test_the_published_rules_are_there(officers: Officers) -> None:
    found = {(row.regime, row.record_class): row.years for row in rules_for(officers.asks)}
    assert (found["MiFID-II", ORDERS], found["SEC-17a-4", ORDERS], found["SEC-17a-4", BOOKS]) == (5, 3, 6)
    assert {record_class for _regime, record_class in found} == set(RECORD_CLASSES)


def test_a_hold_counts_at_once_and_is_lifted_by_another_person(world: World, officers: Officers) -> None:
    hold = officers.hold(kind="account", subject=world.account.code, since="2026-01-01")
    assert hold.subject == str(world.account.pk)
    approval = propose_hold_lift(
        actor=officers.asks, hold_id=hold.pk, command=ProposeHoldLift(reason="it is over")
    )
    again = propose_hold_lift(
        actor=officers.asks, hold_id=hold.pk, command=ProposeHoldLift(reason="it is over")
    )
    with pytest.raises((ApprovalSamePerson, NotPermitted)):
        approve(actor=officers.asks, approval_id=approval.pk, reason="mine")
    officers.agree(approval)
    with pytest.raises(HoldNotFound):
        officers.agree(again)
    with pytest.raises(HoldNotFound):
        propose_hold_lift(actor=officers.asks, hold_id=hold.pk, command=ProposeHoldLift(reason="again"))
    [row] = holds_for(officers.asks)
    assert (row.lifted_by_id, row.placed_by_id) == (officers.agrees.user_id, officers.asks.user_id)
    told = Leaf.events.filter(object_id=str(hold.pk)).order_by("pk").values_list("action", "revision")
    assert list(told) == [("LegalHoldPlaced", 1), ("LegalHoldLifted", 2)]


def test_who_placed_a_hold_does_not_agree_that_it_is_lifted(world: World, officers: Officers) -> None:
    both = person("both", world.firm, (VIEW_AUDIT, PROPOSE_RETENTION, APPROVE_RETENTION))
    hold = place_hold(
        actor=both, command=PlaceHold.model_validate({"kind": "everything", "reason": "case 7"})
    )
    approval = propose_hold_lift(
        actor=officers.asks, hold_id=hold.pk, command=ProposeHoldLift(reason="it is over")
    )
    with pytest.raises(RetentionUnfit, match="you placed this hold yourself"):
        approve(actor=both, approval_id=approval.pk, reason="mine")


def test_who_has_not_the_right_and_what_is_no_hold_or_rule(world: World, officers: Officers) -> None:
    everything = PlaceHold.model_validate({"kind": "everything", "reason": "x"})
    for actor, refused in (
        (officers.agrees, NotPermitted),
        (world.trader, NotPermitted),
        (SETUP, NotAPerson),
    ):
        with pytest.raises(refused):
            place_hold(actor=actor, command=everything)
    with pytest.raises(RetentionUnfit, match="no account NONE"):
        officers.hold(kind="account", subject="NONE")
    order = world.place(client_order_id="mine-1")
    for kind, subject in (("object", "mine-1"), ("object", str(new_id())), ("object_type", "Order")):
        with pytest.raises(RetentionUnfit, match=f"the log has no object.* {subject}"):
            officers.hold(kind=kind, subject=subject)
    assert officers.hold(kind="object", subject=str(order.pk).upper()).subject == str(order.pk)
    for wrong in (
        {"kind": "everything", "subject": "x"},
        {"kind": "object"},
        {"since": "2026-02-01", "until": "2026-01-01"},
    ):
        with pytest.raises(ValidationError):
            officers.hold(**wrong)
    with pytest.raises(NotPermitted):
        months_for(world.trader)


def test_a_month_says_until_when_it_is_kept_by_which_rule_and_what_holds_it(
    world: World, officers: Officers
) -> None:
    order = world.place()
    indexed()
    this = recorded_now().date().replace(day=1)
    [month] = months_for(officers.asks)
    assert (month.month, month.state, month.holds, month.may_go) == (this, "open", (), False)
    assert month.kept.rule is not None
    assert (month.kept.rule.regime, month.kept.rule.record_class) == ("SEC-17a-4", BOOKS)
    assert month.kept.until == after_years(last_day_of(this), 6)
    assert set(month.classes) >= {ORDERS, BOOKS}
    touching = [
        officers.hold(),
        officers.hold(kind="object", subject=str(order.pk).upper()),
        officers.hold(kind="object_type", subject="order"),
        officers.hold(kind="account", subject=world.account.code, since=str(this), until=str(this)),
    ]
    officers.hold(kind="object_type", subject="venue_break")
    officers.hold(until=str(this - timedelta(days=1)))
    officers.hold(since=str(last_day_of(this) + timedelta(days=1)))
    assert [each.pk for each in months_for(officers.asks)[0].holds] == [each.pk for each in touching]


def test_leaves_that_came_after_the_month_they_lie_in_are_held_and_kept_from_their_own_day_on(
    world: World, officers: Officers, monkeypatch: pytest.MonkeyPatch
) -> None:
    this = recorded_now().date().replace(day=1)
    late = datetime.combine(this + timedelta(days=75), time(12), UTC)
    monkeypatch.setattr("compliance.handlers.recorded_now", lambda: late)
    record("written when nobody opened a month")
    hold = officers.hold(since=str(late.date()))
    for is_indexed in (False, True):
        if is_indexed:
            indexed()
        [month] = months_for(officers.asks)
        assert (month.month, [each.pk for each in month.holds]) == (this, [hold.pk])
    assert month.kept.until == after_years(late.date(), 6)


def test_nobody_edits_a_hold_or_a_rule(committed_world: World, committed_database: CommittedDatabase) -> None:
    Officers(committed_world).hold()
    statements = (
        "UPDATE compliance_legalhold SET reason = 'x'",
        "UPDATE compliance_legalhold SET until = '2026-01-01'",
        "DELETE FROM compliance_legalhold",
        "TRUNCATE compliance_legalhold",
        "UPDATE compliance_retentionrule SET years = 1",
        "DELETE FROM compliance_retentionrule",
        "TRUNCATE compliance_retentionrule",
    )
    with committed_database.as_application() as application, as_owner(committed_database) as owner:
        for connection in (application, owner):
            for statement in statements:
                with pytest.raises(InsufficientPrivilege):
                    connection.execute(statement)
        with pytest.raises(psycopg.errors.CheckViolation, match="legal_hold_lifted_by_another"):
            application.execute(
                "UPDATE compliance_legalhold SET lifted_at = now(), lifted_by_id = placed_by_id"
            )
