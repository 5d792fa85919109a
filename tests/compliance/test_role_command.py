"""`manage.py role`: roles given and taken on the server."""

import pytest
from django.core.management import CommandError, call_command

from compliance.models import Leaf
from orders import authority
from orders.permissions import APPROVE_LIMITS, PLACE_ORDERS


def test_a_granted_role_opens_and_a_revoked_one_closes(world):
    call_command("role", "grant", "nobody", "trader", "desk", world.desk.code)
    assert authority.may(world.nobody, PLACE_ORDERS, world.account.pk)
    assert not authority.may(world.nobody, PLACE_ORDERS, world.other_account.pk)

    call_command("role", "revoke", "nobody", "trader", "desk", world.desk.code)
    assert not authority.may(world.nobody, PLACE_ORDERS, world.account.pk)
    actions = set(Leaf.events.values_list("action", flat=True))
    assert {"RoleGranted", "RoleRevoked"} <= actions


@pytest.mark.parametrize(("scope", "code"), [("firm", "ATLAS"), ("account", "ALPHA")])
def test_a_role_is_granted_on_a_firm_or_an_account_too(world, scope, code):
    call_command("role", "grant", "nobody", "risk_officer", scope, code)

    assert authority.may(world.nobody, APPROVE_LIMITS, world.account.pk)
    assert authority.may(world.nobody, APPROVE_LIMITS, world.other_account.pk) == (scope == "firm")


def test_incompatible_roles_are_refused_by_the_command_too(world):
    call_command("role", "grant", "nobody", "trader", "desk", "EQ1")
    with pytest.raises(CommandError, match="RULE_ROLES_INCOMPATIBLE: internal_audit"):
        call_command("role", "grant", "nobody", "auditor", "firm", "ATLAS")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["grant", "noone", "trader", "desk", "EQ1"], "no user noone"),
        (["grant", "nobody", "trader", "desk", "EQ9"], "no desk EQ9"),
        (["grant", "nobody", "emperor", "desk", "EQ1"], "invalid choice: 'emperor'"),
        (["revoke", "nobody", "trader", "desk", "EQ1"], "does not hold trader"),
    ],
)
def test_what_cannot_be_done_is_said(world, arguments, complaint):
    with pytest.raises(CommandError, match=complaint):
        call_command("role", *arguments)
