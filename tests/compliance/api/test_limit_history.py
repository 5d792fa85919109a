"""The history of a limit's use over the API."""

from decimal import Decimal

import pytest

from orders.kernel.ids import new_id
from orders.limit_kinds import LimitKind
from orders.models import Limit
from orders.services import register_limit
from tests.orders.api.conftest import client_of
from tests.orders.samples import put, sample
from tests.world import NOON, SETUP, World

LIMITS = "/api/v1/limits"


@pytest.fixture
def limit(world: World) -> Limit:
    """The position limit of ALPHA: 20,000 units."""
    return Limit.objects.get(account=world.account, kind=LimitKind.POSITION_QUANTITY)


def test_what_was_used_is_read_page_by_page_newest_first(world: World, limit: Limit) -> None:
    world.place(quantity="4000")
    sample()
    put(limit, NOON, None)
    put(limit, NOON, 25_000, value=0)
    client, url = client_of(world.head), f"{LIMITS}/{limit.pk}/utilisation"

    first = client.get(url, {"limit": 2}).json()
    second = client.get(url, {"limit": 2, "cursor": first["next"]}).json()

    (oldest,) = second["items"]
    assert second["next"] is None
    assert {name: oldest[name] for name in ("sequence", "market_time", "value", "used", "peak_percent")} == {
        "sequence": 1,
        "market_time": "2013-10-04T16:00:00Z",
        "value": "20000",
        "used": "4000",
        "peak_percent": "20",
    }
    assert [(each["sequence"], each["used"], each["peak_percent"]) for each in first["items"]] == [
        (3, "25000", None),
        (2, None, None),
    ]


def test_who_does_not_see_the_limit_is_told_that_there_is_none(world: World, limit: Limit) -> None:
    put(limit, NOON, 4000)

    for actor, pk in ((world.stranger, limit.pk), (world.nobody, limit.pk), (world.head, new_id())):
        answer = client_of(actor).get(f"{LIMITS}/{pk}/utilisation")
        assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_LIMIT_NOT_FOUND")


def test_a_limit_says_which_part_of_it_is_used(world: World) -> None:
    world.place(quantity="4000")
    register_limit(actor=SETUP, kind=LimitKind.GROSS_NOTIONAL, value=Decimal(0), holder=world.desk)

    def told(kind: str) -> tuple[str | None, str | None]:
        (found,) = client_of(world.head).get(LIMITS, {"kind": kind}).json()["items"]
        return found["used"], found["used_percent"]

    assert told("position_quantity") == ("4000", "20")
    assert told("order_quantity") == (None, None)
    assert told("gross_notional") == ("400000", None)
