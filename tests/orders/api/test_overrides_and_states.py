"""Overrides and trading states over the API."""

import pytest

from orders.kernel.context import Actor
from orders.permissions import CHANGE_STATES, OVERRIDE_LIMITS, VIEW_ORDERS
from tests.orders.api.conftest import client_of, order_body
from tests.world import World, person


@pytest.fixture
def officer(world: World) -> Actor:
    return person("officer", world.firm, (VIEW_ORDERS, CHANGE_STATES, OVERRIDE_LIMITS))


def test_an_override_is_granted_and_used_over_the_api(world: World, officer: Actor) -> None:
    refused = world.place(quantity="10001")
    body = {"codes": [refused.denial_code], "expires_in_minutes": 5, "reason": "agreed with the client"}

    answer = client_of(officer).post(f"/api/v1/orders/{refused.pk}/override", body, format="json")

    assert answer.status_code == 201
    assert answer.json()["codes"] == ["RISK_ORDER_QUANTITY"]
    placed = client_of(world.trader).post(
        "/api/v1/orders", order_body(quantity="10001", override=answer.json()["id"]), format="json"
    )
    assert (placed.status_code, placed.json()["status"]) == (201, "new")


def test_who_may_not_override_is_told_so(world: World) -> None:
    refused = world.place(quantity="10001")
    body = {"codes": ["RISK_ORDER_QUANTITY"], "expires_in_minutes": 5, "reason": "please"}

    answer = client_of(world.head).post(f"/api/v1/orders/{refused.pk}/override", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "AUTH_NOT_PERMITTED")


@pytest.mark.parametrize(
    ("path", "stopped"),
    [("instruments/SPY", "halted"), ("markets/ARCX", "halted"), ("accounts/ALPHA", "suspended")],
)
def test_states_are_changed_over_the_api(world: World, officer: Actor, path: str, stopped: str) -> None:
    client, url = client_of(officer), f"/api/v1/{path}/state"

    first = client.post(url, {"state": stopped, "reason": "news"}, format="json")
    again = client.post(url, {"state": stopped, "reason": "news"}, format="json")
    wrong = client.post(url, {"state": "asleep", "reason": "news"}, format="json")

    assert (first.status_code, first.json()["before"], first.json()["state"]) == (200, "active", stopped)
    assert (again.status_code, again.json()["code"]) == (409, "STATE_UNCHANGED")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/state")
    assert world.place().status == "rejected"
