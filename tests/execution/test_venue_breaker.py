"""A venue that is dead is left alone: its orders stay pending, are asked about later, and end by its word alone."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from execution import venue_access
from execution.models import VenueOrder
from execution.selectors import slices_of
from execution.venue_access import GuardedVenue
from execution.venues.errors import VenueProtocolError, VenueUnavailable
from orders.kernel.breakers import Breaker, BreakerState
from orders.models import Order
from tests.execution.market import load_day
from tests.execution.replay import Replay, fresh
from tests.world import World


@pytest.fixture
def breaker(monkeypatch: pytest.MonkeyPatch) -> Breaker:
    breaker = Breaker(f"venue of a test {uuid4()}", most_failures=2, open_s=60)
    monkeypatch.setitem(venue_access._BREAKERS, "SIM", breaker)
    return breaker


class GuardedReplay(Replay):
    """The replay, spoken to through the breaker; `asked` counts what reaches the venue."""

    asked = 0

    def guard(self, breaker: Breaker) -> None:
        guarded = GuardedVenue(Inner(self), breaker)
        self.new_order = guarded.new_order  # type: ignore[method-assign]
        self.new_orders = guarded.new_orders  # type: ignore[method-assign]
        self.cancel_order = guarded.cancel_order  # type: ignore[method-assign]
        self.order_status = guarded.order_status  # type: ignore[method-assign]

    def _ask(self, request: object) -> object:
        self.asked += 1
        return super()._ask(request)  # type: ignore[arg-type]


class Inner:
    """The replay's own methods, under the breaker."""

    def __init__(self, replay: Replay) -> None:
        self.new_order = replay.new_order
        self.new_orders = replay.new_orders
        self.cancel_order = replay.cancel_order
        self.order_status = replay.order_status


@pytest.fixture
def site(world: World, breaker: Breaker, tmp_path: Path) -> Iterator[GuardedReplay]:
    load_day()
    site = GuardedReplay(tmp_path, minutes_after_open=10)
    site.guard(breaker)
    yield site
    site.close()


def two_slices(world: World, site: Replay) -> list[Order]:
    orders = [world.place(type="market", limit_price=None) for _ in range(2)]
    for order in orders:
        site.plan(order)
    return orders


def test_a_dead_venue_is_left_alone_and_its_orders_stay_pending(
    world: World, site: GuardedReplay, breaker: Breaker
) -> None:
    orders = two_slices(world, site)
    site.lost = "request"

    site.dispatch()

    assert (site.asked, breaker.is_open) == (2, True)
    assert set(VenueOrder.objects.values_list("status", flat=True)) == {"pending_new"}
    assert site.resolve(lease_over=True) == 0
    third = world.place(type="market", limit_price=None)
    site.plan(third)
    assert site.dispatch() == 0
    assert [worked.slice.state for worked in slices_of(third)] == ["planned"], "it may still be withdrawn"
    assert site.asked == 2, "the venue was not asked again"
    assert {fresh(order).status for order in (*orders, third)} == {"new"}


def test_when_the_venue_is_back_what_was_pending_is_asked_about_and_completes(
    world: World, site: GuardedReplay, breaker: Breaker
) -> None:
    orders = two_slices(world, site)
    site.lost = "answer"
    site.dispatch()
    assert breaker.is_open

    site.lost = ""
    breaker.succeeded()
    site.resolve(lease_over=True)
    site.pass_minutes(2)
    site.listen()

    assert {fresh(order).status for order in orders} == {"filled"}
    assert len(site.record.orders()) == 2, "each reached the venue once"


def test_an_answer_that_breaks_the_protocol_does_not_open_it(breaker: Breaker) -> None:
    class Babbling:
        def order_status(self, _: object) -> None:
            raise VenueProtocolError("what?")

    for _ in range(3):
        with pytest.raises(VenueProtocolError):
            GuardedVenue(Babbling(), breaker).order_status(uuid4())  # type: ignore[arg-type]

    assert breaker.standing().state == BreakerState.CLOSED


def test_an_open_breaker_says_unavailable_and_not_refused(breaker: Breaker) -> None:
    for _ in range(2):
        breaker.failed(VenueUnavailable("gone"))

    with pytest.raises(VenueUnavailable, match="left alone"):
        venue_access.venue_clients()["SIM"].order_status(uuid4())
