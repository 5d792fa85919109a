"""Limits are set, changed and ended by two persons, on the whole scope, within what makes sense for their kind."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from compliance.commands import ProposeLimit, ProposeLimitChange, ProposeLimitEnd
from compliance.errors import (
    ApprovalOutdated,
    LimitMoved,
    LimitNeverInForce,
    LimitNotFound,
    LimitScopeNotFound,
    LimitScopeUnfit,
    LimitUnchanged,
    LimitValueUnfit,
)
from compliance.limit_rules import WHOLE_NUMBERS, ZERO_HAS_MEANING, value_misfit
from compliance.models import Approval, Leaf
from compliance.selectors import history_of_limit
from compliance.services.approvals import approve
from compliance.services.limit_changes import propose_limit_change, propose_limit_end
from orders.admin.limit_words import LISTS, MEANINGS
from orders.errors import LimitExists
from orders.kernel.errors import NotPermitted
from orders.limit_kinds import KINDS, LimitKind
from orders.limit_reads import LimitStanding, limits_to_watch
from orders.models import Limit
from orders.selectors import limits_for
from orders.services import set_market_clock
from tests.compliance.proposals import agreed, propose_new, propose_value
from tests.world import NOON, SETUP, World, person

TOMORROW = NOON + timedelta(days=1)
CHANGE = {"value": "15000", "warn_at_percent": 60, "effective_until": TOMORROW}


@pytest.fixture
def limit(world: World) -> Limit:
    return Limit.objects.get(account=world.account, kind=LimitKind.ORDER_QUANTITY)


def change(**terms: Any) -> ProposeLimitChange:
    return ProposeLimitChange.model_validate({"reason": "index event", **terms})


def end(world: World, limit: Limit) -> Approval:
    command = ProposeLimitEnd(reason="the desk closes")
    return propose_limit_end(actor=world.head, limit_id=limit.pk, command=command)


@pytest.mark.parametrize(
    "scope",
    [
        {"firm": "ATLAS"},
        {"desk": "EQ1"},
        {"account": "ALPHA", "symbol": "SPY"},
        {"trader": "trader"},
        {"desk": "EQ2", "asset_class": "equity"},
        {"symbol": "SPY"},
        {"asset_class": "bond"},
    ],
)
def test_a_new_limit_has_the_scope_and_terms_that_were_agreed_to(world: World, scope: dict[str, str]) -> None:
    terms = {"kind": "order_notional", "value": "250000.5", "warn_at_percent": 70}
    dates = {"effective_from": NOON, "effective_until": TOMORROW}
    maker = person("second", world.firm, ("view_limits", "propose_limits"))

    made = agreed(world, propose_new(maker, **terms, **dates, **scope))

    assert (made.kind, made.value, made.warn_at_percent, made.version) == (
        "order_notional",
        Decimal("250000.5"),
        70,
        1,
    )
    assert (made.effective_from, made.effective_until, made.ended_at) == (NOON, TOMORROW, None)
    named = {
        "firm": made.firm and made.firm.code,
        "desk": made.desk and made.desk.code,
        "account": made.account and made.account.code,
        "trader": made.trader and made.trader.username,
        "symbol": made.instrument and made.instrument.symbol,
        "asset_class": made.asset_class,
    }
    assert {name: value for name, value in named.items() if value} == scope


def test_nothing_is_in_force_until_a_second_person_agrees(world: World) -> None:
    approval = propose_new(world.head, kind="gross_notional", value="1000000", desk="EQ1")

    assert approval.scope == world.desk
    assert not Limit.objects.filter(kind="gross_notional").exists()


def test_asking_takes_the_right_on_the_whole_scope(world: World) -> None:
    everyone = ({"firm": "ATLAS"}, {"trader": "trader"}, {"symbol": "SPY"}, {"asset_class": "equity"})
    for scope in everyone:
        with pytest.raises(LimitScopeNotFound if "firm" in scope else NotPermitted):
            propose_new(world.head, kind="order_notional", value="5", **scope)
        assert propose_new(world.risk_officer, kind="order_notional", value="5", **scope).state == "pending"
    with pytest.raises(NotPermitted):
        propose_new(SETUP, kind="order_notional", value="5", desk="EQ1")
    with pytest.raises(NotPermitted):
        propose_new(world.trader, kind="order_notional", value="5", desk="EQ1")


@pytest.mark.parametrize(
    "scope", [{"desk": "EQ2"}, {"desk": "NONE"}, {"account": "BETA"}, {"account": "ALPHA", "symbol": "NONE"}]
)
def test_what_is_hidden_and_what_is_absent_is_named_alike(world: World, scope: dict[str, str]) -> None:
    with pytest.raises(LimitScopeNotFound, match="for you"):
        propose_new(world.head, kind="order_notional", value="5", **scope)


def test_a_trader_whom_nobody_knows_is_not_found(world: World) -> None:
    with pytest.raises(LimitScopeNotFound):
        propose_new(world.risk_officer, kind="permitted", value="1", trader="whoever")


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("gross_notional", {"trader": "trader"}),
        ("position_quantity", {"symbol": "SPY"}),
        ("permitted", {"desk": "EQ1"}),
        ("restricted", {"desk": "EQ1"}),
        ("located_quantity", {"account": "ALPHA"}),
        ("located_quantity", {"account": "ALPHA", "asset_class": "equity"}),
        ("cash_minimum", {"account": "ALPHA", "symbol": "SPY"}),
    ],
)
def test_a_kind_has_only_the_scopes_that_it_can_be_counted_by(
    world: World, kind: str, scope: dict[str, str]
) -> None:
    value = {"permitted": "1", "restricted": "0"}.get(kind, "5")
    with pytest.raises(LimitScopeUnfit):
        propose_new(world.risk_officer, kind=kind, value=value, **scope)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("order_quantity", "0"), ("orders_per_second", "2.5"), ("restricted", "1"), ("permitted", "0")],
)
def test_a_kind_has_only_the_values_that_mean_something(world: World, kind: str, value: str) -> None:
    with pytest.raises(LimitValueUnfit):
        propose_new(world.risk_officer, kind=kind, value=value, trader="trader", symbol="SPY")


def test_every_kind_takes_a_value_and_zero_only_where_it_means_something() -> None:
    for kind in LimitKind:
        fixed = KINDS[kind].fixed_value
        assert value_misfit(kind, Decimal(5 if fixed is None else fixed)) is None
        takes_zero = kind in ZERO_HAS_MEANING or kind == LimitKind.RESTRICTED
        assert (value_misfit(kind, Decimal(0)) is None) == takes_zero
        takes_parts = kind not in WHOLE_NUMBERS and fixed is None
        assert (value_misfit(kind, Decimal("5.5")) is None) == takes_parts


def test_every_kind_has_words_and_stands_in_one_list() -> None:
    assert MEANINGS.keys() == set(LimitKind)
    assert sorted(kind for each in LISTS for kind in each.kinds) == sorted(LimitKind)


@pytest.mark.parametrize(
    "terms",
    [
        {"desk": "EQ1", "account": "ALPHA"},
        {"desk": "EQ1", "symbol": "SPY", "asset_class": "equity"},
        {},
        {"desk": "EQ1", "effective_from": TOMORROW, "effective_until": NOON},
        {"desk": "EQ1", "warn_at_percent": 0},
        {"desk": "EQ1", "value": "-1"},
        {"desk": "EQ1", "kind": "mood"},
    ],
)
def test_what_cannot_be_a_limit_is_refused(terms: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ProposeLimit.model_validate({"kind": "order_quantity", "value": "5", "reason": "x", **terms})


@pytest.mark.parametrize(
    "dates", [{"effective_until": NOON}, {"effective_from": TOMORROW, "effective_until": TOMORROW}]
)
def test_dates_that_leave_no_time_to_come_are_refused(
    world: World, limit: Limit, dates: dict[str, Any]
) -> None:
    with pytest.raises(LimitNeverInForce):
        propose_limit_change(actor=world.head, limit_id=limit.pk, command=change(**dates))


def test_an_end_that_came_before_anybody_agreed_takes_no_limit_out_of_force(
    world: World, limit: Limit
) -> None:
    in_an_hour = NOON + timedelta(hours=1)
    asked = [
        propose_limit_change(actor=world.head, limit_id=limit.pk, command=change(effective_until=in_an_hour)),
        propose_new(world.head, kind="gross_notional", value="5", desk="EQ1", effective_until=in_an_hour),
    ]
    set_market_clock(actor=SETUP, anchor=in_an_hour, paused=True)

    for approval in asked:
        with pytest.raises(LimitNeverInForce):
            approve(actor=world.risk_officer, approval_id=approval.pk, reason="too late")

    limit.refresh_from_db()
    assert (limit.effective_until, limit.version) == (None, 1)
    assert not Limit.objects.filter(kind="gross_notional").exists()


def test_there_is_one_limit_of_a_kind_and_scope(world: World, limit: Limit) -> None:
    with pytest.raises(LimitExists) as refused:
        propose_new(world.head, kind="order_quantity", value="5", account="ALPHA")
    assert refused.value.facts == {"limit_id": str(limit.pk)}

    first, second = (
        propose_new(world.head, kind="gross_notional", value=value, desk="EQ1") for value in ("5", "6")
    )
    agreed(world, first)
    with pytest.raises(LimitExists):
        approve(actor=world.risk_officer, approval_id=second.pk, reason="x")
    second.refresh_from_db()
    assert second.state == "pending"


def test_a_change_takes_what_is_given_and_leaves_the_rest(world: World, limit: Limit) -> None:
    changed = agreed(
        world, propose_limit_change(actor=world.head, limit_id=limit.pk, command=change(**CHANGE))
    )
    assert (changed.value, changed.warn_at_percent, changed.effective_until) == (15_000, 60, TOMORROW)

    again = propose_limit_change(actor=world.head, limit_id=limit.pk, command=change(effective_until=None))
    opened = agreed(world, again)
    assert (opened.value, opened.warn_at_percent, opened.effective_until) == (15_000, 60, None)
    assert opened.version == 3


def test_a_change_that_changes_nothing_is_refused(world: World, limit: Limit) -> None:
    for nothing in ({}, {"value": "10000.00"}, {"value": None}, {"effective_from": None}):
        with pytest.raises(LimitUnchanged):
            propose_limit_change(actor=world.head, limit_id=limit.pk, command=change(**nothing))


def test_who_looked_at_an_older_version_is_told_and_asks_for_nothing(world: World, limit: Limit) -> None:
    agreed(world, propose_value(actor=world.head, limit_id=limit.pk, value="12000", reason="x"))

    with pytest.raises(LimitMoved) as moved:
        propose_limit_change(
            actor=world.head, limit_id=limit.pk, command=change(value="15000", version=limit.version)
        )
    assert moved.value.facts == {"version": 2}
    latest = propose_limit_change(
        actor=world.head, limit_id=limit.pk, command=change(value="15000", version=2)
    )
    assert "version" not in latest.payload["after"]


def test_an_ended_limit_is_kept_and_another_may_take_its_place(world: World, limit: Limit) -> None:
    ended = agreed(world, end(world, limit))

    assert ended.ended_at is not None
    assert not limits_for(world.head).filter(pk=limit.pk).exists()
    with pytest.raises(LimitNotFound):
        end(world, limit)
    successor = agreed(world, propose_new(world.head, kind="order_quantity", value="5", account="ALPHA"))
    assert successor.pk != limit.pk


def test_a_stale_approval_neither_changes_nor_ends(world: World, limit: Limit) -> None:
    stale = [
        propose_limit_change(actor=world.head, limit_id=limit.pk, command=change(value="11000")),
        end(world, limit),
    ]
    agreed(world, propose_value(actor=world.head, limit_id=limit.pk, value="12000", reason="x"))
    for approval in stale:
        with pytest.raises(ApprovalOutdated):
            approve(actor=world.risk_officer, approval_id=approval.pk, reason="x")
    limit.refresh_from_db()
    assert (limit.value, limit.ended_at) == (12_000, None)


def test_the_log_tells_each_step_and_the_history_who_agreed_to_it(world: World) -> None:
    made = agreed(world, propose_new(world.head, kind="cash_minimum", value="0", account="ALPHA"))
    agreed(world, propose_value(actor=world.head, limit_id=made.pk, value="500", reason="a buffer"))
    agreed(world, end(world, made))

    leaves = Leaf.events.filter(object_type="limit", object_id=str(made.pk)).order_by("id")
    assert [leaf.action for leaf in leaves] == ["LimitSet", "LimitChanged", "LimitEnded"]
    history = history_of_limit(world.auditor, made.pk)
    told = [
        (each.action, each.maker.username, each.maker_reason, each.checker and each.checker.username)
        for each in history
    ]
    assert told == [
        ("end_limit", "head", "the desk closes", "risk"),
        ("change_limit", "head", "a buffer", "risk"),
        ("set_limit", "head", "as agreed", "risk"),
    ]
    assert history_of_limit(world.stranger, made.pk) == []


def test_a_limit_stands_where_its_dates_put_it(world: World, limit: Limit) -> None:
    def standing() -> LimitStanding:
        return limits_to_watch(world.head).get(pk=limit.pk).standing

    assert standing() == LimitStanding.IN_FORCE
    for columns, expected in (
        ({"effective_from": TOMORROW}, LimitStanding.TO_COME),
        ({"effective_from": None, "effective_until": NOON}, LimitStanding.OVER),
        ({"ended_at": TOMORROW}, LimitStanding.ENDED),
    ):
        Limit.objects.filter(pk=limit.pk).update(**columns)
        assert standing() == expected


@pytest.mark.parametrize(
    ("kind", "value", "scope"),
    [
        ("restricted", "0", {"symbol": "SPY"}),
        ("permitted", "1", {"trader": "trader", "asset_class": "bond"}),
        ("located_quantity", "500", {"firm": "ATLAS", "symbol": "SPY"}),
    ],
)
def test_restrictions_permissions_and_locates_go_the_same_way(
    world: World, kind: str, value: str, scope: dict[str, str]
) -> None:
    maker = person("second", world.firm, ("view_limits", "propose_limits"))

    made = agreed(world, propose_new(maker, kind=kind, value=value, **scope))

    assert (made.kind, made.value) == (kind, Decimal(value))
