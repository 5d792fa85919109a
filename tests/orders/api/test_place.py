"""POST /api/v1/orders."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from orders.commands import LONGEST_PARAMETERS
from orders.models import Order, Refusal
from orders.services.refusals import REFUSALS_PER_WINDOW
from tests.orders.api.conftest import client_of, order_body
from tests.world import World

ORDERS = "/api/v1/orders"


def post(client: APIClient, body: Any) -> Any:
    return client.post(ORDERS, body, format="json")


def test_an_admitted_order_is_201_with_its_address_and_etag(trader: APIClient) -> None:
    body = order_body(quantity="100", limit_price="99.50")

    answer = post(trader, body)

    order = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == f"{ORDERS}/{order['id']}"
    assert answer["ETag"] == '"1"'
    assert answer["Cache-Control"] == "no-store"
    assert {name: order[name] for name in body} == {**body, "limit_price": "99.5"}
    assert order["status"] == "new"
    assert (order["filled_quantity"], order["leaves_quantity"], order["filled_avg_price"]) == (
        "0",
        "100",
        None,
    )
    assert (order["denial_code"], order["denial_detail"], order["replacing"]) == (None, None, None)
    assert (order["version"], order["terms_revision"]) == (1, 1)
    assert order["algorithm"]["name"] == "direct"
    assert order["market_time"] == "2013-10-04T16:00:00Z"
    assert order["recorded_at"].endswith("Z")
    assert trader.get(answer["Location"]).json() == order


def test_the_same_request_again_is_200_with_the_first_order(trader: APIClient) -> None:
    body = order_body()
    first = post(trader, body)

    again = post(trader, {**body, "quantity": "100", "time_in_force": "day"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert Order.objects.count() == 1


def test_another_payload_under_the_same_client_order_id_is_409(trader: APIClient) -> None:
    body = order_body()
    first = post(trader, body).json()

    other = post(trader, {**body, "quantity": "200"})

    assert other.status_code == 409
    assert other.json()["code"] == "STATE_CLIENT_ORDER_ID_USED"
    assert other.json()["order_id"] == first["id"]
    assert Order.objects.count() == 1


def test_an_order_that_a_check_refuses_is_422_and_kept_as_rejected(trader: APIClient) -> None:
    answer = post(trader, order_body(quantity="10001"))

    problem = answer.json()
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert (problem["code"], problem["category"]) == ("RISK_ORDER_QUANTITY", "risk")
    kept = trader.get(f"{ORDERS}/{problem['order_id']}").json()
    assert (kept["status"], kept["denial_code"]) == ("rejected", "RISK_ORDER_QUANTITY")
    assert (kept["denial_detail"], kept["leaves_quantity"]) == (problem["detail"], "0")
    assert not Refusal.objects.exists(), "the rejected order is the record"


def test_a_refused_request_again_gets_the_same_refusal(trader: APIClient) -> None:
    body = order_body(limit_price="120")

    first, again = post(trader, body), post(trader, body)

    assert (first.status_code, again.status_code) == (422, 422)
    of_the_request = {"correlation_id": None}
    assert {**first.json(), **of_the_request} == {**again.json(), **of_the_request}
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"quantity": 100}, 400, "INPUT_INVALID"),
        ({"symbol": "NONE"}, 422, "RESOURCE_INSTRUMENT_NOT_FOUND"),
        ({"account": "BETA"}, 422, "RESOURCE_ACCOUNT_NOT_FOUND"),
        ({"account": "ABSENT"}, 422, "RESOURCE_ACCOUNT_NOT_FOUND"),
    ],
)
def test_what_is_refused_before_it_is_an_order_is_recorded(
    trader: APIClient, world: World, changes: dict[str, Any], status: int, code: str
) -> None:
    body = order_body(**changes)

    answer = post(trader, body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    refusal = Refusal.objects.get()
    assert (refusal.user_id, refusal.code) == (world.trader.user_id, code)
    assert (refusal.account, refusal.symbol) == (body["account"], body["symbol"])
    assert not Order.objects.exists()


def test_a_hidden_account_and_an_absent_one_are_refused_alike(trader: APIClient) -> None:
    hidden, absent = (post(trader, order_body(account=code)) for code in ("BETA", "GAMMA"))

    assert hidden.status_code == absent.status_code
    assert {**hidden.json(), "correlation_id": None} == {**absent.json(), "correlation_id": None}


def test_one_who_may_only_look_is_told_what_is_missing(world: World) -> None:
    answer = post(client_of(world.auditor), order_body())

    assert (answer.status_code, answer.json()["code"]) == (403, "AUTH_NOT_PERMITTED")
    assert Refusal.objects.get().code == "AUTH_NOT_PERMITTED"


def test_what_cannot_be_read_is_recorded_without_account_and_symbol(trader: APIClient, world: World) -> None:
    answer = trader.post(ORDERS, b'{"account": "ALPHA", ', content_type="application/json")

    assert answer.status_code == 400
    refusal = Refusal.objects.get()
    assert (refusal.user_id, refusal.account, refusal.symbol) == (world.trader.user_id, "", "")


def test_nothing_is_recorded_of_someone_unknown(world: World) -> None:
    answer = post(APIClient(), order_body())

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
    assert not Refusal.objects.exists()


def test_above_the_rate_refusals_are_429_and_good_orders_still_pass(trader: APIClient) -> None:
    bad = order_body(quantity="-1")
    for _ in range(REFUSALS_PER_WINDOW):
        assert post(trader, bad).status_code == 400

    answer = post(trader, bad)

    assert (answer.status_code, answer.json()["code"]) == (429, "RATE_REFUSALS_EXCEEDED")
    assert int(answer["Retry-After"]) > 0
    assert Refusal.objects.count() == REFUSALS_PER_WINDOW
    assert post(trader, order_body()).status_code == 201


def test_every_wrong_place_is_named_by_pointer(trader: APIClient) -> None:
    body = order_body(quantity="1e3", side="long", algorithm={"name": "twap", "speed": 1})
    body["a/b~c"] = 1

    problem = post(trader, body).json()

    places = {place["pointer"]: place["code"] for place in problem["errors"]}
    assert set(places) == {"/quantity", "/side", "/algorithm/speed", "/a~1b~0c"}
    assert places["/a~1b~0c"] == "extra_forbidden"
    assert all(place["detail"] for place in problem["errors"])


def test_an_algorithms_parameters_are_bounded(trader: APIClient) -> None:
    parameters = {"note": "x" * LONGEST_PARAMETERS}

    problem = post(trader, order_body(algorithm={"name": "twap", "parameters": parameters})).json()

    (place,) = problem["errors"]
    assert (problem["code"], place["pointer"]) == ("INPUT_INVALID", "/algorithm/parameters")
    assert str(LONGEST_PARAMETERS) in place["detail"]


def test_a_parameter_that_the_algorithm_does_not_know_is_named(trader: APIClient) -> None:
    body = order_body(algorithm={"name": "twap", "parameters": {"unknown": 1}})

    problem = post(trader, body).json()

    assert "/algorithm/parameters/unknown" in {place["pointer"] for place in problem["errors"]}


def test_a_limit_order_without_a_price_names_the_place(trader: APIClient) -> None:
    problem = post(trader, order_body(limit_price=None)).json()

    assert problem["errors"][0]["pointer"] == "/limit_price"
    assert "limit_price" in problem["errors"][0]["detail"]


def test_no_more_places_are_named_than_a_person_reads(trader: APIClient) -> None:
    body = {f"unknown-{number}": 1 for number in range(2_000)}

    answer = post(trader, body)

    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == 20
    assert len(answer.content) < len(json.dumps(body))
