"""Busts and corrections that the venue sends: booked once, whenever they come, as the venue's own act."""

from dataclasses import replace as changed
from decimal import Decimal

import pytest

from compliance.models import Leaf
from execution.gateway import apply_stored
from execution.models import Run, VenueOrder, VenueReport
from execution.selectors import last_stored_sequence, venue_orders_of
from execution.services.store_report import store_reports
from execution.venues.protocol import CancelTrade, CorrectTrade, Report, parse_report
from orders import services
from orders.commands import CancelOrder
from orders.in_force import executions_in_force
from orders.models import Order
from tests.execution.replay import Replay, fresh
from tests.world import World


def filled(world: World, replay: Replay) -> Order:
    return replay.work(world.place(type="market", limit_price=None), minutes=2)


def the_fill(order: Order) -> str:
    return executions_in_force().get(order=order).venue_execution_id


def in_force(order: Order) -> dict[str, tuple[Decimal, Decimal]]:
    rows = executions_in_force().filter(order=order)
    return {row.venue_execution_id: (row.quantity, row.price) for row in rows}


def unheard(replay: Replay) -> list[Report]:
    """What the venue has reported and the gateway has not stored."""
    lines = replay._store.report_lines(last_stored_sequence("SIM"), 10_000)
    return [parse_report(line) for _, line in lines]


def deliver(*reports: Report) -> None:
    store_reports(venue="SIM", reports=reports)
    apply_stored("SIM")


def test_a_bust_of_the_venue_opens_the_order_again_without_an_approval(world: World, replay: Replay) -> None:
    order = filled(world, replay)

    change = replay.change_trade(CancelTrade(the_fill(order), "clearly_erroneous"))
    replay.listen()

    reopened, venue_order = fresh(order), venue_orders_of(order).get()
    assert (reopened.status, reopened.filled_quantity, in_force(order)) == ("new", 0, {})
    assert (venue_order.status, venue_order.filled_quantity) == ("new", 0), "it is on the venue's book again"
    leaf = Leaf.objects.get(action="ExecutionBusted")
    assert "gateway" in leaf.actor
    assert change in leaf.body
    assert "clearly_erroneous" in leaf.body

    replay.pass_minutes(2)
    replay.listen()
    assert (fresh(order).status, Run.objects.get(order_id=order.pk).state) == ("filled", "done")


def test_what_a_bust_opens_ends_with_the_session_at_the_venue(world: World, replay: Replay) -> None:
    order = filled(world, replay)
    replay.pass_minutes(7 * 60)
    replay.change_trade(CancelTrade(the_fill(order), "late"))

    replay.pass_minutes(1)
    replay.listen()

    assert venue_orders_of(order).get().status == "expired"
    assert (fresh(order).status, fresh(order).filled_quantity) == ("expired", 0)


def test_a_correction_and_then_a_bust_of_it_follow_each_other(world: World, replay: Replay) -> None:
    order = filled(world, replay)

    first = replay.change_trade(CorrectTrade(the_fill(order), Decimal(60), Decimal("101.25"), "size"))
    replay.listen()
    assert in_force(order) == {first: (Decimal(60), Decimal("101.25"))}
    assert (fresh(order).status, venue_orders_of(order).get().filled_quantity) == ("partially_filled", 60)

    replay.change_trade(CancelTrade(first, "all of it"))
    replay.listen()
    assert (in_force(order), fresh(order).filled_quantity) == ({}, 0)


def test_a_bust_after_the_order_ended_otherwise_opens_nothing(world: World, replay: Replay) -> None:
    order = filled(world, replay)
    execution_id = the_fill(order)
    replay.change_trade(CorrectTrade(execution_id, Decimal(60), Decimal(100), "size"))
    replay.listen()
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())
    replay.resolve()
    replay.listen()
    assert (fresh(order).status, fresh(order).filled_quantity) == ("canceled", 60)

    [correction] = in_force(order)
    replay.change_trade(CancelTrade(correction, "error"))
    replay.listen()

    assert fresh(order).status == venue_orders_of(order).get().status == "canceled"
    assert fresh(order).filled_quantity == venue_orders_of(order).get().filled_quantity == 0


@pytest.mark.parametrize("together", [True, False])
def test_a_bust_that_comes_before_its_fill_waits_for_it_and_holds_up_nothing(
    world: World, replay: Replay, together: bool
) -> None:
    order = world.place(type="market", limit_price=None)
    other = world.place(type="market", limit_price=None)
    for each in (order, other):
        replay.plan(each)
    replay.dispatch()
    replay.pass_minutes(2)
    sent = venue_orders_of(order).get().pk
    fill = next(each for each in replay.record.executions() if each.client_order_id == sent)
    replay.change_trade(CancelTrade(fill.execution.execution_id, "error"))
    reports = unheard(replay)
    bust, told = reports[-1], [each for each in reports if each.client_order_id != sent]
    own = [each for each in reports[:-1] if each.client_order_id == sent]

    # The venue numbers the bust before the fill.
    numbers = sorted(each.sequence for each in (bust, *own))
    shuffled = [changed(each, sequence=number) for each, number in zip((bust, *own), numbers, strict=True)]
    deliver(*(told if together else []), shuffled[0])
    aside = VenueReport.objects.get(kind="trade_canceled")
    assert (aside.applied_at, aside.attempts) == (None, 0)
    assert aside.waits_for == fill.execution.execution_id
    deliver(*told, *shuffled[1:])

    assert in_force(order) == {}
    assert (fresh(order).status, fresh(other).status) == ("new", "filled")
    aside.refresh_from_db()
    assert aside.applied_at is not None and aside.waits_for is None


def test_a_bust_that_comes_twice_is_booked_once(world: World, replay: Replay) -> None:
    order = filled(world, replay)
    replay.change_trade(CancelTrade(the_fill(order), "error"))
    [bust] = unheard(replay)

    deliver(bust, bust, changed(bust, sequence=bust.sequence + 1))

    assert (fresh(order).filled_quantity, VenueOrder.objects.get().filled_quantity) == (0, 0)
    assert not VenueReport.objects.filter(applied_at=None).exists()
