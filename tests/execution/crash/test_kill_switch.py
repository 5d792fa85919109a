"""A kill switch among real processes: nothing in scope gets past its commit, and a sweep that dies loses nothing."""

import multiprocessing
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connections

from compliance.models import Leaf
from execution.venues.client import VenueClient
from orders import services
from orders.kernel.context import Actor
from orders.models import KillSwitch, Order, OrderRequest
from orders.permissions import ENGAGE_KILL_SWITCH, PLACE_ORDERS, VIEW_ORDERS
from orders.risk.kill_switch_evidence import evidence_of
from orders.states import OrderStatus
from orders.terms import KillSwitchScope
from tests.conftest import CommittedDatabase
from tests.execution.crash.test_kill_points import planned, sent
from tests.execution.market import stand_still
from tests.execution.site import PATIENCE_S, Site, wait_until
from tests.world import World, person

FORK = multiprocessing.get_context("fork")
PLACERS = 6
FAR = "98"  # a limit that the day's prices do not reach


@pytest.fixture
def site(committed_database: CommittedDatabase, tmp_path: Path) -> Iterator[Site]:
    """Processes at a venue that answers: what reaches it is what is looked at here."""
    site = Site(committed_database, tmp_path)
    yield site
    site.stop()


@pytest.fixture
def officer(crash_world: World) -> Actor:
    return person("officer", crash_world.firm, (VIEW_ORDERS, PLACE_ORDERS, ENGAGE_KILL_SWITCH))


def place_until_refused(world: World, number: int) -> None:
    """Place one order after the other until the switch has refused three."""
    refused = 0
    while refused < 3:
        command = world.command(limit_price=FAR, quantity="1", client_order_id=f"placer-{number}-{uuid4()}")
        refused += services.place(actor=world.trader, command=command).order.status == OrderStatus.REJECTED


def admitted(world: World) -> set[UUID]:
    """The orders in scope that were admitted."""
    orders = Order.objects.filter(account=world.account).exclude(status=OrderStatus.REJECTED)
    return set(orders.values_list("pk", flat=True))


def engage(officer: Actor, world: World) -> KillSwitch:
    return services.engage_kill_switch(
        actor=officer, scope=KillSwitchScope.DESK, target=world.desk, reason="test"
    )


def at_the_venue(site: Site) -> list[UUID]:
    """The orders that have reached the venue, those whose bytes wait in its sockets among them.

    Sockets are attended to in the order in which they were opened: once it has answered twice to who came later, it
    has read what was there before.
    """
    client = VenueClient("127.0.0.1", site.port, PATIENCE_S)
    for _ in range(2):
        client.order_status(uuid4())
    return [order.request.client_order_id for order in site.record.orders()]


def test_nothing_in_scope_is_admitted_or_sent_after_the_commit(
    site: Site, crash_world: World, officer: Actor
) -> None:
    stand_still(minutes_after_open=10)
    site.start("venue", "gateway", "worker", "second_worker", "beat")
    connections.close_all()
    placers = [FORK.Process(target=place_until_refused, args=(crash_world, each)) for each in range(PLACERS)]
    for placer in placers:
        placer.start()
    wait_until(lambda: len(site.record.orders()) >= 10, "orders reach the venue")

    switch = engage(officer, crash_world)
    at_commit, reached = admitted(crash_world), at_the_venue(site)

    for placer in placers:
        placer.join(PATIENCE_S)
        assert placer.exitcode == 0
    wait_until(lambda: evidence_of(officer, switch).still_open == 0 and is_swept(switch), "all have ended")
    assert admitted(crash_world) == at_commit, "nothing was admitted after the switch's commit"
    assert at_the_venue(site) == reached, "nothing was sent after the switch's commit"
    statuses = Counter(Order.objects.filter(pk__in=at_commit).values_list("status", flat=True))
    assert statuses == {"canceled": len(at_commit)}
    assert_each_was_asked_once(at_commit)
    assert site.record.open_orders() == []
    denials = Order.objects.filter(status=OrderStatus.REJECTED).values_list("denial_code", flat=True)
    assert Counter(denials) == {"RISK_KILL_SWITCH": 3 * PLACERS}
    elsewhere = crash_world.command(account=crash_world.other_account.code)
    assert services.place(actor=crash_world.stranger, command=elsewhere).order.status == "new"


@pytest.mark.parametrize(
    ("point", "asked"), [("committed", 4), pytest.param("written", 0, marks=pytest.mark.long)]
)
def test_a_worker_killed_in_the_middle_of_the_batches_loses_nothing(
    site: Site, crash_world: World, officer: Actor, point: str, asked: int
) -> None:
    stand_still(minutes_after_open=10)
    site.start("venue")
    orders = {sent(site, planned(crash_world.place(limit_price=FAR))).pk for _ in range(10)}
    switch = engage(officer, crash_world)

    dying = site.run("dying", [sys.executable, "-m", "tests.execution.crash.dying", "sweeper", point])
    assert dying.wait(PATIENCE_S) == -signal.SIGKILL, site.log("dying")

    assert OrderRequest.objects.count() == asked
    site.start("gateway", "worker", "beat")
    wait_until(lambda: is_swept(switch) and evidence_of(officer, switch).still_open == 0, "all have ended")
    assert set(Order.objects.filter(status="canceled").values_list("pk", flat=True)) == orders
    assert_each_was_asked_once(orders)
    assert site.record.open_orders() == []


def is_swept(switch: KillSwitch) -> bool:
    return KillSwitch.objects.filter(pk=switch.pk, swept_at__isnull=False).exists()


def assert_each_was_asked_once(orders: set[UUID]) -> None:
    """One request, and one entry of it in the audit log, for every order."""
    requests = OrderRequest.objects.filter(kind="cancel").values_list("order_id", flat=True)
    assert Counter(requests) == dict.fromkeys(orders, 1)
    leaves = Leaf.objects.filter(action="CancelRequested").values_list("object_id", flat=True)
    assert Counter(leaves) == dict.fromkeys(map(str, orders), 1)
