"""The doors of a desk: its answers, and what it asks to be done to executions."""

import pytest
from rest_framework.test import APIClient

from compliance.services.approvals import approve
from orders import services
from orders.in_force import executions_in_force
from orders.models import Order, User
from orders.permissions import APPROVE_EXECUTIONS, PROPOSE_EXECUTIONS, VIEW_ORDERS, WORK_ORDERS
from tests.orders.desk import MANUAL, manual_order, replace
from tests.orders.fills import fill
from tests.tokens import EVERYTHING
from tests.world import World, person

DESK = (VIEW_ORDERS, WORK_ORDERS, PROPOSE_EXECUTIONS)


@pytest.fixture
def desk(world: World) -> APIClient:
    client = APIClient()
    client.force_authenticate(User.objects.get(pk=person("dealer", world.desk, DESK).user_id), EVERYTHING)
    return client


def test_the_desk_answers_step_by_step(world: World, desk: APIClient) -> None:
    order = world.place(algorithm=MANUAL)
    answers = f"/api/v1/orders/{order.pk}/answers"

    assert desk.post(answers, {"answer": "accept"}, format="json").json()["status"] == "new"
    replace(world, order, "150", "y")
    pending = desk.post(answers, {"answer": "acknowledge_request"}, format="json").json()
    assert (pending["status"], pending["replacing"]["quantity"]) == ("pending_replace", "150")
    confirmed = desk.post(answers, {"answer": "confirm_request"}, format="json").json()
    assert (confirmed["quantity"], confirmed["current_client_order_id"]) == ("150", "y")
    too_late = desk.post(answers, {"answer": "confirm_request"}, format="json")
    assert (too_late.status_code, too_late.json()["code"]) == (409, "STATE_ANSWER_NOT_ASKED")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"answer": "reject_request", "reject_reason": "broker_option"}, "new"),
        ({"answer": "cancel"}, "canceled"),
        ({"answer": "done_for_day"}, "done_for_day"),
        ({"answer": "restate", "quantity": "90"}, "new"),
        ({"answer": "stop", "quantity": "10", "price": "99"}, "stopped"),
        ({"answer": "trigger"}, "new"),
    ],
)
def test_every_answer_has_its_effect(
    world: World, desk: APIClient, body: dict[str, str], status: str
) -> None:
    order = manual_order(world)
    replace(world, order, "150", "y")

    answered = desk.post(f"/api/v1/orders/{order.pk}/answers", body, format="json")

    assert (answered.status_code, answered.json()["status"]) == (200, status)


def test_an_order_is_rejected_with_a_reason(world: World, desk: APIClient) -> None:
    order = world.place(algorithm=MANUAL)
    body = {"answer": "reject", "reason": "known already"}
    answered = desk.post(f"/api/v1/orders/{order.pk}/answers", body, format="json").json()
    assert (answered["status"], answered["denial_detail"]) == ("rejected", "known already")


def test_a_restatement_needs_a_quantity(world: World, desk: APIClient) -> None:
    body = {"answer": "restate"}
    answered = desk.post(f"/api/v1/orders/{manual_order(world).pk}/answers", body, format="json")
    assert answered.status_code == 400


def test_a_fill_by_hand_a_correction_and_a_bust_wait_for_approval(world: World, desk: APIClient) -> None:
    order = manual_order(world)
    checker = person("checker", world.desk, (VIEW_ORDERS, APPROVE_EXECUTIONS))
    terms = {"quantity": "40", "price": "99", "reason": "by telephone"}

    asked = desk.post(f"/api/v1/orders/{order.pk}/executions", terms, format="json")
    assert (asked.status_code, asked.json()["state"]) == (202, "pending")
    approve(actor=checker, approval_id=asked.json()["id"], reason="heard it")
    execution = executions_in_force().filter(order=order).get()

    terms = {"quantity": "30", "price": "98", "reason": "misheard"}
    asked = desk.post(f"/api/v1/executions/{execution.pk}/correct", terms, format="json")
    approve(actor=checker, approval_id=asked.json()["id"], reason="heard it")
    execution = executions_in_force().filter(order=order).get()
    asked = desk.post(f"/api/v1/executions/{execution.pk}/bust", {"reason": "never dealt"}, format="json")
    approve(actor=checker, approval_id=asked.json()["id"], reason="heard it")

    listed = desk.get(f"/api/v1/orders/{order.pk}/executions").json()["items"]
    assert [row["kind"] for row in listed] == ["trade", "correction", "bust"]
    assert [row["corrects_id"] for row in listed] == [None, listed[0]["id"], listed[1]["id"]]
    assert Order.objects.get(pk=order.pk).status == "new"
    events = desk.get(f"/api/v1/orders/{order.pk}/events").json()["items"]
    assert [event["exec_type"] for event in events] == ["A", "0", "F", "G", "H"]


def test_an_execution_of_another_desk_is_hidden(world: World, desk: APIClient) -> None:
    elsewhere = world.command(account=world.other_account.code)
    placed = services.place(actor=world.stranger, command=elsewhere).order
    booked = fill(placed, "10")
    assert booked is not None
    hidden = desk.post(f"/api/v1/executions/{booked.pk}/bust", {"reason": "mine"}, format="json")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "RESOURCE_EXECUTION_NOT_FOUND")
