"""Bad input to every endpoint that the schema names: always a 4xx problem with a code, never a 5xx."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from orders import services
from orders.models import KillSwitch, Limit, Position
from orders.permissions import ENGAGE_KILL_SWITCH, VIEW_ORDERS
from orders.terms import KillSwitchScope
from tests.compliance.log import indexed
from tests.qtweb.api.conftest import Operation, assert_problem, operations, token_of
from tests.world import World, person

OPERATIONS = operations()
READING = [operation for operation in OPERATIONS if operation.body is not None]
LISTING = [operation for operation in OPERATIONS if "cursor" in operation.query]
OF_AN_ORDER = [operation for operation in OPERATIONS if "{order_id}" in operation.path]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]


@pytest.fixture
def order_id(world: World) -> str:
    """An order that the trader may see and change; its ETag is "1"."""
    return str(world.place().pk)


def send(
    client: APIClient, operation: Operation, order_id: str, body: Any = b"{}", query: str = "", **options: Any
) -> Any:
    """Send `body` (as JSON, unless it is bytes) to the operation."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"If-Match": '"1"', **options.pop("headers", {})}
    content_type = options.pop("content_type", "application/json")
    position = Position.objects.first()
    switch = KillSwitch.objects.first()
    parts = {
        "order_id": order_id,
        "position_id": position.pk if position else order_id,
        "kill_switch_id": switch.pk if switch else order_id,
    }
    if operation.method == "GET":
        parts["limit_id"] = Limit.objects.get(account__code="ALPHA", kind="position_quantity").pk
    url = operation.url(**parts) + query
    return client.generic(operation.method, url, sent, content_type, headers=headers)


def good_body(operation: Operation) -> dict[str, Any]:
    """A body that the operation takes."""
    link = f"good-{operation.method}-{operation.path.rpartition('/')[2].strip('{}')}"
    order = {"account": "ALPHA", "client_order_id": link, "symbol": "SPY", "side": "buy", "type": "limit"}
    desk = {"answer": "cancel", "price": "100", "reason": "good"}
    officer = {
        "codes": ["RISK_ORDER_QUANTITY"],
        "expires_in_minutes": 30,
        "scope": "account",
        "target": "ALPHA",
        "state": "halted",
        "amount": "100",
        "reference": link,
        "kind": "gross_notional",
        "value": "100",
        "parameters": {},
    }
    rule = {"name": link[:32], "place": 1, "venues": ["SIM"]}
    case = {"title": "good", "question": "good", "leaves": {"object_type": "order"}}
    values = {**order, **desk, **officer, **rule, **case, "quantity": "100", "limit_price": "100"}
    return {name: value for name, value in values.items() if name in (operation.body or {})["properties"]}


def takes(operation: Operation, name: str, value: Any) -> bool:
    """Whether a value of this type is one that the field takes: few are no texts."""
    said = json.dumps((operation.body or {})["properties"][name])
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    least = 0 if '"minimum": 0' in said else 1
    return ('"integer"' in said and is_whole and value >= least) or (
        '"array"' in said and isinstance(value, list)
    )


def fields() -> Iterator[tuple[Operation, str]]:
    """Every field of every body."""
    for operation in READING:
        assert operation.body is not None
        for name in operation.body["properties"]:
            yield operation, name


def test_the_schema_names_every_endpoint_that_this_tries() -> None:
    assert {"GET", "POST", "PATCH"} == {operation.method for operation in OPERATIONS}
    assert len(READING) >= 3
    assert len(LISTING) >= 7
    assert len(OF_AN_ORDER) >= 6


@pytest.mark.parametrize(
    "header", ["none", "Token", "Token x", "Bearer x", "Token a b", "Basic QTpC", "Token \xfcber"]
)
def test_nobody_gets_in_without_a_valid_token(order_id: str, header: str) -> None:
    headers = {} if header == "none" else {"Authorization": header}

    for operation in OPERATIONS:
        answer = send(APIClient(), operation, order_id, headers=headers)
        assert_problem(answer, 401)
        assert answer["WWW-Authenticate"] == "Token"


def test_a_token_with_one_letter_changed_does_not_get_in(world: World, order_id: str) -> None:
    secret = token_of(world.trader)
    forged = secret[:-1] + ("0" if secret[-1] != "0" else "1")

    for operation in OPERATIONS:
        answer = send(APIClient(), operation, order_id, headers={"Authorization": f"Token {forged}"})
        assert_problem(answer, 401)


def test_a_method_that_is_not_there_is_405_and_says_which_are(trader: APIClient, order_id: str) -> None:
    for path in {operation.path for operation in OPERATIONS}:
        there = {operation.method: operation for operation in OPERATIONS if operation.path == path}
        url = next(iter(there.values())).url(order_id=order_id)
        for method in set(METHODS) - set(there):
            answer = trader.generic(method, url, b"{}", "application/json")
            assert_problem(answer, 405)
            assert set(there) <= {word.strip() for word in answer["Allow"].split(",")}


def test_only_json_is_sent(trader: APIClient, order_id: str) -> None:
    for operation in OPERATIONS:
        assert_problem(send(trader, operation, order_id, headers={"Accept": "text/html"}), 406)


@pytest.mark.parametrize(
    "query",
    [
        "?unknown=1",
        "?unknown",
        "?format=xml",
        "?limit=1&limit=2",
        "?%00=1",
        "?cursor=%00",
        "?" + "&".join(f"a{number}=1" for number in range(2_000)),
    ],
    ids=lambda query: query[:20],
)
def test_a_query_that_is_not_declared_is_refused(trader: APIClient, order_id: str, query: str) -> None:
    for operation in OPERATIONS:
        assert_problem(send(trader, operation, order_id, query=query), 400)


