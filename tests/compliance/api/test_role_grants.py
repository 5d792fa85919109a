"""Grants of roles over the API: listed, asked for, delegated and taken back, with their refusals."""

from typing import Any

import pytest

from orders.authority import may
from orders.permissions import PLACE_ORDERS
from tests.compliance.granting import Granting, RecordedClock
from tests.orders.api.conftest import client_of
from tests.world import World

GRANTS = "/api/v1/role_grants"
NEW = {"user": "ada", "role": "trader", "desk": "EQ1", "reason": "joins the desk"}


@pytest.fixture
def house(world: World) -> Granting:
    return Granting(world)


def agree(house: Granting, asked: Any) -> None:
    assert asked.status_code == 202, asked.content
    address = f"/api/v1/approvals/{asked.json()['id']}/approve"
    answer = client_of(house.agrees).post(address, {"reason": "so it is"}, format="json")
    assert answer.status_code == 200, answer.content


def test_a_role_is_asked_for_delegated_and_taken_back(
    house: Granting, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = RecordedClock(monkeypatch)
    ada, bob = house.login("ada"), house.login("bob")
    asks = client_of(house.asks)
    agree(house, asks.post(GRANTS, NEW, format="json"))
    [grant] = asks.get(GRANTS).json()["items"]
    assert (grant["user"], grant["role"], grant["desk"], grant["firm"]) == ("ada", "trader", "EQ1", None)
    assert (grant["standing"], grant["asked_by"], grant["agreed_by"]) == (
        "in_force",
        "the.risk_officer",
        "the.compliance_officer",
    )
    body = {
        "user": "bob",
        "effective_from": clock.after(0),
        "effective_until": clock.after(8),
        "reason": "holiday",
    }
    agree(house, client_of(ada).post(f"{GRANTS}/{grant['id']}/delegate", body, format="json"))
    assert may(bob, PLACE_ORDERS, house.world.account.pk)
    [delegation] = client_of(bob).get(GRANTS, {"user": "bob"}).json()["items"]
    assert (delegation["delegator"], delegation["delegated_from"]) == ("ada", grant["id"])
    agree(house, asks.post(f"{GRANTS}/{grant['id']}/revoke", {"reason": "leaves"}, format="json"))
    assert not may(bob, PLACE_ORDERS, house.world.account.pk)
    assert {each["standing"] for each in asks.get(GRANTS, {"role": "trader"}).json()["items"]} == {"ended"}
    assert asks.get(GRANTS, {"user": "ada", "standing": "in_force"}).json()["items"] == []


def test_refusals_have_stable_codes_and_say_which_rule(house: Granting) -> None:
    house.login("ada")
    house.grant("ada", "auditor", firm="ATLAS")
    asks = client_of(house.asks)
    answer = asks.post(GRANTS, NEW, format="json")
    assert (answer.status_code, answer.json()["code"], answer.json()["rule"]) == (
        422,
        "RULE_ROLES_INCOMPATIBLE",
        "internal_audit",
    )
    own = asks.post(GRANTS, {**NEW, "user": "the.risk_officer"}, format="json")
    assert (own.status_code, own.json()["code"]) == (403, "APPROVAL_OWN_ROLE")
    unfit = asks.post(GRANTS, {**NEW, "desk": "EQ9"}, format="json")
    assert (unfit.status_code, unfit.json()["errors"][0]["pointer"]) == (422, "/desk")
    grant = house.login("bob") and house.grant("bob", "trader")
    nobody = client_of(house.world.nobody)
    assert nobody.get(GRANTS).json()["items"] == []
    hidden = nobody.post(f"{GRANTS}/{grant.pk}/revoke", {"reason": "x"}, format="json")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "RESOURCE_ROLE_GRANT_NOT_FOUND")
    readers = client_of(house.agrees).post(f"{GRANTS}/{grant.pk}/revoke", {"reason": "x"}, format="json")
    assert readers.status_code == 403
