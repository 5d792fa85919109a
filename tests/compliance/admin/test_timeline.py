"""The timeline of an object or a piece of work: steps in order, before and after side by side, for log readers."""

from typing import Any

import pytest
from django.urls import reverse

from compliance.models import Leaf
from orders.commands import CancelOrder
from orders.kernel.context import correlated
from orders.models import Order
from orders.services import cancel
from tests.compliance.log import indexed
from tests.sign_in import addresses, sign_in, visible_text
from tests.world import World

PAGE = reverse("admin:compliance_leaf_timeline")


@pytest.fixture
def order(world: World) -> Order:
    return place_and_cancel(world)


def place_and_cancel(world: World) -> Order:
    with correlated("evening-1"):
        placed = world.place()
    cancel(actor=world.trader, order_id=placed.pk, command=CancelOrder(reason="changed my mind"))
    indexed()
    return placed


def steps(page: Any) -> list[str]:
    return [step["leaf"].action for step in page.context["steps"]]


def test_an_object_s_steps_stand_in_order_with_what_each_changed(world: World, order: Order) -> None:
    page = sign_in(world.auditor).get(PAGE, {"object_type": "order", "object_id": str(order.pk)})

    leaves = Leaf.events.filter(object_id=str(order.pk)).order_by("id")
    assert steps(page) == [leaf.action for leaf in leaves]
    text = visible_text(page)
    assert "Column Before After" in text
    assert "status pending_cancel canceled" in text
    assert "Who trader" in text
    assert reverse("admin:compliance_leaf_change", args=[leaves[0].pk]) in addresses(page)


def test_a_piece_of_work_shows_all_that_it_did_and_leads_to_the_objects(committed_world: World) -> None:
    """Nothing else has its name: not the cancellation, not the sign-in, which are transactions of their own."""
    order = place_and_cancel(committed_world)
    page = sign_in(committed_world.auditor).get(PAGE, {"correlation_id": "evening-1"})

    leaves = Leaf.objects.filter(correlation_id="evening-1").order_by("id")
    assert steps(page) == [leaf.action for leaf in leaves]
    assert {"OrderPlaced", "insert"} <= set(steps(page))
    assert "OrderCanceled" not in steps(page)
    assert f"?object_type=order&object_id={order.pk}" in addresses(page)


def test_a_long_timeline_goes_on_on_the_next_page(
    world: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(world.auditor)
    whole = steps(client.get(PAGE, {"object_id": str(order.pk)}))
    monkeypatch.setattr("compliance.admin.timeline.MOST_LEAVES", 1)
    page = client.get(PAGE, {"object_id": str(order.pk)})
    paged = steps(page)
    while page.context["following"]:
        page = client.get(f"{PAGE}?{page.context['following']}")
        paged += steps(page)

    assert paged == whole
    assert len(whole) >= 2


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"action": "OrderPlaced"},
        {"object_id": "x" * 65},
        {"object_id": "x", "after": "?"},
        {"object_id": "\0"},
    ],
)
def test_what_is_no_timeline_is_400(world: World, query: dict[str, str]) -> None:
    assert sign_in(world.auditor).get(PAGE, query).status_code == 400


def test_nothing_found_says_so_and_others_see_no_timeline(world: World, order: Order) -> None:
    assert "No entry of the log is about this" in visible_text(
        sign_in(world.auditor).get(PAGE, {"object_id": "nothing"})
    )
    assert sign_in(world.trader).get(PAGE, {"object_id": str(order.pk)}).status_code == 403


def test_a_timeline_takes_the_same_queries_however_long_it_is(
    world: World, order: Order, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(world.auditor)
    with django_assert_max_num_queries(24):
        client.get(PAGE, {"correlation_id": "evening-1"})
    with django_assert_max_num_queries(24):
        client.get(PAGE, {"object_id": str(order.pk)})


def test_an_entry_shows_what_it_tells_and_leads_to_its_timelines(world: World, order: Order) -> None:
    leaf = Leaf.objects.get(object_id=str(order.pk), action="OrderCanceled")
    page = sign_in(world.auditor).get(reverse("admin:compliance_leaf_change", args=[leaf.pk]))

    assert "status pending_cancel canceled" in visible_text(page)
    assert f"{PAGE}?object_type=order&object_id={order.pk}" in addresses(page)
