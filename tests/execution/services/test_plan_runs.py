"""Planning: the algorithm's slices as rows, once, and what happens when it cannot be done."""

import pytest
from django.db import DataError, OperationalError

from execution.models import Run, Slice, Trigger
from execution.selectors import run_of, runs_to_plan
from execution.services import plan_runs as module
from execution.services.keep_plans import Planned
from execution.services.plan_runs import plan_runs
from orders import services
from orders.commands import CancelOrder
from orders.selectors import market_now
from tests.execution.replay import Replay, fresh
from tests.world import LAST_PRICE, World, show_price


def test_admitted_order_has_a_run_with_the_price_it_arrived_at(world: World) -> None:
    order = world.place()

    run = Run.objects.get(order_id=order.pk)

    assert (run.state, run.algorithm, run.algorithm_version) == ("new", "direct", 1)
    assert run.arrival_price == LAST_PRICE
    assert runs_to_plan(market_now()) == [run.pk]


def test_rejected_order_has_no_run(world: World) -> None:
    order = world.place(quantity="1000000")

    assert order.status == "rejected"
    assert run_of(order) is None


def test_planning_twice_plans_once(world: World, replay: Replay) -> None:
    order = world.place()

    replay.plan(order)
    replay.plan(order)

    assert Slice.objects.count() == 1
    assert runs_to_plan(market_now()) == []


def test_run_of_an_algorithm_that_is_gone_becomes_a_dead_letter(world: World, replay: Replay) -> None:
    order = world.place()
    Run.objects.update(algorithm_version=99)

    for attempt in range(1, 6):
        run = replay.plan(order)
        assert run.attempts == attempt
    assert run.dead_lettered_at is not None
    assert "UnknownAlgorithm" in run.last_error
    assert replay.plan(order).attempts == 5, "a dead letter is not tried again"

    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())
    assert fresh(order).status == "canceled"


def test_run_that_failed_waits_before_it_is_planned_again(world: World, replay: Replay) -> None:
    order = world.place()
    Run.objects.update(algorithm_version=99)
    replay.plan(order)
    assert runs_to_plan(market_now()) == []

    Run.objects.update(algorithm_version=1, next_attempt_at="2000-01-01T00:00:00Z")
    assert replay.plan(order).state == "working"


def test_database_that_fails_is_not_held_against_the_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run.objects.get(order_id=world.place().pk)

    def unreachable(*_arguments: object, **_more: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(module, "workloads", unreachable)
    with pytest.raises(OperationalError):
        plan_runs(run_ids=[run.pk], market_time=market_now())

    run.refresh_from_db()
    assert run.attempts == 0


def test_arrival_price_is_unknown_before_the_first_bar(world: World) -> None:
    order = world.place()
    later = show_price(world.instrument, LAST_PRICE + 1, at=order.market_time.replace(hour=18))

    assert later.close != Run.objects.get(order_id=order.pk).arrival_price


def test_a_plan_that_the_database_refuses_keeps_up_no_other(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [Run.objects.get(order_id=world.place().pk) for _ in range(2)]
    keep = module.keep_plans

    def refusing(planned: list[Planned]) -> None:
        if any(each.load.run.pk == runs[0].pk for each in planned):
            raise DataError("numeric field overflow")
        keep(planned)

    monkeypatch.setattr(module, "keep_plans", refusing)

    plan_runs(run_ids=[run.pk for run in runs], market_time=market_now())

    for run in runs:
        run.refresh_from_db()
    assert [run.state for run in runs] == ["new", "working"]
    assert runs[0].last_error == "DataError: numeric field overflow"


def test_a_run_that_was_planned_meanwhile_is_not_armed(world: World, replay: Replay) -> None:
    run = replay.plan(world.place())

    module._arm(run_id=run.pk)

    assert not Trigger.objects.exists()
