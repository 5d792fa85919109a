"""Two venues as processes of their own: a killed one keeps up no order of the other, and loses none of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from execution.models import VenueOrder, VenueReport
from execution.selectors import venue_orders_of
from orders.models import Order
from tests.conftest import CommittedDatabase
from tests.execution.crash.conftest import FAULTS
from tests.execution.market import replay
from tests.execution.routes import Router, register
from tests.execution.site import Site, wait_until
from tests.world import World


@pytest.fixture
def site(committed_database: CommittedDatabase, tmp_path: Path) -> Iterator[Site]:
    site = Site(committed_database, tmp_path, faults=FAULTS.format(seed=11), has_mtf=True)
    yield site
    site.stop()


def market_order(world: World, quantity: str) -> Order:
    return world.place(type="market", limit_price=None, quantity=quantity)


def statuses(orders: list[Order]) -> set[str]:
    return set(Order.objects.filter(pk__in=[order.pk for order in orders]).values_list("status", flat=True))


@pytest.mark.long
def test_a_venue_that_is_killed_keeps_up_no_other_and_finishes_its_own_orders_once_it_is_back(
    site: Site, crash_world: World
) -> None:
    register()
    Router(crash_world).rule(from_quantity="400")
    replay(minutes_after_open=10, speed=60)
    site.start("venue", "mtf", "gateway", "worker", "beat")
    before = [market_order(crash_world, "400") for _ in range(3)]
    wait_until(lambda: len(site.mtf_record.orders()) == 3, "the second venue has its orders")

    site.kill("mtf")
    small = [market_order(crash_world, "10") for _ in range(3)]
    large = [market_order(crash_world, "500") for _ in range(3)]
    wait_until(lambda: statuses(small) == {"filled"}, "what goes to the first venue is filled")
    site.start("mtf")

    wait_until(lambda: statuses([*before, *small, *large]) == {"filled"}, "everything is filled")
    wait_until(lambda: not VenueReport.objects.filter(applied_at=None).exists(), "all reports are applied")
    for venue, record in (("SIM", site.record), ("MTF", site.mtf_record)):
        ours = dict(VenueOrder.objects.filter(venue=venue).values_list("pk", "filled_quantity"))
        assert {key: value for key, value in record.filled_quantities().items()} == ours, venue
    assert {each.venue for order in small for each in venue_orders_of(order)} == {"SIM"}
    assert {each.venue for order in before for each in venue_orders_of(order)} == {"MTF"}


def test_one_gateway_listens_to_both_venues_each_with_a_sequence_of_its_own(
    site: Site, crash_world: World
) -> None:
    register()
    Router(crash_world).rule(from_quantity="400")
    replay(minutes_after_open=10, speed=60)
    site.start("venue", "mtf", "gateway", "worker")
    orders = [market_order(crash_world, quantity) for quantity in ("400", "10")]
    site.start("beat")

    wait_until(lambda: statuses(orders) == {"filled"}, "both are filled")

    assert set(VenueReport.objects.values_list("venue", "sequence")) >= {("SIM", 1), ("MTF", 1)}
