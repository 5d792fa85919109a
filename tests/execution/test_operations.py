"""What an operator sees: dead letters and unresolved venue orders of the desks that the grant reaches."""

from datetime import timedelta
from uuid import uuid4

import pytest

from execution.dead_letters import dead_letters
from execution.models import Run, VenueOrder, VenueReport
from execution.selectors import unresolved_venue_orders
from execution.services.claim import claim_due
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.permissions import VIEW_OPERATIONS, VIEW_ORDERS
from orders.selectors import market_now
from tests.execution.replay import Replay
from tests.world import World, person

PATIENCE = timedelta(seconds=10)


@pytest.fixture
def operator(world: World) -> Actor:
    return person("operator", world.desk, (VIEW_ORDERS, VIEW_OPERATIONS))


@pytest.fixture
def other_operator(world: World) -> Actor:
    return person("other_operator", world.other_desk, (VIEW_ORDERS, VIEW_OPERATIONS))


def report_on(client_order_id: object, sequence: int) -> VenueReport:
    return VenueReport.objects.create(
        venue="SIM",
        sequence=sequence,
        kind="accepted",
        client_order_id=client_order_id,
        body={},
        dead_lettered_at=recorded_now(),
        recorded_at=recorded_now(),
    )


def test_dead_letters_are_seen_where_the_grant_reaches(
    world: World, replay: Replay, operator: Actor, other_operator: Actor
) -> None:
    order = world.place()
    replay.plan(order)
    claimed = claim_due(market_time=market_now(), answering=["SIM"]).venue_orders[0]
    Run.objects.update(dead_lettered_at=recorded_now())
    VenueOrder.objects.update(dead_lettered_at=recorded_now())
    ours, stray = report_on(claimed.pk, 1), report_on(uuid4(), 2)

    seen = {letter.id: letter.order_id for letter in dead_letters(operator)}
    assert seen == {claimed.run_id: order.pk, claimed.pk: order.pk, ours.pk: order.pk, stray.pk: None}

    assert [letter.id for letter in dead_letters(other_operator)] == [stray.pk]
    assert dead_letters(world.trader) == []


def test_venue_order_without_an_answer_is_unresolved_after_a_while(
    world: World, replay: Replay, operator: Actor, other_operator: Actor
) -> None:
    replay.plan(world.place())
    claimed = claim_due(market_time=market_now(), answering=["SIM"]).venue_orders[0]
    assert not unresolved_venue_orders(operator, older_than=PATIENCE).exists()

    VenueOrder.objects.update(recorded_at=recorded_now() - PATIENCE)

    assert list(unresolved_venue_orders(operator, older_than=PATIENCE)) == [claimed]
    assert not unresolved_venue_orders(other_operator, older_than=PATIENCE).exists()
