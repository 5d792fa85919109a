"""POST /api/v1/orders/preview, GET /api/v1/orders/{id}/decisions, and the warnings of an order."""

from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from orders import services
from orders.limit_kinds import LimitKind
from orders.models import Limit, Order, RiskDecision
from orders.permissions import VIEW_LIMITS, VIEW_ORDERS
from tests.orders.api.conftest import client_of, order_body
from tests.qtweb.api.conftest import api_schema
from tests.world import SETUP, World, person

ORDERS = "/api/v1/orders"
PREVIEW = f"{ORDERS}/preview"


def post(client: APIClient, path: str, body: Any) -> Any:
    return client.post(path, body, format="json")


def limit_the_firm(world: World, value: str) -> Limit:
    return services.register_limit(
        actor=SETUP, kind=LimitKind.GROSS_NOTIONAL, value=Decimal(value), holder=world.firm
    )


def test_a_preview_tells_what_would_be_decided_and_keeps_nothing(trader: APIClient) -> None:
    answer = post(trader, PREVIEW, order_body(quantity="100", limit_price="100"))

    said = answer.json()
    assert answer.status_code == 200
    assert (said["is_admitted"], said["quantity"], said["notional"], said["currency"]) == (
        True,
        "100",
        "10000",
        "USD",
    )
    assert said["denials"] == said["warnings"] == []
    assert said["market"]["last"] == "100"
    assert said["tightest"]["check"] == "order_quantity"
    assert not Order.objects.exists()
    assert not RiskDecision.objects.exists()


def test_a_preview_says_everything_that_would_be_refused(trader: APIClient) -> None:
    said = post(trader, PREVIEW, order_body(quantity="20001", limit_price="120")).json()

    assert not said["is_admitted"]
    assert [each["code"] for each in said["denials"]] == [
        "RISK_ORDER_QUANTITY",
        "RISK_PRICE_COLLAR",
        "RISK_POSITION_LIMIT",
    ]
    position = said["denials"][2]
    assert (position["used"], position["with_order"], position["limit"]["value"]) == ("0", "20001", "20000")
    assert (position["limit"]["scope"], position["limit"]["unit"]) == ("account ALPHA", "units")


def test_a_preview_uses_up_no_client_order_id(trader: APIClient) -> None:
    body = order_body()

    assert post(trader, PREVIEW, body).status_code == post(trader, PREVIEW, body).status_code == 200
    assert post(trader, ORDERS, body).status_code == 201


def test_a_preview_of_a_hidden_account_tells_that_there_is_none(stranger: APIClient) -> None:
    answer = post(stranger, PREVIEW, order_body())

    assert (answer.status_code, answer.json()["code"]) == (422, "RESOURCE_ACCOUNT_NOT_FOUND")


def test_an_order_near_a_limit_is_admitted_with_a_warning(trader: APIClient) -> None:
    placed = post(trader, ORDERS, order_body(quantity="8000", limit_price="100")).json()

    (warning,) = placed["warnings"]
    assert (warning["check"], warning["utilisation_percent"], warning["outcome"]) == (
        "order_quantity",
        "80",
        "warned",
    )
    assert trader.get(f"{ORDERS}/{placed['id']}").json()["warnings"] == [warning]


def test_refused_new_terms_leave_the_warnings_of_those_in_force(trader: APIClient) -> None:
    placed = post(trader, ORDERS, order_body(quantity="8000", limit_price="100")).json()
    url = f"{ORDERS}/{placed['id']}"

    refused = trader.patch(url, {"quantity": "10001"}, format="json", HTTP_IF_MATCH='"1"')

    assert refused.json()["code"] == "RISK_ORDER_QUANTITY"
    assert trader.get(url).json()["warnings"] == placed["warnings"]


def test_the_decisions_on_an_order_are_kept_newest_first(trader: APIClient) -> None:
    placed = post(trader, ORDERS, order_body(quantity="100")).json()
    trader.patch(f"{ORDERS}/{placed['id']}", {"quantity": "200"}, format="json", HTTP_IF_MATCH='"1"')

    items = trader.get(f"{ORDERS}/{placed['id']}/decisions").json()["items"]

    assert [(each["stage"], each["quantity"], each["is_admitted"]) for each in items] == [
        ("amend", "200", True),
        ("place", "100", True),
    ]


