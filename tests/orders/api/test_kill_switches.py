"""Kill switches over the API: engaged at once, seen by whom they could stop, with what became of each order."""

from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from orders import services
from orders.kernel.context import Actor, process_actor
from orders.models import KillSwitch, User
from orders.permissions import ENGAGE_KILL_SWITCH, VIEW_ORDERS
from tests.tokens import EVERYTHING
from tests.world import World, person

URL = "/api/v1/kill_switches"


def client_of(actor: Actor) -> APIClient:
    client = APIClient()
    client.force_authenticate(User.objects.get(pk=actor.user_id), EVERYTHING)
    return client


@pytest.fixture
def officer(world: World) -> APIClient:
    return client_of(person("officer", world.firm, (VIEW_ORDERS, ENGAGE_KILL_SWITCH)))


def engage(client: APIClient, scope: str, target: str, **changes: Any) -> Any:
    body = {"scope": scope, "target": target, "reason": "runaway algorithm", **changes}
    return client.post(URL, body, format="json")


def test_engaging_answers_with_the_switch_and_its_evidence(world: World, officer: APIClient) -> None:
    order = world.place()

    answer = engage(officer, "desk", "EQ1")

    assert answer.status_code == 201
    body = answer.json()
    assert (body["scope"], body["target"], body["target_id"]) == ("desk", "EQ1", str(world.desk.pk))
    assert (body["is_engaged"], body["engaged_by"], body["swept_at"]) == (True, "officer", None)
    assert body["evidence"]["requested"] == 0
    services.sweep_kill_switch(actor=process_actor("kill_switch"), kill_switch_id=UUID(body["id"]))

    read = officer.get(answer["Location"]).json()
    assert read["swept_at"] is not None
    assert read["evidence"]["requested"] == read["evidence"]["still_open"] == 1
    assert read["evidence"]["pending_before"] == 0
    [row] = officer.get(f"{answer['Location']}/orders").json()["items"]
    assert (row["order_id"], row["outcome"], row["filled_meanwhile"]) == (str(order.pk), "open", "0")
    assert row["trader"] == "trader"


@pytest.mark.parametrize(
    ("scope", "target"),
    [
        ("firm", "ATLAS"),
        ("desk", "EQ1"),
        ("account", "ALPHA"),
        ("trader", "trader"),
        ("algorithm", "twap"),
        ("instrument", "SPY"),
    ],
)
def test_each_scope_is_named_as_people_name_it(
    world: World, officer: APIClient, scope: str, target: str
) -> None:
    assert engage(officer, scope, target).json()["target"] == target


def test_a_target_may_be_named_by_its_id(world: World, officer: APIClient) -> None:
    assert engage(officer, "account", str(world.account.pk)).json()["target"] == "ALPHA"


@pytest.mark.parametrize(
    ("scope", "target"), [("desk", "EQ9"), ("algorithm", "twpa"), ("account", "EQ1"), ("trader", "nobody2")]
)
def test_a_target_that_is_none_stops_nothing_and_says_so(
    world: World, officer: APIClient, scope: str, target: str
) -> None:
    answer = engage(officer, scope, target)

    assert (answer.status_code, answer.json()["code"]) == (422, "RESOURCE_KILL_SWITCH_TARGET_NOT_FOUND")
    assert not KillSwitch.objects.exists()


def test_the_same_target_is_stopped_once_at_a_time(world: World, officer: APIClient) -> None:
    engage(officer, "desk", "EQ1")

    again = engage(officer, "desk", "EQ1")

    assert (again.status_code, again.json()["code"]) == (409, "STATE_KILL_SWITCH_ENGAGED")


def test_who_holds_the_permission_on_a_desk_stops_that_desk_and_nothing_above(world: World) -> None:
    head = client_of(person("desk.head", world.desk, (VIEW_ORDERS, ENGAGE_KILL_SWITCH)))

    assert engage(head, "firm", "ATLAS").status_code == 403
    assert engage(head, "instrument", "SPY").status_code == 403
    assert engage(head, "trader", "trader").status_code == 403
    assert engage(head, "desk", "EQ2").json()["code"] == "RESOURCE_KILL_SWITCH_TARGET_NOT_FOUND"
    assert engage(head, "desk", "EQ1").status_code == 201


def test_a_trader_sees_what_stops_them_and_engages_nothing(world: World, officer: APIClient) -> None:
    trader, stranger = client_of(world.trader), client_of(world.stranger)
    made = engage(officer, "desk", "EQ1").json()

    assert [row["id"] for row in trader.get(URL).json()["items"]] == [made["id"]]
    assert stranger.get(URL).json()["items"] == []
    assert stranger.get(f"{URL}/{made['id']}").json()["code"] == "RESOURCE_KILL_SWITCH_NOT_FOUND"
    assert engage(trader, "account", "ALPHA").status_code == 403
    assert client_of(world.nobody).get(URL).json()["items"] == []


def test_a_refused_order_names_the_switch(world: World, officer: APIClient) -> None:
    engage(officer, "account", "ALPHA")
    command = world.command().model_dump(mode="json", exclude_none=True)

    answer = client_of(world.trader).post("/api/v1/orders", command, format="json")

    assert (answer.status_code, answer.json()["code"]) == (422, "RISK_KILL_SWITCH")
