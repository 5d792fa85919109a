"""A process is killed exactly between two steps; after a restart everything completes, and nothing happened twice."""

import signal
import sys

import pytest

from execution.models import VenueReport
from execution.selectors import run_of, venue_orders_of
from execution.services.dispatch import dispatch
from execution.services.plan_runs import plan_runs
from execution.services.store_report import store_reports
from execution.venues.client import VenueClient
from orders import services
from orders.commands import CancelOrder
from orders.kernel.context import Actor, process_actor
from orders.models import Order, OrderRevision
from orders.selectors import executions_of, market_now
from tests.execution.crash.truths import check_done, check_now
from tests.execution.market import replay, stand_still
from tests.execution.replay import fresh
from tests.execution.site import PATIENCE_S, Site, wait_until
from tests.world import World


def die_at(site: Site, process: str, point: str) -> None:
    """Run a process of ours until it kills itself at the point."""
    command = [sys.executable, "-m", "tests.execution.crash.dying", process, point]
    dying = site.run(f"{process}-{point}", command)
    assert dying.wait(PATIENCE_S) == -signal.SIGKILL, site.log(f"{process}-{point}")


def planned(order: Order) -> Order:
    """The order with its run planned, as a worker had done it."""
    run = run_of(order)
    assert run is not None
    plan_runs(run_ids=[run.pk], market_time=market_now())
    return order


def sent(site: Site, order: Order) -> Order:
    """The order at the venue."""
    client = VenueClient("127.0.0.1", site.port, PATIENCE_S)
    assert dispatch(actor=process_actor("worker"), venues={"SIM": client}, market_time=market_now()) == 1
    return order


def finish(site: Site, order: Order, operator: Actor) -> None:
    """Start what is needed and see the order filled, with every truth holding all the way."""
    site.start("gateway", "worker", "beat")
    wait_until(lambda: check_now(order.pk, site.record).status == "filled", "the order is filled")
    wait_until(lambda: not VenueReport.objects.filter(applied_at=None).exists(), "all reports are applied")
    check_done(fresh(order), site.record, operator)


@pytest.mark.parametrize(
    ("point", "orders_at_venue"), [("sent", 1), pytest.param("claimed", 0, marks=pytest.mark.long)]
)
def test_worker_killed_between_claim_and_record(
    site: Site, crash_world: World, operator: Actor, point: str, orders_at_venue: int
) -> None:
    replay(minutes_after_open=10, speed=60)
    site.start("venue")
    order = planned(crash_world.place(type="market", limit_price=None))

    die_at(site, "worker", point)

    assert venue_orders_of(order).get().status == "pending_new"
    assert len(site.record.orders()) == orders_at_venue
    finish(site, order, operator)


@pytest.mark.parametrize(
    "point", ["booked", *(pytest.param(point, marks=pytest.mark.long) for point in ("stored", "applied"))]
)
def test_gateway_killed_between_storing_and_applying(
    site: Site, crash_world: World, operator: Actor, point: str
) -> None:
    replay(minutes_after_open=10, speed=60)
    site.start("venue")
    order = sent(site, planned(crash_world.place(type="market", limit_price=None)))

    die_at(site, "gateway", point)

    assert VenueReport.objects.exists()
    assert executions_of(order).count() == 0, "neither half of a booking, nor the fill before its turn"
    finish(site, order, operator)


def test_gateway_killed_in_the_middle_of_many_reports_has_booked_none_of_them(
    site: Site, crash_world: World, operator: Actor
) -> None:
    replay(minutes_after_open=10, speed=60)
    site.start("venue")
    orders = [sent(site, planned(crash_world.place(type="market", limit_price=None))) for _ in range(2)]
    for batch in VenueClient("127.0.0.1", site.port, PATIENCE_S).report_batches(0):
        store_reports(venue="SIM", reports=batch)
        if VenueReport.objects.filter(kind="filled").count() == len(orders):
            break

    die_at(site, "gateway", "booked")

    assert [executions_of(order).count() for order in orders] == [0, 0]
    finish(site, orders[0], operator)
    check_done(fresh(orders[1]), site.record, operator)


def test_venue_killed_between_taking_an_order_and_filling_it(
    site: Site, crash_world: World, operator: Actor
) -> None:
    replay(minutes_after_open=10, speed=60)
    site.start("venue")
    order = sent(site, planned(crash_world.place(type="market", limit_price=None)))

    site.kill("venue")
    site.start("venue")

    finish(site, order, operator)


def test_worker_killed_after_asking_for_a_cancel(site: Site, crash_world: World) -> None:
    replay(minutes_after_open=10, speed=60)
    site.start("venue")
    order = sent(site, planned(crash_world.place(limit_price="98")))
    services.cancel(actor=crash_world.trader, order_id=order.pk, command=CancelOrder())

    die_at(site, "worker", "cancel_sent")

    assert fresh(order).status == "pending_cancel"
    site.start("gateway", "worker", "beat")
    wait_until(lambda: fresh(order).status == "canceled", "the cancel is confirmed")
    wait_until(lambda: venue_orders_of(order).get().next_attempt_at is None, "nobody asks any more")
    assert site.record.open_orders() == []


@pytest.mark.parametrize(
    "point", ["fired", *(pytest.param(point, marks=pytest.mark.long) for point in ("hit", "triggered"))]
)
def test_worker_killed_between_trigger_and_send_triggers_and_sends_once(
    site: Site, crash_world: World, operator: Actor, point: str
) -> None:
    stand_still(minutes_after_open=10)
    order = planned(crash_world.place(type="stop", side="sell", limit_price=None, stop_price="150"))
    replay(minutes_after_open=12, speed=60)
    site.start("venue")

    die_at(site, "market_watcher", point)

    assert (fresh(order).triggered_at is not None) == (point == "fired")
    finish(site, order, operator)
    revisions = OrderRevision.objects.filter(order=order, event="OrderTriggered")
    assert revisions.count() == 1
    assert venue_orders_of(order).count() == 1
