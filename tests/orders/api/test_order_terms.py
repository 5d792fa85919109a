"""The terms of orders by the API: told as they were given, narrowed by, refused and amended with a pointer or code."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.orders.api.conftest import order_body

ORDERS = "/api/v1/orders"
TERMS: dict[str, dict[str, Any]] = {
    "stop": {"type": "stop", "limit_price": None, "stop_price": "105"},
    "stop_limit": {"type": "stop_limit", "stop_price": "105", "limit_price": "106", "time_in_force": "gtc"},
    "trailing_stop": {"type": "trailing_stop", "limit_price": None, "trail_percent": "2.5"},
    "good till": {"time_in_force": "gtd", "expires_on": "2013-10-11"},
    "good after": {"effective_at": "2013-10-04T17:00:00Z"},
    "shown": {"display_quantity": "20", "minimum_quantity": "10"},
}


def post(client: APIClient, **terms: Any) -> Any:
    return client.post(ORDERS, order_body(**terms), format="json")


def patch(client: APIClient, order: dict[str, Any], **terms: str) -> Any:
    headers = {"If-Match": f'"{order["terms_revision"]}"'}
    return client.patch(f"{ORDERS}/{order['id']}", terms, format="json", headers=headers)


@pytest.mark.parametrize("terms", TERMS.values(), ids=TERMS)
def test_terms_are_told_as_they_were_given(trader: APIClient, terms: dict[str, Any]) -> None:
    placed = post(trader, **terms)

    assert placed.status_code == 201, placed.json()
    told = trader.get(f"{ORDERS}/{placed.json()['id']}").json()
    assert {name: told[name] for name in terms} == terms


def test_orders_are_listed_by_type_and_time_in_force(trader: APIClient) -> None:
    for terms in TERMS.values():
        post(trader, **terms)

    def listed(**query: str) -> int:
        return len(trader.get(ORDERS, query).json()["items"])

    assert (listed(type="stop"), listed(type="limit"), listed(time_in_force="gtd")) == (1, 3, 1)
    assert listed(type="market") == 0
    assert trader.get(ORDERS, {"type": "pegged"}).status_code == 400


@pytest.mark.parametrize(
    ("terms", "status", "pointer"),
    [
        ({"type": "stop", "limit_price": None}, 400, "/stop_price"),
        (
            {"type": "stop", "limit_price": None, "stop_price": "105", "time_in_force": "fok"},
            400,
            "/time_in_force",
        ),
        ({"time_in_force": "gtd", "expires_on": "2013-10-03"}, 422, "/expires_on"),
        ({"time_in_force": "opg"}, 422, "/time_in_force"),
        ({"effective_at": "2013-10-04T15:00:00Z"}, 422, "/effective_at"),
        ({"algorithm": {"name": "twap"}, "time_in_force": "gtc"}, 400, "/time_in_force"),
        ({"algorithm": {"name": "twap"}, "display_quantity": "10"}, 400, "/display_quantity"),
    ],
)
def test_terms_that_make_no_sense_are_refused_where_they_stand(
    trader: APIClient, terms: dict[str, Any], status: int, pointer: str
) -> None:
    answer = post(trader, **terms)

    assert answer.status_code == status
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_stop_and_trail_are_amended_at_once(trader: APIClient) -> None:
    stop = post(trader, **TERMS["stop"]).json()
    trailing = post(trader, **TERMS["trailing_stop"]).json()

    assert patch(trader, stop, stop_price="104").json()["stop_price"] == "104"
    changed = patch(trader, trailing, trail_price="3").json()
    assert (changed["status"], changed["trail_price"], changed["trail_percent"]) == ("new", "3", None)


@pytest.mark.parametrize(
    ("name", "amendment", "code"),
    [
        ("stop", {"limit_price": "100"}, "RULE_LIMIT_PRICE_NOT_APPLICABLE"),
        ("stop", {"trail_price": "1"}, "RULE_TRIGGER_NOT_APPLICABLE"),
        ("good till", {"stop_price": "105"}, "RULE_TRIGGER_NOT_APPLICABLE"),
        ("stop_limit", {"limit_price": "140"}, "RISK_PRICE_COLLAR"),
        ("stop", {"stop_price": "105.001"}, "RISK_PRICE_OFF_TICK"),
        ("shown", {"quantity": "15"}, "RULE_QUANTITY_BELOW_TERMS"),
        ("trailing_stop", {"trail_price": "1", "trail_percent": "1"}, "INPUT_INVALID"),
        ("trailing_stop", {"trail_percent": "100"}, "INPUT_INVALID"),
    ],
)
def test_amendment_that_the_order_does_not_take_is_refused(
    trader: APIClient, name: str, amendment: dict[str, str], code: str
) -> None:
    assert patch(trader, post(trader, **TERMS[name]).json(), **amendment).json()["code"] == code
