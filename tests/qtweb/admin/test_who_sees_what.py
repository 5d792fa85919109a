"""Which role reaches which page, and that nothing else opens one."""

import pytest
from django.contrib.admin import site as django_site
from django.test import Client
from django.urls import reverse

from compliance.roles import ROLES
from orders.kernel.admin import site
from orders.kernel.ids import new_id
from orders.models import User
from tests.sign_in import PASSWORD, addresses, in_role, sign_in, visible_text
from tests.world import SETUP, World

LISTS = {
    "orders": "admin:orders_order_changelist",
    "refused": "admin:orders_riskdecision_changelist",
    "positions": "admin:orders_position_changelist",
    "limits": "admin:orders_limit_changelist",
    "stress": "admin:stress",
    "controls": "admin:controls",
    "sizes": "admin:order_sizes",
    "states": "admin:orders_instrument_changelist",
    "approvals": "admin:compliance_approval_changelist",
    "log": "admin:compliance_leaf_changelist",
    "operations": "admin:operations",
    "plugins": "admin:event_plugins",
    "roles": "admin:roles",
    "sign_ins": "admin:sign_ins",
}
_BOOKS = {"orders", "refused", "positions", "states"}
_MACHINERY = {"operations", "plugins"}
_WATCHED = {*_BOOKS, "limits", "stress", "sizes", "controls", "approvals", "log", "roles"}
ON_THE_FIRM = {
    **dict.fromkeys(("trader", "desk_head", "portfolio_manager", "risk_officer"), _WATCHED),
    **dict.fromkeys(("compliance_officer", "auditor"), _WATCHED | _MACHINERY | {"sign_ins"}),
    "operator": _BOOKS | _MACHINERY | {"roles", "sign_ins"},
    "data_protection_officer": {"log", "roles"},
    "api_client": _WATCHED - {"log"},  # were its login one of staff, which a grant refuses
}


def _reached(client: Client) -> set[str]:
    answers = {name: client.get(reverse(url)).status_code for name, url in LISTS.items()}
    assert set(answers.values()) <= {200, 403}
    return {name for name, status in answers.items() if status == 200}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_on_the_firm_reaches_its_pages_and_no_other(world: World, role: str) -> None:
    assert _reached(sign_in(in_role(role, world.firm))) == ON_THE_FIRM[role]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_on_one_desk_does_not_open_what_is_of_all_desks(world: World, role: str) -> None:
    assert _reached(sign_in(in_role(role, world.desk))) == ON_THE_FIRM[role] - {"log", "sign_ins"}


@pytest.mark.parametrize("role", ROLES)
def test_the_side_bar_leads_exactly_where_the_role_reaches(world: World, role: str) -> None:
    client = sign_in(in_role(role, world.firm))
    shown = set(addresses(client.get(reverse("admin:index"))))

    assert {name for name, url in LISTS.items() if reverse(url) in shown} == ON_THE_FIRM[role]


def test_a_person_without_a_role_reaches_only_the_first_page(world: World) -> None:
    client = sign_in(world.nobody)

    assert _reached(client) == set()
    assert "No role is granted to you yet" in visible_text(client.get(reverse("admin:index")))


@pytest.mark.parametrize("name", LISTS)
def test_who_is_not_signed_in_is_sent_to_sign_in(world: World, name: str) -> None:
    url = reverse(LISTS[name])

    answer = Client().get(url)

    assert (answer.status_code, answer["Location"]) == (302, f"{reverse('admin:login')}?next={url}")


def test_who_is_not_staff_does_not_get_in(world: World) -> None:
    client = Client()
    client.force_login(User.objects.get(pk=world.trader.user_id))

    assert client.get(reverse(LISTS["orders"])).status_code == 302


def test_a_staff_member_signs_in_with_a_password_and_signs_out(world: World) -> None:
    from orders.services import register_user

    register_user(actor=SETUP, username="somebody", password=PASSWORD, is_staff=True)
    client = Client()

    entered = client.post(reverse("admin:login"), {"username": "somebody", "password": PASSWORD})
    assert entered["Location"] == reverse("admin:index")
    assert client.get(reverse("admin:index")).status_code == 200

    client.post(reverse("admin:logout"))
    assert client.get(reverse("admin:index")).status_code == 302


def test_a_superuser_flag_opens_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(User, "is_superuser", True)
    monkeypatch.setattr(User, "has_perm", lambda *_: True)
    monkeypatch.setattr(User, "has_module_perms", lambda *_: True)

    assert _reached(sign_in(world.nobody)) == set()


def test_hidden_and_absent_orders_are_the_same_404(world: World) -> None:
    order = world.place()
    client = sign_in(world.stranger)
    for rest in ("", "panel/history/", "amend/", "cancel/"):
        hidden, absent = (
            client.get(reverse("admin:orders_order_change", args=[pk]) + rest) for pk in (order.pk, new_id())
        )
        assert (hidden.status_code, absent.status_code) == (404, 404)
        assert hidden.content == absent.content


@pytest.mark.parametrize(
    "path",
    ["auth/group/", "orders/user/", "orders/desk/", "orders/execution/", "compliance/role/", "knox/"],
)
def test_what_nobody_registered_is_not_there(world: World, path: str) -> None:
    client = sign_in(world.auditor)

    assert client.get(f"/admin/{path}").status_code == 404


def test_djangos_own_site_is_mounted_nowhere(world: World) -> None:
    assert site is not django_site
    facts = {"Order", "RiskDecision", "Position", "Limit", "Approval", "Leaf", "KillSwitch"}
    assert {model.__name__ for model in site._registry} == facts | {"Instrument", "Market", "Account"}


@pytest.mark.parametrize("path", ["password_change/", "search/?s=a", "autocomplete/", "r/1/1/", "orders/"])
def test_pages_of_the_library_that_pass_the_services_by_are_not_there(world: World, path: str) -> None:
    assert sign_in(world.auditor).get(f"/admin/{path}").status_code == 404
