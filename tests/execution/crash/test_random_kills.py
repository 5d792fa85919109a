"""A TWAP of hundreds of slices runs fast while processes are killed at random; it still completes exactly.

What is late collapses into slices that catch up in bounds, and the last one completes the order.
"""

import random
import time
from decimal import Decimal

import pytest

from execution.models import VenueOrder, VenueReport
from execution.selectors import slices_of
from orders.kernel.context import Actor
from tests.execution.crash.truths import check_done, check_now
from tests.execution.market import replay
from tests.execution.replay import fresh
from tests.execution.site import Site, wait_until
from tests.world import World

KILLS = 6
POLL_S = 0.1  # the processes under test need the two cores
SLICES = 200
TWAP = {"slices": SLICES, "duration_minutes": SLICES, "must_complete": True}
SPEED = 150
LAST_MINUTES, LAST_SPEED = 2, 12
"""Of its time are left when nobody is killed any more, and all work again."""
SEEDS = range(1, 24)
PROCESSES = ["venue", "gateway", "worker", "second_worker", "beat"]


def kill_at_random(site: Site, dice: random.Random, order_id: object) -> list[str]:
    """Kill and restart, with pauses that the seed decides; assert every truth in between. Returns who was killed."""
    killed = []
    for _ in range(KILLS):
        resume_at = time.monotonic() + dice.uniform(0.05, 1.2)
        while time.monotonic() < resume_at:
            check_now(order_id, site.record)
            time.sleep(POLL_S)
        victim = dice.choice(PROCESSES)
        site.kill(victim)
        killed.append(victim)
        check_now(order_id, site.record)
        time.sleep(dice.uniform(0, 0.3))
        site.start(victim)
    return killed


@pytest.mark.long  # the soak has a short form
@pytest.mark.parametrize("seed", SEEDS)
def test_twap_completes_exactly_whatever_is_killed(
    site: Site, crash_world: World, operator: Actor, seed: int
) -> None:
    replay(minutes_after_open=10, speed=SPEED)
    order = crash_world.place(
        type="market",
        limit_price=None,
        quantity="2000",
        algorithm={"name": "twap", "parameters": TWAP},
    )
    site.start(*PROCESSES)
    wait_until(lambda: check_now(order.pk, site.record).filled_quantity > 0, "the first fill")

    killed = kill_at_random(site, random.Random(seed), order.pk)

    sent_so_far = VenueOrder.objects.count()
    wait_until(lambda: VenueOrder.objects.count() > sent_so_far, "slices are sent again", poll_s=POLL_S)
    replay(minutes_after_open=10 + SLICES - LAST_MINUTES, speed=LAST_SPEED)
    done = lambda: check_now(order.pk, site.record).status == "filled"  # noqa: E731
    wait_until(done, f"the order is filled after {killed} were killed", poll_s=POLL_S)
    wait_until(lambda: not VenueReport.objects.filter(applied_at=None).exists(), "all reports are applied")
    check_done(fresh(order), site.record, operator)
    sent = [row for row in slices_of(order) if row.venue_order is not None]
    assert {row.slice.state for row in slices_of(order)} <= {"sent", "withdrawn"}
    assert {row.slice.state for row in sent} == {"sent"}
    assert sum((row.venue_order.filled_quantity for row in sent if row.venue_order), Decimal(0)) == Decimal(
        2000
    )
