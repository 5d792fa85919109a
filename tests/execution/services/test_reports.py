"""Reports of the venue: late, repeated, overtaking, and those that cannot be applied."""

from dataclasses import replace as changed
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import OperationalError

from execution import gateway
from execution.gateway import apply_stored
from execution.models import VenueReport
from execution.selectors import reports_to_apply, venue_orders_of
from execution.services.apply_report import apply_report
from execution.services.claim import claim_due
from execution.services.record_answer import record_state
from execution.services.store_report import store_reports
from execution.venues.protocol import Accepted, Expired, Filled, Report
from orders import services
from orders.commands import CancelOrder
from orders.models import Order
from orders.selectors import executions_of, market_now
from tests.execution.replay import Replay, fresh
from tests.world import World


def report_of(order: Order, sequence: int, **changes: object) -> Filled:
    """A fill of one share of the order's venue order."""
    base = Filled(
        sequence=sequence,
        client_order_id=venue_orders_of(order).first().pk,  # type: ignore[union-attr]
        venue_order_id="O1",
        market_time=market_now(),
        model="bar",
        execution_id=f"E{sequence}",
        quantity=Decimal(1),
        price=Decimal(100),
        cumulative_quantity=Decimal(1),
        leaves_quantity=Decimal(99),
    )
    return changed(base, **changes)


def deliver(*reports: Report) -> None:
    store_reports(venue="SIM", reports=reports)
    apply_stored("SIM")


def try_again() -> None:
    """Let the time to try again have come."""
    VenueReport.objects.update(next_attempt_at=None)
    apply_stored("SIM")


def test_late_fill_after_cancel_is_recorded(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price="98"))
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())
    replay.resolve()
    replay.listen()
    assert fresh(order).status == "canceled"

    deliver(report_of(order, 1000, quantity=Decimal(30)))

    late = fresh(order)
    assert (late.status, late.filled_quantity) == ("canceled", Decimal(30))
    assert venue_orders_of(order).get().filled_quantity == Decimal(30)


def test_report_that_comes_twice_is_stored_and_applied_once(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price="98"))
    fill = report_of(order, 1000)

    deliver(fill, fill)
    deliver(fill)

    assert VenueReport.objects.filter(sequence=1000).count() == 1
    assert fresh(order).filled_quantity == Decimal(1)
    apply_report(actor=gateway.GATEWAY, report_id=VenueReport.objects.get(sequence=1000).pk)
    assert executions_of(order).count() == 1


def test_execution_under_another_sequence_is_booked_once(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price="98"))

    deliver(report_of(order, 1000), report_of(order, 1001, execution_id="E1000"))

    assert fresh(order).filled_quantity == venue_orders_of(order).get().filled_quantity == Decimal(1)


def test_fill_overtakes_the_acknowledgement(world: World, replay: Replay) -> None:
    order = world.place(type="market", limit_price=None)
    replay.plan(order)
    venue_order = claim_due(market_time=market_now(), answering=["SIM"]).venue_orders[0]
    deliver(report_of(order, 1000, quantity=Decimal(60)))
    assert venue_orders_of(order).get().status == "partially_filled"
    deliver(report_of(order, 1001, quantity=Decimal(40)))
    assert (fresh(order).status, venue_orders_of(order).get().status) == ("filled", "filled")

    deliver(Accepted(1002, venue_order.pk, "O1", market_now(), "bar"))

    assert venue_orders_of(order).get().status == "filled"


def test_answer_after_the_order_ended_changes_nothing(world: World, replay: Replay) -> None:
    order = replay.work(world.place(type="market", limit_price=None), minutes=2)
    assert fresh(order).status == "filled"
    version = venue_orders_of(order).get().version

    record_state(actor=gateway.GATEWAY, state=replay.order_status(venue_orders_of(order).get().pk))

    assert venue_orders_of(order).get().version == version


def test_poison_report_becomes_a_dead_letter_and_holds_up_nobody_else(world: World, replay: Replay) -> None:
    poisoned = replay.work(world.place(limit_price="98"))
    healthy = replay.work(world.place(limit_price="98"))
    too_much = report_of(poisoned, 1000, quantity=Decimal(101))

    deliver(too_much, report_of(poisoned, 1001), report_of(healthy, 1002))
    assert fresh(healthy).filled_quantity == Decimal(1)
    assert fresh(poisoned).filled_quantity == Decimal(0), "a later report waits behind the one that failed"

    for _ in range(4):
        try_again()
    dead = VenueReport.objects.get(sequence=1000)
    assert dead.dead_lettered_at is not None
    assert (dead.attempts, dead.applied_at) == (5, None)
    assert "ExecutionExceedsOrder" in dead.last_error
    assert fresh(poisoned).filled_quantity == Decimal(1), "nothing waits behind a dead letter"


def test_report_on_an_order_that_is_not_ours_becomes_a_dead_letter(world: World, replay: Replay) -> None:
    deliver(Accepted(1000, uuid4(), "O1", market_now(), "bar"))
    for _ in range(4):
        try_again()

    assert VenueReport.objects.get().dead_lettered_at is not None
    assert "UnknownVenueOrder" in VenueReport.objects.get().last_error


def test_contradicting_report_is_not_applied(world: World, replay: Replay) -> None:
    order = replay.work(world.place(type="market", limit_price=None), minutes=2)
    filled = fresh(order)

    deliver(Expired(1000, venue_orders_of(order).get().pk, "O1", market_now(), "bar", Decimal(0)))

    assert "IllegalTransition" in VenueReport.objects.get(sequence=1000).last_error
    assert fresh(order).version == filled.version


def test_database_that_fails_is_not_held_against_the_report(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = replay.work(world.place(limit_price="98"))

    def unreachable(**_: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(gateway, "apply_report", unreachable)
    with pytest.raises(OperationalError):
        deliver(report_of(order, 1000))

    assert VenueReport.objects.get(sequence=1000).attempts == 0
    assert len(reports_to_apply("SIM")) == 1


def test_order_whose_answer_was_lost_is_known_by_its_reports(world: World, replay: Replay) -> None:
    order = world.place(type="market", limit_price=None)
    replay.plan(order)
    replay.lost = "answer"
    replay.dispatch()
    assert venue_orders_of(order).get().next_attempt_at is not None
    replay.pass_minutes(2)

    replay.listen()

    assert (fresh(order).status, venue_orders_of(order).get().next_attempt_at) == ("filled", None)
