"""Breaks with the venue in the API and on the Operations page: seen with their age, closed once with a reason."""

from uuid import uuid4

import pytest
from django.urls import reverse

from execution.models import VenueBreak
from orders.permissions import SETTLE_OPERATIONS, VIEW_OPERATIONS, VIEW_ORDERS
from tests.execution.replay import Replay
from tests.orders.api.conftest import client_of
from tests.sign_in import addresses, in_role, sign_in, visible_text
from tests.world import World, person

URL = "/api/v1/venue_breaks"
WHY = {"reason": "the venue confirmed it by phone"}
PAGE = reverse("admin:operations")


@pytest.fixture
def broken(world: World, replay: Replay) -> VenueBreak:
    """A filled order of which the venue's record says that less is filled."""
    replay.work(world.place(type="market", limit_price=None), minutes=2)
    replay._store._connection.execute("UPDATE orders SET cumulative_quantity = '90'")
    replay.reconcile()
    return VenueBreak.objects.get()


def test_a_break_is_listed_and_closed_once(world: World, broken: VenueBreak) -> None:
    operator = client_of(person("operator", world.desk, (VIEW_ORDERS, VIEW_OPERATIONS, SETTLE_OPERATIONS)))

    [listed] = operator.get(URL).json()["items"]

    names = ("kind", "symbol", "ours", "venues", "subject", "detail", "may_settle")
    assert [listed[name] for name in names] == ["quantity", "SPY", "100", "90", None, None, True]
    assert listed["age_s"] >= 0
    closed = operator.post(f"{URL}/{broken.pk}/settle", WHY, format="json")
    assert (closed.status_code, closed.json()["id"]) == (200, str(broken.pk))
    assert operator.get(URL).json()["items"] == []
    again = operator.post(f"{URL}/{broken.pk}/settle", WHY, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "STATE_VENUE_BREAK_CLOSED")
    absent = operator.post(f"{URL}/{uuid4()}/settle", WHY, format="json")
    assert (absent.status_code, absent.json()["code"]) == (404, "RESOURCE_VENUE_BREAK_NOT_FOUND")


def test_the_page_shows_a_break_and_a_person_closes_it_with_a_reason(
    world: World, broken: VenueBreak
) -> None:
    operator = sign_in(in_role("operator", world.firm))
    url = reverse("admin:venue_break_settle", args=[broken.pk])
    page = operator.get(PAGE)
    assert "Quantity" in visible_text(page) or "quantity" in visible_text(page)
    assert url in addresses(page)
    assert "1 breaks with the venue" in visible_text(operator.get(reverse("admin:index")))

    assert "both records stay as they are" in visible_text(operator.get(url))
    assert operator.post(url, {"reason": ""}).status_code == 400
    done = operator.post(url, WHY, follow=True)

    assert "The venue's record and ours agree." in visible_text(done)
    assert VenueBreak.objects.get().reason == WHY["reason"]
    assert operator.get(url).status_code == 404
