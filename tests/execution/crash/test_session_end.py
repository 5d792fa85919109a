"""Sessions end while processes are killed: every order ends or goes on exactly once."""

from datetime import date

import pytest

from execution.models import Run, VenueOrder
from execution.selectors import venue_orders_of
from orders.kernel.context import Actor
from orders.models import Order, OrderRevision
from tests.execution.market import load_day, replay, stand_still
from tests.execution.replay import fresh
from tests.execution.site import Site, wait_until
from tests.world import World

MINUTES_TO_CLOSE = 390
SPEED = 60


def expiries(order: Order) -> int:
    return OrderRevision.objects.filter(order=order, event="OrderExpired").count()


@pytest.mark.long
def test_killed_processes_expire_every_day_order_once_and_carry_every_gtc_order_over(
    site: Site, crash_world: World, operator: Actor
) -> None:
    load_day(day=date(2013, 10, 8))
    stand_still(minutes_after_open=MINUTES_TO_CLOSE - 20)
    resting = {"limit_price": "96", "quantity": "10"}
    day = [crash_world.place(**resting) for _ in range(3)]
    never_sent = crash_world.place(effective_at="2013-10-07T19:59:59Z", **resting)
    untriggered = crash_world.place(type="stop", limit_price=None, stop_price="150", quantity="10")
    kept = [crash_world.place(time_in_force="gtc", **resting) for _ in range(3)]
    site.start("venue", "gateway", "worker", "second_worker", "beat")
    wait_until(lambda: VenueOrder.objects.filter(status="new").count() == 6, "the orders rest at the venue")

    replay(minutes_after_open=MINUTES_TO_CLOSE - 1, speed=SPEED)
    wait_until(lambda: any(fresh(order).status == "expired" for order in day), "the session ends")
    for name in ("worker", "gateway", "second_worker", "venue"):
        site.kill(name)
        site.start(name)

    ended = [*day, never_sent, untriggered]
    wait_until(lambda: all(fresh(order).status == "expired" for order in ended), "they expire")
    wait_until(
        lambda: Run.objects.filter(order__in=kept, state="working", works_until__day=8).count() == 3,
        "the others wait for the next session",
    )
    replay(minutes_after_open=24 * 60 + 1, speed=SPEED)
    wait_until(lambda: VenueOrder.objects.filter(status="new").count() == 3, "and are sent in it")
    wait_until(lambda: all(fresh(order).status == "new" for order in kept), "and are renewed")
    assert [expiries(order) for order in ended] == [1] * len(ended)
    assert [(fresh(order).status, expiries(order)) for order in kept] == [("new", 0)] * 3
    assert [venue_orders_of(order).count() for order in kept] == [2, 2, 2]
