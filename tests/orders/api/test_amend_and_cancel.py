"""PATCH of an order under its ETag, and its cancel."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from orders.hooks import hooks
from orders.kernel.events import Subscriptions
from orders.models import OrderRevision
from tests.orders.api.conftest import client_of, order_body
from tests.world import World

ORDERS = "/api/v1/orders"


@pytest.fixture
def order(trader: APIClient) -> dict[str, Any]:
    """An open order, as the API tells it."""
    return trader.post(ORDERS, order_body(quantity="100"), format="json").json()  # type: ignore[no-any-return]


def amend(client: APIClient, order_id: str, etag: str | None, **terms: Any) -> Any:
    headers = {} if etag is None else {"If-Match": etag}
    return client.patch(f"{ORDERS}/{order_id}", terms, format="json", headers=headers)


def test_an_amendment_with_the_current_etag_changes_the_terms_and_the_etag(
    trader: APIClient, order: dict[str, Any]
) -> None:
    etag = trader.get(f"{ORDERS}/{order['id']}")["ETag"]

    answer = amend(trader, order["id"], etag, quantity="300")

    assert (answer.status_code, etag, answer["ETag"]) == (200, '"1"', '"2"')
    assert (answer.json()["quantity"], answer.json()["limit_price"]) == ("300", "100")
    assert trader.get(f"{ORDERS}/{order['id']}").json() == answer.json()


def test_a_stale_etag_is_412_and_changes_nothing(trader: APIClient, order: dict[str, Any]) -> None:
    amend(trader, order["id"], '"1"', quantity="200")

    answer = amend(trader, order["id"], '"1"', quantity="300")

    assert (answer.status_code, answer.json()["code"]) == (412, "STATE_TERMS_STALE")
    assert answer.json()["terms_revision"] == 2
    assert trader.get(f"{ORDERS}/{order['id']}").json()["quantity"] == "200"


@pytest.mark.parametrize(
    ("if_match", "status", "code"),
    [
        (None, 428, "STATE_PRECONDITION_MISSING"),
        ("*", 428, "STATE_PRECONDITION_MISSING"),
        ('W/"1"', 412, "STATE_TERMS_STALE"),
        ('"other"', 412, "STATE_TERMS_STALE"),
        ('"99999999999999999999"', 412, "STATE_TERMS_STALE"),
        ('"0"', 412, "STATE_TERMS_STALE"),
        ("1", 400, "INPUT_INVALID"),
        ('"1", "2"', 400, "INPUT_INVALID"),
        ("", 400, "INPUT_INVALID"),
    ],
)
def test_only_the_one_etag_that_was_looked_at_is_taken(
    trader: APIClient, order: dict[str, Any], if_match: str | None, status: int, code: str
) -> None:
    answer = amend(trader, order["id"], if_match, quantity="200")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert trader.get(f"{ORDERS}/{order['id']}").json() == order


def test_while_something_is_at_a_venue_the_requested_terms_are_told_beside_those_in_force(
    trader: APIClient, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        hooks, "subscriptions", Subscriptions()
    )  # nobody confirms, as if a venue had not answered

    answer = amend(trader, order["id"], '"1"', limit_price="99").json()

    assert (answer["status"], answer["limit_price"]) == ("pending_replace", "100")
    told = {name: value for name, value in answer["replacing"].items() if value is not None}
    assert told == {"quantity": "100", "limit_price": "99"}
    assert trader.get(ORDERS).json()["items"] == [
        {name: answer[name] for name in answer if name != "warnings"}
    ]
    again = amend(trader, order["id"], '"2"', limit_price="98")
    assert (again.status_code, again.json()["code"]) == (409, "STATE_REPLACE_PENDING")


def test_an_amendment_that_a_check_refuses_is_422_and_leaves_the_order_as_it_was(
    trader: APIClient, order: dict[str, Any]
) -> None:
    answer = amend(trader, order["id"], '"1"', quantity="10001")

    assert (answer.status_code, answer.json()["code"]) == (422, "RISK_ORDER_QUANTITY")
    assert answer.json()["order_id"] == order["id"]
    now = trader.get(f"{ORDERS}/{order['id']}").json()
    assert (now["quantity"], now["terms_revision"]) == ("100", 1)


def test_an_amendment_of_nothing_is_refused(trader: APIClient, order: dict[str, Any]) -> None:
    assert amend(trader, order["id"], '"1"').status_code == 400


def test_one_who_may_only_look_may_not_amend_or_cancel(world: World, order: dict[str, Any]) -> None:
    auditor = client_of(world.auditor)

    assert auditor.get(f"{ORDERS}/{order['id']}").status_code == 200
    refused = [amend(auditor, order["id"], '"1"', quantity="1"), cancel(auditor, order["id"])]
    assert [answer.json()["code"] for answer in refused] == ["AUTH_NOT_PERMITTED"] * 2


def test_a_cancel_ends_the_order_and_its_reason_is_kept(trader: APIClient, order: dict[str, Any]) -> None:
    answer = cancel(trader, order["id"], reason="wrong side")

    assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
    requested = OrderRevision.objects.get(order_id=order["id"], event="CancelRequested")
    assert requested.facts["details"]["reason"] == "wrong side"


def test_a_cancel_needs_no_body_and_no_media_type(trader: APIClient, order: dict[str, Any]) -> None:
    assert trader.post(f"{ORDERS}/{order['id']}/cancel").status_code == 200


def test_when_nothing_is_left_to_cancel_it_is_409(trader: APIClient, order: dict[str, Any]) -> None:
    cancel(trader, order["id"])

    answer = cancel(trader, order["id"])

    assert (answer.status_code, answer.json()["code"]) == (409, "STATE_ORDER_NOT_OPEN")
    assert answer.json()["order_status"] == "canceled"


@pytest.mark.parametrize("act", ["", "/cancel", "/executions", "/events"])
def test_another_desks_order_looks_exactly_like_an_absent_one(
    stranger: APIClient, order: dict[str, Any], act: str
) -> None:
    if act == "/cancel":
        hidden, absent = (stranger.post(f"{ORDERS}/{key}{act}") for key in (order["id"], uuid4()))
    else:
        hidden, absent = (stranger.get(f"{ORDERS}/{key}{act}") for key in (order["id"], uuid4()))

    assert hidden.status_code == absent.status_code == 404
    assert {**hidden.json(), "correlation_id": None} == {**absent.json(), "correlation_id": None}


def test_another_desks_order_cannot_be_amended_and_looks_absent(
    stranger: APIClient, order: dict[str, Any]
) -> None:
    hidden, absent = (amend(stranger, str(key), '"1"', quantity="1") for key in (order["id"], uuid4()))

    assert hidden.status_code == absent.status_code == 404
    assert {**hidden.json(), "correlation_id": None} == {**absent.json(), "correlation_id": None}


def cancel(client: APIClient, order_id: str, **body: Any) -> Any:
    return client.post(f"{ORDERS}/{order_id}/cancel", body, format="json")