@pytest.mark.parametrize("wrong", ["1", "not-a-uuid", "%00", "../accounts", "0" * 3_000, "%FF"])
def test_an_id_that_is_no_uuid_is_404(trader: APIClient, wrong: str) -> None:
    for operation in OF_AN_ORDER:
        assert_problem(send(trader, operation, wrong), 404)


def test_an_order_that_is_not_there_is_404(trader: APIClient, world: World) -> None:
    absent = str(world.account.pk)

    for operation in OF_AN_ORDER:
        problem = assert_problem(
            send(trader, operation, absent, good_body(operation) if operation.body else {}), 404
        )
        assert problem["code"] == "RESOURCE_ORDER_NOT_FOUND"


@pytest.mark.parametrize(
    "query",
    [
        *(f"?cursor={cursor}" for cursor in ["x", "%3D%3D", "eDp5", "T3JkZXI6", "%C3%BC", "A" * 5_000, ""]),
        *(
            f"?limit={limit}"
            for limit in ["0", "-1", "201", "1e2", "NaN", "9" * 400, "", "ten", "1.0", "1_0"]
        ),
    ],
    ids=lambda query: query[:20],
)
def test_a_page_that_cannot_be_is_refused(world: World, trader: APIClient, order_id: str, query: str) -> None:
    officer = person("officer", world.firm, (VIEW_ORDERS, ENGAGE_KILL_SWITCH))
    services.engage_kill_switch(
        actor=officer, scope=KillSwitchScope.ACCOUNT, target=world.account, reason="runaway"
    )
    for operation in LISTING:
        assert_problem(send(trader, operation, order_id, query=query), 400)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/xml",
        "none",
    ],
)
def test_another_media_type_is_415(trader: APIClient, order_id: str, content_type: str) -> None:
    for operation in READING:
        assert_problem(send(trader, operation, order_id, content_type=content_type), 415)


def test_ten_megabytes_are_413(trader: APIClient, order_id: str) -> None:
    for operation in READING:
        assert_problem(send(trader, operation, order_id, b'{"account": "' + b"x" * 10_000_000 + b'"}'), 413)


def test_a_body_without_its_length_is_411(trader: APIClient, order_id: str) -> None:
    for operation in READING:
        assert_problem(send(trader, operation, order_id, headers={"Transfer-Encoding": "chunked"}), 411)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"1e30",
        b"NaN",
        b'{"quantity": NaN}',
        b'{"quantity": -Infinity}',
        b'{"quantity": "\xff"}',
        b'{"reason": "\\u0000"}',
        b'{"reason": "\\ud800"}',
        b'{"quantity": "1", "quantity": "2"}',
        b'{"unknown": 1}',
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b"\x00",
    ],
    ids=lambda body: repr(body[:30]),
)
def test_a_body_that_is_not_what_is_asked_for_is_400(trader: APIClient, order_id: str, body: bytes) -> None:
    for operation in READING:
        assert_problem(send(trader, operation, order_id, body), 400)


@pytest.mark.parametrize("value", [1, -1, 0, 1.5, 1e30, True, [], ["100"], [[]]], ids=repr)
def test_no_field_takes_a_value_of_another_type(trader: APIClient, order_id: str, value: Any) -> None:
    for operation, name in fields():
        if takes(operation, name, value):
            continue
        problem = assert_problem(
            send(trader, operation, order_id, {**good_body(operation), name: value}), 400
        )
        assert f"/{name}" in {place["pointer"] for place in problem["errors"]}


OF_OTHERS = (
    *(
        "/answers",
        "/repeat",
        "/settle",
        "/executions",
        "/bust",
        "/correct",
        "/override",
        "/cash_movements",
        "/kill_switches",
        "/lift",
        "/routing_rules",
        "/retention_rules",
        "/legal_holds",
        "/rotate",
        "/role_grants",
        "/delegate",
        "/revoke",
    ),
    *("/limits", "/change", "/end", "/reset", "/approve", "/refuse", "/state"),
    *("/retry", "/discard"),
)
"""Who answers for a desk, watches over risk or keeps the books: their own tests send those bodies."""

FREE = {"reason", "client_order_id", "orig_client_order_id", "reference", "label"}
"""Fields in which a text may say what it likes, within bounds."""


@pytest.mark.parametrize(
    "text",
    ["", " ", "1e30", "NaN", "-1", "0", "Infinity", "1_0", "१", "x" * 5_000, "\u202e", "a\nb", "'; --"],
    ids=ascii,
)
def test_no_field_takes_a_text_that_means_nothing_there(trader: APIClient, order_id: str, text: str) -> None:
    for operation, name in fields():
        if name not in FREE:
            # What is spelled like a code and names nothing is refused as such: 422. What means something there is
            # not for a trader to ask: 403, or 404.
            others = (403, 404) if operation.path.endswith(OF_OTHERS) else ()
            body = {**good_body(operation), name: text}
            assert_problem(send(trader, operation, order_id, body), 400, 422, *others)


@pytest.mark.parametrize("text", ["", "x" * 201, "a\nb", "\x07"], ids=ascii)
def test_free_text_is_bounded_and_printable(trader: APIClient, order_id: str, text: str) -> None:
    for operation, name in fields():
        if name in FREE:
            assert_problem(send(trader, operation, order_id, {**good_body(operation), name: text}), 400)


def test_the_bodies_that_these_tests_spoil_are_good(trader: APIClient, order_id: str) -> None:
    indexed()
    traders = [operation for operation in READING if not operation.path.endswith(OF_OTHERS)]
    for operation in sorted(traders, key=lambda operation: operation.path.endswith("/cancel")):
        assert send(trader, operation, order_id, good_body(operation)).status_code in (200, 201, 202)