def test_a_refused_order_tells_the_number_that_its_own_account_used(world: World, trader: APIClient) -> None:
    refused = post(trader, ORDERS, order_body(quantity="10001", limit_price="100")).json()

    (kept,) = trader.get(f"{ORDERS}/{refused['order_id']}/decisions").json()["items"]
    assert refused["code"] == "RISK_ORDER_QUANTITY"
    assert kept["denials"][0]["limit"]["version"] == 1


def test_a_desks_trader_learns_that_the_firm_is_full_and_not_what_it_holds(
    world: World, trader: APIClient
) -> None:
    limit = limit_the_firm(world, "15000")
    post(trader, ORDERS, order_body(quantity="100", limit_price="100"))

    refused = post(trader, ORDERS, order_body(quantity="100", limit_price="100")).json()
    (kept,) = trader.get(f"{ORDERS}/{refused['order_id']}/decisions").json()["items"]
    (seen,) = client_of(world.risk_officer).get(f"{ORDERS}/{refused['order_id']}/decisions").json()["items"]

    assert refused["code"] == "RISK_GROSS_LIMIT"
    denial, told = kept["denials"][0], seen["denials"][0]
    assert (denial["code"], denial["limit"], denial["used"], denial["numbers"]) == (
        "RISK_GROSS_LIMIT",
        None,
        None,
        {},
    )
    assert (told["limit"]["id"], told["used"], told["with_order"]) == (str(limit.pk), "10000", "20000")


@pytest.mark.parametrize(
    ("permissions", "numbers"),
    [((), {}), ((VIEW_LIMITS,), {"quantity": "10001", "limit": "10000"})],
)
def test_an_orders_events_tell_what_refused_it_to_who_may_see_its_limits(
    world: World, permissions: tuple[str, ...], numbers: dict[str, str]
) -> None:
    order = world.place(quantity="10001")
    reader = client_of(person("reader", world.firm, (VIEW_ORDERS, *permissions)))

    (event,) = reader.get(f"{ORDERS}/{order.pk}/events").json()["items"]

    assert event["facts"]["details"]["denial_code"] == "RISK_ORDER_QUANTITY"
    assert event["facts"]["details"]["numbers"] == numbers


def test_what_has_no_quantity_to_judge_is_the_same_error_previewed_and_placed(
    world: World, trader: APIClient
) -> None:
    services.register_instrument(
        actor=SETUP,
        symbol="NEW",
        isin="US0378331005",
        mic="ARCX",
        currency="USD",
        tick_size=Decimal("0.01"),
        lot_size=Decimal(1),
    )
    body = order_body(symbol="NEW", type="market", quantity=None, limit_price=None, cash_quantity="1000")

    previewed, placed = (post(trader, path, body) for path in (PREVIEW, ORDERS))

    for answer in (previewed, placed):
        assert (answer.status_code, answer.json()["code"]) == (422, "RISK_NO_REFERENCE_PRICE")
    told = api_schema()["paths"]["/api/v1/orders/preview"]["post"]["responses"]["422"]["description"]
    assert "RISK_REFUSED" in told


def test_a_preview_has_a_number_for_the_largest_order_and_the_smallest_limit(
    world: World, trader: APIClient
) -> None:
    services.register_limit(
        actor=SETUP, kind=LimitKind.ORDER_NOTIONAL, value=Decimal("0.00000001"), holder=world.desk
    )

    said = post(trader, PREVIEW, order_body(quantity="9" * 12, limit_price="9" * 12))

    assert (said.status_code, said.json()["is_admitted"]) == (200, False)


def test_an_unknown_override_is_an_error_of_the_order_that_names_it(trader: APIClient) -> None:
    answer = post(trader, ORDERS, order_body(override="01a20bc6-d0e6-718d-a9c6-482d26e54d90"))

    assert (answer.status_code, answer.json()["code"]) == (422, "RESOURCE_OVERRIDE_NOT_FOUND")
