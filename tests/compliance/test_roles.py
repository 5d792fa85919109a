"""Roles as data: what each may do, and that a permission stays while another grant still gives it."""

import pytest

from compliance.errors import RoleNotFound, RoleNotHeld
from compliance.models import Leaf, Role, RoleGrant
from compliance.roles import ROLES
from compliance.services.roles import define_roles, grant_role, revoke_role
from orders.authority import accounts_with
from orders.kernel.context import Actor, Door
from orders.kernel.errors import NotPermitted
from orders.permissions import (
    AMEND_ORDERS,
    APPROVE_LIMITS,
    APPROVE_ROLES,
    APPROVE_ROUTING,
    APPROVE_SUBSCRIPTIONS,
    CANCEL_ORDERS,
    ENGAGE_KILL_SWITCH,
    LIFT_KILL_SWITCH,
    MANAGE_SIGN_INS,
    PERMISSIONS,
    PLACE_ORDERS,
    PROPOSE_LIMITS,
    PROPOSE_RETENTION,
    PROPOSE_ROUTING,
    PROPOSE_SUBSCRIPTIONS,
    SETTLE_OPERATIONS,
    VIEW_OPERATIONS,
)

SETUP = Actor("tests", Door.COMMAND)
VOCABULARY = [name for name, _ in PERMISSIONS]


@pytest.fixture
def roles(world):
    define_roles(actor=SETUP)
    return world


def held(actor, account) -> set[str]:
    """What the person may do on the account."""
    return {name for name in VOCABULARY if accounts_with(actor, name).filter(pk=account.pk).exists()}


def actions() -> list[str]:
    return list(Leaf.events.order_by("id").values_list("action", flat=True))


def test_the_nine_roles_are_made_of_the_vocabulary():
    assert sorted(ROLES) == [
        "api_client",
        "auditor",
        "compliance_officer",
        "data_protection_officer",
        "desk_head",
        "operator",
        "portfolio_manager",
        "risk_officer",
        "trader",
    ]
    for permissions in ROLES.values():
        assert set(permissions) <= set(VOCABULARY)
        assert len(set(permissions)) == len(permissions)
    assert {name for permissions in ROLES.values() for name in permissions} == set(VOCABULARY)


def test_no_role_both_trades_and_approves():
    for permissions in ROLES.values():
        assert not ({PLACE_ORDERS, AMEND_ORDERS} & set(permissions) and APPROVE_LIMITS in permissions)


@pytest.mark.parametrize(
    ("role", "changing"),
    [
        ("auditor", set()),
        ("data_protection_officer", set()),
        ("operator", {SETTLE_OPERATIONS, PROPOSE_SUBSCRIPTIONS, PROPOSE_ROUTING, MANAGE_SIGN_INS}),
        ("api_client", {PLACE_ORDERS, AMEND_ORDERS, CANCEL_ORDERS}),
        ("portfolio_manager", {PLACE_ORDERS, AMEND_ORDERS, CANCEL_ORDERS}),
    ],
)
def test_a_role_changes_only_what_it_is_for_and_who_watches_nothing(role, changing):
    assert {name for name in ROLES[role] if not name.startswith("view_")} == changing


def test_the_compliance_officer_stops_trading_agrees_to_what_is_told_and_changes_nothing_else():
    changing = {name for name in ROLES["compliance_officer"] if not name.startswith("view_")}
    assert changing == {
        ENGAGE_KILL_SWITCH,
        LIFT_KILL_SWITCH,
        APPROVE_SUBSCRIPTIONS,
        APPROVE_ROUTING,
        APPROVE_ROLES,
        PROPOSE_RETENTION,
    }


@pytest.mark.parametrize("what", ["routing", "subscriptions", "retention", "roles", "executions"])
def test_no_role_both_asks_for_a_thing_and_agrees_to_one(what):
    for permissions in ROLES.values():
        assert not {f"propose_{what}", f"approve_{what}"} <= set(permissions)


def test_defining_the_roles_again_changes_nothing(roles):
    leaves = Leaf.events.count()
    define_roles(actor=SETUP)
    assert Leaf.events.count() == leaves
    assert {role.name: set(role.permissions) for role in Role.objects.all()} == {
        name: set(permissions) for name, permissions in ROLES.items()
    }


def test_a_role_on_a_desk_reaches_the_accounts_of_that_desk_alone(roles):
    grant_role(actor=SETUP, user_id=roles.nobody.user_id, role="trader", scope=roles.desk)
    assert held(roles.nobody, roles.account) == set(ROLES["trader"])
    assert held(roles.nobody, roles.other_account) == set()


@pytest.mark.parametrize("scope", ["firm", "desk", "account"])
def test_a_role_can_be_held_on_a_firm_a_desk_or_an_account(roles, scope):
    grant = grant_role(actor=SETUP, user_id=roles.nobody.user_id, role="auditor", scope=getattr(roles, scope))
    assert getattr(grant, scope) == getattr(roles, scope)
    assert held(roles.nobody, roles.account) == set(ROLES["auditor"])
    revoke_role(actor=SETUP, user_id=roles.nobody.user_id, role="auditor", scope=getattr(roles, scope))
    assert held(roles.nobody, roles.account) == set()


