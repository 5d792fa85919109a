"""Lists: pages by key, filters, what is visible, and how many statements it takes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from orders import services
from orders.kernel.context import process_actor
from tests.orders.api.conftest import client_of
from tests.world import NOON, World

ORDERS = "/api/v1/orders"
LISTS = [
    ORDERS,
    "/api/v1/positions",
    "/api/v1/exchange_rates",
    "/api/v1/instruments",
    "/api/v1/accounts",
    "/api/v1/cash_movements",
    "/api/v1/exposures",
]
VENUE = process_actor("gateway")


def ids(answer: Any) -> list[str]:
    return [item["id"] for item in answer.json()["items"]]


def walk(client: APIClient, url: str, limit: int) -> list[list[Any]]:
    """All pages of a list, by its cursors."""
    pages, cursor = [], None
    while not pages or cursor is not None:
        parameters = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
        answer = client.get(url, parameters)
        assert answer.status_code == 200
        pages.append(answer.json()["items"])
        cursor = answer.json()["next"]
    return pages


def test_pages_follow_each_other_without_gap_or_repetition(trader: APIClient, world: World) -> None:
    placed = [str(world.place().pk) for _ in range(7)]

    pages = walk(trader, ORDERS, 3)

    assert [len(page) for page in pages] == [3, 3, 1]
    assert [order["id"] for page in pages for order in page] == placed[::-1]


def test_an_order_that_comes_in_between_moves_no_page(trader: APIClient, world: World) -> None:
    first, second = (str(world.place().pk) for _ in range(2))
    page = trader.get(ORDERS, {"limit": "1"}).json()
    world.place()

    following = trader.get(ORDERS, {"limit": "1", "cursor": page["next"]})

    assert (page["items"][0]["id"], ids(following)) == (second, [first])


def test_a_page_that_holds_exactly_the_rest_is_the_last(trader: APIClient, world: World) -> None:
    world.place()

    assert trader.get(ORDERS, {"limit": "1"}).json()["next"] is None


@pytest.mark.parametrize(
    "filters",
    [
        {"account": "ALPHA"},
        {"symbol": "SPY"},
        {"side": "sell"},
        {"status": "canceled"},
        {"client_order_id": "wanted"},
        {"from": "2013-10-04T16:30:00Z"},
        {"from": "2013-10-04T12:30:00-04:00", "to": "2013-10-04T18:00:00.5Z"},
    ],
)
def test_filters_leave_what_they_name(trader: APIClient, world: World, filters: dict[str, str]) -> None:
    world.place(client_order_id="other")
    services.set_market_clock(actor=VENUE, anchor=NOON + timedelta(hours=1), paused=True)
    wanted = world.place(client_order_id="wanted", side="sell")
    trader.post(f"{ORDERS}/{wanted.pk}/cancel")

    found = ids(trader.get(ORDERS, filters))

    assert str(wanted.pk) in found
    assert len(found) == (2 if filters.keys() & {"account", "symbol"} else 1)


@pytest.mark.parametrize(
    "filters",
    [{"account": "BETA"}, {"symbol": "NONE"}, {"status": "filled"}, {"to": "2013-10-04T16:00:00Z"}],
)
def test_a_filter_that_nothing_meets_leaves_nothing(
    trader: APIClient, world: World, filters: dict[str, str]
) -> None:
    world.place()

    assert trader.get(ORDERS, filters).json() == {"items": [], "next": None}


def test_each_desk_sees_its_own(trader: APIClient, stranger: APIClient, world: World) -> None:
    ours = world.place()

    assert (ids(trader.get(ORDERS)), ids(stranger.get(ORDERS))) == ([str(ours.pk)], [])
    assert [item["code"] for item in trader.get("/api/v1/accounts").json()["items"]] == ["ALPHA"]
    assert len(trader.get("/api/v1/positions").json()["items"]) == 1
    assert stranger.get("/api/v1/positions").json()["items"] == []


@pytest.mark.parametrize("url", LISTS)
def test_one_without_any_permission_sees_empty_lists(world: World, url: str) -> None:
    world.place()

    assert client_of(world.nobody).get(url).json() == {"items": [], "next": None}


def test_executions_events_and_position_tell_a_fill(trader: APIClient, world: World) -> None:
    order = world.place(quantity="100")
    fill = services.Fill(
        venue="SIM",
        venue_execution_id="e1",
        quantity=order.quantity / 4,
        price=order.limit_price,
        market_time=NOON,
    )
    services.apply_execution(actor=VENUE, order_id=order.pk, fill=fill)
    url = f"{ORDERS}/{order.pk}"

    (execution,) = trader.get(f"{url}/executions").json()["items"]
    events = trader.get(f"{url}/events").json()["items"]
    (position,) = trader.get("/api/v1/positions").json()["items"]
    told = trader.get(url).json()

    assert (execution["quantity"], execution["price"], execution["order_version"]) == ("25", "100", 2)
    assert [(event["version"], event["event"]) for event in events] == [
        (1, "OrderPlaced"),
        (2, "ExecutionApplied"),
    ]
    assert events[0]["actor"] == f"user:{world.trader.user_id}"
    assert (position["account"], position["symbol"], position["net_quantity"]) == ("ALPHA", "SPY", "25")
    assert (position["bought_notional"], position["open_buy_quantity"]) == ("2500", "75")
    assert (told["status"], told["filled_quantity"], told["leaves_quantity"]) == (
        "partially_filled",
        "25",
        "75",
    )
    assert (told["filled_avg_price"], told["version"], told["terms_revision"]) == ("100", 2, 1)


def test_an_instrument_and_an_account_are_told_in_full(trader: APIClient) -> None:
    (instrument,) = trader.get("/api/v1/instruments").json()["items"]
    (account,) = trader.get("/api/v1/accounts").json()["items"]

    assert instrument == {
        "symbol": "SPY",
        "isin": "US78462F1030",
        "mic": "ARCX",
        "currency": "USD",
        "tick_size": "0.01",
        "lot_size": "1",
        "state": "active",
    }
    assert account == {"code": "ALPHA", "desk": "EQ1", "firm": "ATLAS", "currency": "USD", "state": "active"}


MOST_STATEMENTS = {"/api/v1/positions": 5, "/api/v1/exposures": 4}
"""Lists that read more than what they list: prices, rates and the clock, once for all rows."""


@pytest.mark.parametrize("url", LISTS)
def test_a_list_takes_as_many_statements_for_many_rows_as_for_one(
    trader: APIClient, world: World, url: str
) -> None:
    world.place()
    few = statements(trader, url)
    for _ in range(20):
        world.place()

    many = statements(trader, url)

    assert len(many) == len(few) <= MOST_STATEMENTS.get(url, 2)
    assert not any("COUNT(" in statement for statement in many)


def statements(client: APIClient, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


@pytest.mark.parametrize(
    ("parameters", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=1_0", "limit"),
        ("limit=%C2%B2", "limit"),
        ("limit=10&limit=20", "limit"),
        ("cursor=", "cursor"),
        ("page=2", "page"),
        ("placed_from=2013-10-04T16:30:00Z", "placed_from"),
        ("from=2013-10-04", "from"),
        ("from=1380902400", "from"),
        ("from=2013-10-04T16:30:00", "from"),
        ("from=2013-13-04T16:30:00Z", "from"),
        ("to=0001-01-01T00:00:00%2B14:00", "to"),
        ("side=long", "side"),
        ("account=%00", "account"),
        ("account=%FF", "account"),
        ("status=new%20", "status"),
    ],
)
def test_a_wrong_query_is_400_and_names_the_parameter(
    trader: APIClient, parameters: str, parameter: str
) -> None:
    answer = trader.get(f"{ORDERS}?{parameters}")

    assert (answer.status_code, answer.json()["code"]) == (400, "INPUT_INVALID")
    assert parameter in [place["parameter"] for place in answer.json()["errors"]]


def test_an_order_takes_no_query(trader: APIClient, world: World) -> None:
    order = world.place()

    assert trader.get(f"{ORDERS}/{order.pk}?fields=id").status_code == 400


def test_a_cursor_that_was_tampered_with_is_refused_or_harmless(trader: APIClient, world: World) -> None:
    for _ in range(3):
        world.place()
    cursor = trader.get(ORDERS, {"limit": "1"}).json()["next"]

    for place in range(len(cursor)):
        for changed in "A_*":
            answer = trader.get(ORDERS, {"cursor": cursor[:place] + changed + cursor[place + 1 :]})
            assert answer.status_code in (200, 400)
            if answer.status_code == 400:
                assert answer.json()["code"] in ("INPUT_CURSOR", "INPUT_INVALID")


@pytest.mark.parametrize("url", LISTS[1:])
def test_a_cursor_of_another_list_is_refused(trader: APIClient, world: World, url: str) -> None:
    for _ in range(2):
        world.place()
    cursor = trader.get(ORDERS, {"limit": "1"}).json()["next"]

    answer = trader.get(url, {"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (400, "INPUT_CURSOR")


def test_versions_are_paged_by_number(trader: APIClient, world: World) -> None:
    order = world.place(quantity="100")
    for revision in range(1, 6):
        trader.patch(
            f"{ORDERS}/{order.pk}",
            {"quantity": str(100 + revision)},
            format="json",
            headers={"If-Match": f'"{revision}"'},
        )

    pages = walk(trader, f"{ORDERS}/{order.pk}/events", 2)

    versions = [event["version"] for page in pages for event in page]
    assert versions == list(range(1, len(versions) + 1))
    assert len(versions) == 11, "placed, and five times requested and replaced"
