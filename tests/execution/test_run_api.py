"""The work on an order in the API: read, paused, resumed, changed."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from compliance.models import Leaf
from execution.models import Run, Slice, VenueOrder
from execution.services.reopen_run import reopen_run
from orders import services
from orders.commands import CancelOrder
from orders.kernel.context import process_actor
from orders.kernel.transactions import service
from orders.models import Order
from orders.permissions import VIEW_ORDERS
from tests.execution.replay import Replay, fresh
from tests.execution.test_api import client_of
from tests.world import World, person

HALF_HOUR = {"duration_minutes": 30, "interval_minutes": 5}


@pytest.fixture
def trader(world: World) -> APIClient:
    return client_of(world.trader)


@pytest.fixture
def order(world: World, replay: Replay) -> Order:
    """A market order of six slices, of which the first is live at the venue."""
    algorithm = {"name": "twap", "parameters": HALF_HOUR}
    placed = world.place(type="market", limit_price=None, quantity="600", algorithm=algorithm)
    replay.dispatch()
    return placed


def url(order: Order, act: str = "") -> str:
    return f"/api/v1/orders/{order.pk}/run{act}"


def pause(client: APIClient, order: Order) -> Any:
    return client.post(url(order, "/pause"), {"reason": "news"}, format="json")


def resume(client: APIClient, order: Order) -> Any:
    return client.post(url(order, "/resume"), {"reason": "read them"}, format="json")


def change(client: APIClient, order: Order, tag: str = '"1"', **parameters: Any) -> Any:
    body = {"parameters": parameters, "reason": "the desk asks for it"}
    return client.patch(url(order), body, format="json", headers={"If-Match": tag})


def actions(order: Order) -> list[str]:
    return list(
        Leaf.objects.filter(object_type="run", object_id=str(order.pk)).values_list("action", flat=True)
    )


def test_a_run_tells_its_state_and_where_every_unit_is(
    trader: APIClient, order: Order, replay: Replay
) -> None:
    answer = trader.get(url(order))

    told = answer.json()
    assert answer.headers["ETag"] == '"1"'
    assert (told["algorithm"], told["version"], told["state"], told["is_paused"]) == (
        "twap",
        2,
        "working",
        False,
    )
    assert told["why"] == "on_schedule"
    assert told["progress"] == {
        "filled_quantity": "0",
        "live_quantity": "100",
        "planned_quantity": "500",
        "unplanned_quantity": "0",
        "next_due_at": "2013-10-07T13:45:00Z",
    }
    assert told["works_until"] == "2013-10-07T14:10:00Z"


def test_an_order_that_nobody_works_has_no_run(world: World, trader: APIClient) -> None:
    rejected = world.place(quantity="1000000")

    assert trader.get(url(rejected)).json()["code"] == "RESOURCE_RUN_NOT_FOUND"
    assert pause(trader, rejected).json()["code"] == "RESOURCE_RUN_NOT_FOUND"


def test_a_paused_order_is_asked_back_and_nothing_is_sent_until_it_is_resumed(
    trader: APIClient, order: Order, replay: Replay
) -> None:
    assert pause(trader, order).json()["is_paused"]
    replay.resolve()
    replay.listen()
    for _ in range(10):
        replay.pass_minutes(1)
        replay.dispatch()
    assert [row.status for row in VenueOrder.objects.all()] == ["canceled"]
    assert fresh(order).status == "new", "the order itself goes on"

    answer = resume(trader, order)

    assert (answer.status_code, answer.json()["is_paused"]) == (200, False)
    replay.dispatch()
    assert [int(row.quantity) for row in VenueOrder.objects.order_by("id")] == [100, 200], "bounded"
    assert actions(order) == ["RunPaused", "RunResumed"]


def test_resumed_before_the_venue_let_go_it_goes_on_once_it_has(
    trader: APIClient, order: Order, replay: Replay
) -> None:
    pause(trader, order)
    resume(trader, order)
    replay.dispatch()
    assert VenueOrder.objects.count() == 1, "what is being asked back may still be filled"

    replay.resolve()
    replay.listen()
    replay.pass_minutes(1)
    replay.dispatch()

    assert VenueOrder.objects.count() == 2
    planned = Slice.objects.filter(state="planned")
    assert sum(int(row.quantity) for row in planned) == 500


def test_an_amended_order_stays_paused(trader: APIClient, world: World, order: Order, replay: Replay) -> None:
    pause(trader, order)
    replay.resolve()
    replay.listen()
    tag = trader.get(f"/api/v1/orders/{order.pk}").headers["ETag"]

    trader.patch(f"/api/v1/orders/{order.pk}", {"quantity": "300"}, format="json", headers={"If-Match": tag})

    replay.dispatch()
    assert fresh(order).quantity == 300
    assert not VenueOrder.objects.exclude(status="canceled").exists()
    assert trader.get(url(order)).json()["is_paused"]


def test_a_paused_order_can_be_canceled_and_its_time_goes_on(
    trader: APIClient, world: World, order: Order
) -> None:
    pause(trader, order)

    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())

    assert resume(trader, order).json()["code"] == "STATE_RUN_NOT_PAUSED"


def test_what_is_paused_or_over_is_not_paused_again(trader: APIClient, order: Order) -> None:
    assert resume(trader, order).json()["code"] == "STATE_RUN_NOT_PAUSED"
    pause(trader, order)

    assert pause(trader, order).json()["code"] == "STATE_RUN_NOT_UNDER_WAY"


def test_parameters_change_while_the_algorithm_works(trader: APIClient, order: Order, replay: Replay) -> None:
    answer = change(trader, order, duration_minutes=60, max_participation="0.2")

    told = answer.json()
    assert answer.status_code == 200, told
    assert (answer.headers["ETag"], told["parameters_revision"]) == ('"2"', 2)
    assert told["parameters"]["end"] == told["works_until"] == "2013-10-07T14:40:00Z"
    replay.dispatch()
    planned = Slice.objects.filter(state="planned")
    assert {int(row.quantity) for row in planned} == {50}, (
        "twelve slots, of which the first took the second's part"
    )
    assert planned.count() == 10
    [leaf] = Leaf.objects.filter(action="ParametersChanged")
    assert '"max_participation":"0.2"' in leaf.body


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"start": "2013-10-07T13:50:00Z"}, "/parameters/start"),
        ({"end": "2013-10-07T13:35:00Z"}, "/parameters/end"),
        ({"max_participation": "1.5"}, "/parameters/max_participation"),
        ({"haste": True}, "/parameters/haste"),
    ],
)
def test_a_change_that_does_not_fit_says_where(
    trader: APIClient, order: Order, parameters: dict[str, Any], pointer: str
) -> None:
    answer = change(trader, order, **parameters)

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert Run.objects.get().parameters_revision == 1


def test_a_day_order_whose_session_is_over_gets_no_other_day(
    trader: APIClient, order: Order, replay: Replay
) -> None:
    replay.pass_minutes(400)

    answer = change(trader, order, end=None)

    assert [error["pointer"] for error in answer.json()["errors"]] == ["/parameters/end"]


def test_a_change_needs_the_parameters_that_were_looked_at(trader: APIClient, order: Order) -> None:
    change(trader, order, must_complete=True)

    stale = change(trader, order, must_complete=False)
    assert (stale.status_code, stale.json()["code"]) == (412, "STATE_PARAMETERS_STALE")
    blind = trader.patch(url(order), {"parameters": {}, "reason": "none"}, format="json")
    assert blind.status_code == 428


def test_a_change_of_nothing_changes_nothing(trader: APIClient, order: Order) -> None:
    assert change(trader, order, interval_minutes=5).json()["parameters_revision"] == 1
    assert actions(order) == []


def test_who_may_only_look_changes_nothing_and_others_do_not_find_it(world: World, order: Order) -> None:
    watcher = client_of(person("watcher", world.desk, (VIEW_ORDERS,)))
    assert watcher.get(url(order)).status_code == 200
    for answer in (pause(watcher, order), resume(watcher, order), change(watcher, order, must_complete=True)):
        assert answer.json()["code"] == "AUTH_NOT_PERMITTED"

    stranger = client_of(world.stranger)
    for answer in (stranger.get(url(order)), pause(stranger, order)):
        assert answer.json()["code"] == "RESOURCE_ORDER_NOT_FOUND"


def test_a_bust_pauses_the_algorithm_until_a_person_lets_it_go_on(
    world: World, trader: APIClient, order: Order, replay: Replay
) -> None:
    replay.pass_minutes(2)
    replay.listen()
    service(lambda: reopen_run(actor=process_actor("execution"), order_id=order.pk))()

    replay.pass_minutes(6)
    replay.dispatch()

    assert trader.get(url(order)).json()["is_paused"]
    assert VenueOrder.objects.count() == 1


def test_what_a_bust_paused_a_person_may_ask_back(trader: APIClient, order: Order, replay: Replay) -> None:
    service(lambda: reopen_run(actor=process_actor("execution"), order_id=order.pk))()

    assert pause(trader, order).status_code == 200

    assert VenueOrder.objects.get().status == "pending_cancel"
    assert pause(trader, order).json()["code"] == "STATE_RUN_NOT_UNDER_WAY"


def test_an_order_is_paused_before_it_was_planned(world: World, trader: APIClient, replay: Replay) -> None:
    placed = world.place(type="market", limit_price=None, algorithm={"name": "twap", "parameters": HALF_HOUR})

    pause(trader, placed)
    replay.dispatch()

    assert not VenueOrder.objects.exists()
    resume(trader, placed)
    replay.dispatch()
    assert VenueOrder.objects.count() == 1


def test_what_a_bust_paused_goes_on_when_a_person_resumes_it(
    trader: APIClient, order: Order, replay: Replay
) -> None:
    service(lambda: reopen_run(actor=process_actor("execution"), order_id=order.pk))()

    resume(trader, order)
    replay.pass_minutes(5)
    replay.dispatch()

    assert [int(row.quantity) for row in VenueOrder.objects.order_by("id")] == [100, 100]


def test_a_start_that_stays_as_it_is_may_be_said_and_what_is_over_is_not_changed(
    world: World, trader: APIClient, order: Order
) -> None:
    assert change(trader, order, start="2013-10-07T13:40:00Z").json()["parameters_revision"] == 1

    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())

    assert change(trader, order, must_complete=True).json()["code"] == "STATE_RUN_NOT_UNDER_WAY"
