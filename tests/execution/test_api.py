"""GET slices and algorithms: what is told, to whom, page by page."""

from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from execution.models import Bar
from execution.services.triggers import evaluate_triggers
from orders.kernel.context import process_actor
from orders.selectors import market_now
from tests.execution.replay import Replay
from tests.orders.api.conftest import client_of
from tests.world import World, restate_bars

TWAP = {"name": "twap", "parameters": {"slices": 5, "duration_minutes": 20}}


@pytest.fixture
def trader(world: World) -> APIClient:
    return client_of(world.trader)


def test_slices_tell_plan_venue_order_and_fills(world: World, replay: Replay, trader: APIClient) -> None:
    order = world.place(type="market", limit_price=None, quantity="100", algorithm=TWAP)
    replay.work(order, minutes=6)

    answer = trader.get(f"/api/v1/orders/{order.pk}/slices")

    assert answer.status_code == 200
    slices = answer.json()["items"]
    assert [(row["plan"], row["number"], row["quantity"]) for row in slices] == [
        (1, number, "20") for number in range(1, 6)
    ]
    first, last = slices[0], slices[-1]
    assert first["venue_order"]["status"] == "filled"
    assert sum(Decimal(fill["quantity"]) for fill in first["executions"]) == Decimal(20)
    assert (last["state"], last["venue_order"], last["executions"]) == ("planned", None, [])


def test_slices_come_in_pages_in_the_order_of_planning(
    world: World, replay: Replay, trader: APIClient
) -> None:
    order = world.place(algorithm=TWAP, type="market", limit_price=None)
    replay.plan(order)
    url = f"/api/v1/orders/{order.pk}/slices"

    first = trader.get(url, {"limit": "3"}).json()
    second = trader.get(url, {"limit": "3", "cursor": first["next"]}).json()

    assert [row["number"] for row in (*first["items"], *second["items"])] == [1, 2, 3, 4, 5]
    assert second["next"] is None


def test_slices_of_another_desks_order_are_not_found(world: World) -> None:
    order = world.place()

    answer = client_of(world.stranger).get(f"/api/v1/orders/{order.pk}/slices")

    assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_ORDER_NOT_FOUND")


def test_rejected_order_has_no_slices(world: World, trader: APIClient) -> None:
    order = world.place(quantity="1000000")

    assert trader.get(f"/api/v1/orders/{order.pk}/slices").json() == {"items": [], "next": None}


def test_slices_take_a_fixed_number_of_queries(
    world: World, replay: Replay, trader: APIClient, django_assert_max_num_queries: object
) -> None:
    order = world.place(type="market", limit_price=None, quantity="100", algorithm=TWAP)
    replay.work(order, minutes=25)

    with django_assert_max_num_queries(4):  # type: ignore[operator]
        assert len(trader.get(f"/api/v1/orders/{order.pk}/slices").json()["items"]) == 5


def test_algorithms_are_listed_with_the_schema_of_their_parameters(trader: APIClient) -> None:
    items = trader.get("/api/v1/algorithms").json()["items"]

    versions = {item["name"]: item["version"] for item in items}
    assert versions == {"direct": 1, "iceberg": 1, "is": 1, "manual": 1, "pov": 1, "twap": 2, "vwap": 2}
    schemas = [item["parameters_schema"] for item in items if item["name"] not in ("direct", "manual")]
    for schema in schemas:
        assert schema["additionalProperties"] is False
        assert {"start", "end", "max_participation", "would_price", "must_complete"} <= set(
            schema["properties"]
        )


def test_stray_query_parameter_is_refused(trader: APIClient) -> None:
    assert trader.get("/api/v1/algorithms", {"name": "twap"}).status_code == 400


def test_place_points_to_the_wrong_parameter(world: World, trader: APIClient) -> None:
    body = {
        "account": world.account.code,
        "client_order_id": "bad-twap",
        "symbol": "SPY",
        "side": "buy",
        "type": "market",
        "quantity": "100",
        "algorithm": {"name": "twap", "parameters": {"slices": "5"}},
    }

    answer = trader.post("/api/v1/orders", body, format="json")

    assert answer.status_code == 400
    assert [place["pointer"] for place in answer.json()["errors"]] == ["/algorithm/parameters/slices"]


def test_trigger_tells_what_is_waited_for_and_what_did_it(
    world: World, replay: Replay, trader: APIClient
) -> None:
    order = world.place(type="trailing_stop", limit_price=None, side="sell", trail_percent="1")
    url = f"/api/v1/orders/{order.pk}"
    assert trader.get(f"{url}/trigger").json()["code"] == "RESOURCE_TRIGGER_NOT_FOUND", (
        "nobody has looked yet"
    )
    replay.plan(order)

    waiting = trader.get(f"{url}/trigger").json()
    assert (waiting["type"], waiting["bar_start"]) == ("trailing_stop", None)
    assert Decimal(waiting["price"]) == Decimal(waiting["extreme"]) * Decimal("0.99")

    restate_bars(Bar.objects.filter(start__gte=market_now()), low=Decimal(50))
    replay.pass_minutes(1)
    evaluate_triggers(actor=process_actor("worker"), market_time=market_now())
    assert trader.get(f"{url}/trigger").json()["bar_start"] == "2013-10-07T13:40:00Z"
    told = trader.get(url).json()
    assert (told["triggered_at"], told["trail_percent"], told["stop_price"]) == (
        "2013-10-07T13:41:00Z",
        "1",
        None,
    )


def test_trigger_of_an_order_that_does_not_wait_or_is_hidden_is_not_found(
    world: World, trader: APIClient
) -> None:
    url = f"/api/v1/orders/{world.place().pk}/trigger"

    assert trader.get(url).json()["code"] == "RESOURCE_TRIGGER_NOT_FOUND"
    assert client_of(world.stranger).get(url).json()["code"] == "RESOURCE_ORDER_NOT_FOUND"
