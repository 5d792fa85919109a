"""Sizes of orders by trader, over the API."""

import pytest
from rest_framework.test import APIClient

from tests.orders.api.conftest import client_of
from tests.orders.sizes.history import place_each_day, room_for_many
from tests.world import World

SIZES = "/api/v1/order_sizes"


@pytest.fixture
def auditor(world: World) -> APIClient:
    room_for_many(world)
    return client_of(world.auditor)


def test_the_sizes_of_each_traders_orders_are_told(world: World, auditor: APIClient) -> None:
    (small, _, large) = place_each_day(world, [10, 20, 30], limit_price="101")

    (row,) = auditor.get(SIZES).json()["items"]

    assert (row["trader"], row["subject"], row["currency"], row["orders"]) == ("trader", None, "USD", 3)
    assert (row["first_day"], row["last_day"]) == ("2013-08-23", "2013-10-04")
    assert row["quantity"] == {
        "median": "20",
        "p95": "29",
        "p99": "29.8",
        "largest": "30",
        "largest_order": str(large.pk),
    }
    assert (row["notional"]["largest"], row["distance_bps"]["median"]) == ("3030", "100")
    assert row["outliers"] == {
        "verdict": "too_few",
        "large": None,
        "small": None,
        "differing": 2,
        "orders": [],
    }
    assert small.pk != large.pk


def test_traders_come_page_by_page(world: World, auditor: APIClient) -> None:
    place_each_day(world, [10])
    place_each_day(world, [30], actor=world.stranger, account="BETA")

    first = auditor.get(SIZES, {"limit": "1"}).json()
    second = auditor.get(SIZES, {"limit": "1", "cursor": first["next"]}).json()

    assert [row["trader"] for row in (*first["items"], *second["items"])] == ["stranger", "trader"]
    assert second["next"] is None


def test_they_are_narrowed_and_told_apart(world: World, auditor: APIClient) -> None:
    place_each_day(world, [10])
    place_each_day(world, [30], actor=world.stranger, account="BETA")

    (row,) = auditor.get(SIZES, {"trader": "trader", "apart": "instrument"}).json()["items"]

    assert (row["trader"], row["subject"]) == ("trader", "SPY")
    assert auditor.get(SIZES, {"last_day": "2013-09-01"}).json()["items"] == []


@pytest.mark.parametrize("first_day", ["2013-10-05", "2001-01-01"])
def test_days_that_cannot_be_looked_at_are_refused_by_name(auditor: APIClient, first_day: str) -> None:
    answer = auditor.get(SIZES, {"first_day": first_day})

    assert (answer.status_code, answer.json()["code"]) == (400, "INPUT_INVALID")
    assert answer.json()["errors"][0]["parameter"] == "first_day"


def test_who_sees_no_orders_sees_no_sizes(world: World, auditor: APIClient) -> None:
    place_each_day(world, [10])

    assert client_of(world.nobody).get(SIZES).json()["items"] == []
    assert client_of(world.stranger).get(SIZES).json()["items"] == []