def test_a_permission_stays_while_another_grant_gives_it(roles):
    for role in ("trader", "portfolio_manager"):
        grant_role(actor=SETUP, user_id=roles.nobody.user_id, role=role, scope=roles.desk)
    revoke_role(actor=SETUP, user_id=roles.nobody.user_id, role="trader", scope=roles.desk)
    assert held(roles.nobody, roles.account) == set(ROLES["portfolio_manager"])
    revoke_role(actor=SETUP, user_id=roles.nobody.user_id, role="portfolio_manager", scope=roles.desk)
    assert held(roles.nobody, roles.account) == set()


def test_the_same_role_elsewhere_is_another_grant(roles):
    for scope in (roles.firm, roles.desk):
        grant_role(actor=SETUP, user_id=roles.nobody.user_id, role="operator", scope=scope)
    revoke_role(actor=SETUP, user_id=roles.nobody.user_id, role="operator", scope=roles.firm)
    assert held(roles.nobody, roles.account) == set(ROLES["operator"])
    assert held(roles.nobody, roles.other_account) == set()


def test_granting_twice_is_granting_once(roles):
    first = grant_role(actor=SETUP, user_id=roles.nobody.user_id, role="trader", scope=roles.desk)
    leaves = Leaf.events.count()
    assert grant_role(actor=SETUP, user_id=roles.nobody.user_id, role="trader", scope=roles.desk) == first
    assert (RoleGrant.objects.count(), Leaf.events.count()) == (1, leaves)


def test_a_revoked_grant_stays_on_record_and_the_role_can_be_granted_anew(roles):
    for _ in range(2):
        grant_role(actor=SETUP, user_id=roles.nobody.user_id, role="trader", scope=roles.desk)
        revoke_role(actor=SETUP, user_id=roles.nobody.user_id, role="trader", scope=roles.desk)
    assert RoleGrant.objects.exclude(revoked_at=None).count() == 2


def test_a_role_that_is_redefined_changes_what_its_holders_may_do(roles, monkeypatch):
    grant_role(actor=SETUP, user_id=roles.nobody.user_id, role="operator", scope=roles.desk)
    monkeypatch.setitem(ROLES, "operator", (VIEW_OPERATIONS, CANCEL_ORDERS))
    define_roles(actor=SETUP)
    assert held(roles.nobody, roles.account) == {VIEW_OPERATIONS, CANCEL_ORDERS}
    assert Role.objects.get(name="operator").permissions == [CANCEL_ORDERS, VIEW_OPERATIONS]


def test_a_redefined_role_takes_nothing_that_another_role_gives(roles, monkeypatch):
    for role in ("trader", "portfolio_manager"):
        grant_role(actor=SETUP, user_id=roles.nobody.user_id, role=role, scope=roles.desk)
    monkeypatch.setitem(ROLES, "portfolio_manager", (VIEW_OPERATIONS,))
    define_roles(actor=SETUP)
    assert held(roles.nobody, roles.account) == {VIEW_OPERATIONS, *ROLES["trader"]}


def test_every_change_of_roles_leaves_its_leaves(roles):
    before = len(actions())
    grant_role(actor=SETUP, user_id=roles.nobody.user_id, role="operator", scope=roles.desk)
    revoke_role(actor=SETUP, user_id=roles.nobody.user_id, role="operator", scope=roles.desk)
    assert actions()[before:] == [
        *["PermissionChanged"] * len(ROLES["operator"]),
        "RoleGranted",
        *["PermissionChanged"] * len(ROLES["operator"]),
        "RoleRevoked",
    ]
    assert actions().count("RoleDefined") == len(ROLES)
    body = Leaf.events.get(action="RoleGranted").body
    assert f'"scope_id":"{roles.desk.pk}","scope_type":"desk","user_id":"{roles.nobody.user_id}"' in body


def test_no_person_grants_or_defines_roles(roles):
    with pytest.raises(NotPermitted):
        define_roles(actor=roles.risk_officer)
    with pytest.raises(NotPermitted):
        grant_role(actor=roles.head, user_id=roles.head.user_id, role="risk_officer", scope=roles.firm)
    with pytest.raises(NotPermitted):
        revoke_role(actor=roles.head, user_id=roles.trader.user_id, role="trader", scope=roles.desk)
    assert PROPOSE_LIMITS in held(roles.head, roles.account)
    assert APPROVE_LIMITS not in held(roles.head, roles.account)


def test_a_role_that_nobody_defined_cannot_be_granted(world):
    with pytest.raises(RoleNotFound):
        grant_role(actor=SETUP, user_id=world.nobody.user_id, role="trader", scope=world.desk)


def test_a_role_that_is_not_held_cannot_be_revoked(roles):
    with pytest.raises(RoleNotHeld):
        revoke_role(actor=SETUP, user_id=roles.nobody.user_id, role="trader", scope=roles.desk)
