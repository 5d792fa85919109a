"""Tasks are doors: each calls its service by the market's clock, under the correlation id of who asked for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from execution import tasks
from execution.models import Run
from execution.selectors import venue_orders_of
from execution.wake import WORK_RUNS, wake
from orders.kernel.context import correlated
from orders.selectors import market_now
from tests.conftest import CommittedDatabase
from tests.execution.replay import Replay, fresh
from tests.execution.site import QUIET, WORKER, Site, wait_until
from tests.world import World


@pytest.fixture
def doors(replay: Replay, monkeypatch: pytest.MonkeyPatch) -> Replay:
    """The tasks of this process speak to the venue's parts in it."""
    monkeypatch.setattr(tasks, "venue_clients", lambda: replay.venues)
    return replay


def test_work_run_plans_the_run_and_sends_what_is_due(world: World, doors: Replay) -> None:
    order = world.place()

    tasks.work_runs([(str(Run.objects.get(order_id=order.pk).pk), "cause")])

    assert venue_orders_of(order).get().status == "new"


def test_what_nothing_woke_is_found_by_beats_tasks(world: World, doors: Replay) -> None:
    order = world.place()
    tasks.plan_due_runs()
    doors.lost = "request"
    tasks.dispatch_due_slices()
    assert venue_orders_of(order).get().status == "pending_new"
    doors.lost = ""
    venue_orders_of(order).update(next_attempt_at="2000-01-01T00:00:00Z")

    tasks.resolve_venue_orders()

    assert venue_orders_of(order).get().status == "new"


def test_runs_are_closed_with_their_session(world: World, doors: Replay) -> None:
    order = world.place()
    doors.pass_minutes(380)

    tasks.close_runs()

    assert fresh(order).status == "expired"


def test_stops_are_held_against_the_market(world: World, doors: Replay) -> None:
    order = world.place(type="stop", limit_price=None, stop_price="1")
    tasks.plan_due_runs()
    doors.pass_minutes(1)

    tasks.hold_against_market()

    assert fresh(order).triggered_at == market_now()


def test_last_bar_of_a_session_triggers_before_the_session_ends(world: World, doors: Replay) -> None:
    order = world.place(type="stop", limit_price=None, stop_price="1")
    tasks.plan_due_runs()
    doors.pass_minutes(380)

    tasks.close_runs()

    ended = fresh(order)
    assert (ended.status, ended.triggered_at is not None) == ("expired", True)


@pytest.fixture
def site(committed_database: CommittedDatabase, tmp_path: Path) -> Iterator[Site]:
    site = Site(committed_database, tmp_path)
    yield site
    site.stop()


def test_worker_logs_under_the_correlation_id_of_who_woke_it(site: Site) -> None:
    site.run("worker", [*WORKER, *QUIET])

    def is_logged() -> bool:
        # A hint expires, and a worker may take longer than that to start: hint again, as beat does.
        with correlated("who-asked-for-it"):
            wake(WORK_RUNS, "no run")
        failures = [line for line in site.log("worker").splitlines() if "nothing could be done" in line]
        return any("[who-asked-for-it]" in line and "ValueError" in line for line in failures)

    wait_until(is_logged, "the failure of a task on what is no run is logged under the id", poll_s=0.5)


@pytest.mark.parametrize("by", ["a worker's message", "beat"])
def test_an_order_that_somebody_holds_keeps_no_other_from_being_planned(
    committed_world: World, committed_database: CommittedDatabase, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setattr(tasks, "dispatch", lambda **_arguments: 0)
    held, other = (committed_world.place(limit_price="1") for _ in range(2))
    runs = [str(pk) for pk in Run.objects.order_by("recorded_at").values_list("pk", flat=True)]
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")

    with committed_database.as_application() as holder, holder.transaction():
        holder.execute("SELECT FROM execution_run WHERE order_id = %s FOR UPDATE", [held.pk])
        if by == "beat":
            tasks.plan_due_runs()
        else:
            tasks.work_runs([(run, "cause") for run in runs])
        assert [Run.objects.get(order_id=each.pk).state for each in (held, other)] == ["new", "working"]

    tasks.plan_due_runs()
    assert Run.objects.get(order_id=held.pk).state == "working"
