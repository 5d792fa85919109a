"""The page of the orders at work: the worst first, for the accounts that the person reaches, at a fixed price."""

import re
from importlib import import_module

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from execution.algorithms import Why
from execution.models import Run
from orders.kernel.clock import recorded_now
from orders.models import Order
from tests.sign_in import in_role, sign_in, visible_text
from tests.world import World

PAGE = reverse("admin:working")
TWAP = {"name": "twap", "parameters": {"slices": 5, "duration_minutes": 60}}


@pytest.fixture
def trader(world: World) -> Client:
    return sign_in(world.trader)


def _placed(world: World, name: str, **changes: object) -> Order:
    order = world.place(client_order_id=name, algorithm=TWAP)
    Run.objects.filter(order_id=order.pk).update(state="working", **changes)
    return order


def _names(page: object) -> list[str]:
    return re.findall(r"#tab-slices\">([^<]+)</a>", page.content.decode())  # type: ignore[attr-defined]


def _four(world: World) -> None:
    _placed(world, "quiet", why=Why.ON_SCHEDULE)
    _placed(world, "late", why=Why.BEHIND_SCHEDULE)
    _placed(world, "paused", why=Why.BEHIND_SCHEDULE, paused_at=recorded_now())
    _placed(world, "beyond", why=Why.PRICE_BEYOND_LIMIT)
    _placed(world, "dead", dead_lettered_at=recorded_now(), last_error="no <bars> for SPY")


def test_nothing_at_work_says_where_orders_come_from(trader: Client) -> None:
    assert "No order is at work." in visible_text(trader.get(PAGE))
    assert "No order is at work." in visible_text(trader.get(reverse("admin:index")))


def test_the_worst_stand_first_and_each_says_why(world: World, trader: Client) -> None:
    _four(world)

    page = trader.get(PAGE)

    assert _names(page) == ["dead", "beyond", "late", "paused", "quiet"]
    text = visible_text(page)
    for words in (
        "no <bars> for SPY",
        "The market is beyond its limit price",
        "It is on its schedule",
        "1 h 00 min",
    ):
        assert words in text
    assert "5 at work" in visible_text(trader.get(reverse("admin:index")))


@pytest.mark.parametrize(
    ("narrowed", "names"),
    [
        ({"alarm": "paused"}, ["paused"]),
        ({"alarm": "behind_schedule"}, ["late"]),
        ({"algorithm": "vwap"}, []),
        ({"desk": "EQ1", "account": "ALPHA", "algorithm": "twap", "alarm": "dead_letter"}, ["dead"]),
    ],
)
def test_the_list_is_narrowed(
    world: World, trader: Client, narrowed: dict[str, str], names: list[str]
) -> None:
    _four(world)

    page = trader.get(PAGE, narrowed)

    assert _names(page) == names
    assert names or "No order at work matches." in visible_text(page)


def test_what_is_no_choice_or_of_another_desk_is_refused(trader: Client) -> None:
    assert trader.get(PAGE, {"desk": "EQ2"}).status_code == 400


def test_only_orders_of_ones_own_accounts_are_shown(world: World) -> None:
    _placed(world, "ours")

    assert _names(sign_in(world.stranger).get(PAGE)) == []
    assert _names(sign_in(in_role("risk_officer", world.firm)).get(PAGE)) == ["ours"]
    assert sign_in(world.nobody).get(PAGE).status_code == 403


def test_fifty_orders_take_as_many_queries_as_two(world: World, trader: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            trader.get(PAGE)
        return len(seen)

    for name in ("one", "two"):
        _placed(world, name)
    for_two = queries()
    for number in range(48):
        _placed(world, f"more-{number}")

    assert queries() == for_two
    assert len(_names(trader.get(PAGE))) == 50


def test_more_than_a_page_holds_says_so(
    world: World, trader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("execution.admin.working"), "MOST_ROWS", 1)
    _four(world)

    page = trader.get(PAGE)

    assert _names(page) == ["dead"]
    assert "Only the first 1 are shown" in visible_text(page)
