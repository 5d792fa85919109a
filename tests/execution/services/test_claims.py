"""Claims of due slices beside others: each slice to one worker, and nobody waits for a lock."""

from decimal import Decimal
from uuid import uuid4

import psycopg
import pytest
from django.db import OperationalError, connection

from execution.errors import UnknownVenueOrder
from execution.models import Run, Slice, VenueOrder
from execution.selectors import run_of
from execution.services import claim as module
from execution.services.claim import Claim, claim_due
from execution.services.locks import lock_venue_orders
from execution.services.plan_runs import plan_runs
from orders import services
from orders.kernel.transactions import service
from orders.models import Instrument, Order
from orders.selectors import market_now
from tests.conftest import CommittedDatabase
from tests.execution.market import load_day, stand_still
from tests.execution.replay import Replay
from tests.world import SETUP, World, show_price


def claim() -> Claim:
    return claim_due(market_time=market_now(), answering=["SIM"])


@pytest.fixture
def orders(committed_world: World) -> list[Order]:
    """Two orders, each with a slice that is due; this process waits for no lock longer than 20 s."""
    load_day()
    stand_still(minutes_after_open=10)
    placed = [committed_world.place() for _ in range(2)]
    for order in placed:
        run = run_of(order)
        assert run is not None
        plan_runs(run_ids=[run.pk], market_time=market_now())
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20s'")
    return placed


def test_a_run_that_another_worker_holds_is_passed_over(
    committed_database: CommittedDatabase, orders: list[Order]
) -> None:
    held, free = Slice.objects.order_by("id")
    with committed_database.as_application() as other, other.transaction():
        other.execute("SELECT 1 FROM execution_run WHERE id = %s FOR NO KEY UPDATE", [held.run_id])

        assert [claimed.slice_id for claimed in claim().venue_orders] == [free.pk]

    assert [claimed.slice_id for claimed in claim().venue_orders] == [held.pk]
    assert claim().venue_orders == []


def test_claim_does_not_wait_for_an_order_that_somebody_is_changing(
    committed_database: CommittedDatabase, orders: list[Order]
) -> None:
    with committed_database.as_application() as other, other.transaction():
        other.execute("SELECT 1 FROM orders_order WHERE id = %s FOR UPDATE", [orders[0].pk])
        other.execute("SELECT 1 FROM execution_run WHERE order_id = %s FOR NO KEY UPDATE", [orders[0].pk])

        claimed = claim().venue_orders

    assert [each.run.order_id for each in claimed] == [orders[1].pk]


def test_database_lets_no_slice_go_twice(committed_database: CommittedDatabase, orders: list[Order]) -> None:
    claimed = claim().venue_orders[0]

    with (
        committed_database.as_application() as other,
        pytest.raises(psycopg.errors.UniqueViolation, match="slice_id"),
    ):
        other.execute(
            "INSERT INTO execution_venueorder SELECT (jsonb_populate_record(v, jsonb_build_object('id',"
            " gen_random_uuid()))).* FROM execution_venueorder v WHERE id = %s",
            [claimed.pk],
        )


def test_a_run_whose_market_has_no_calendar_any_more_holds_up_no_other(world: World, replay: Replay) -> None:
    algorithm = {"name": "twap", "parameters": {"duration_minutes": 30}}
    elsewhere = services.register_instrument(
        actor=SETUP,
        symbol="LOST",
        isin="US0378331005",
        mic="ARCX",
        currency="USD",
        tick_size=Decimal("0.01"),
        lot_size=Decimal(1),
    )
    show_price(elsewhere, Decimal(100), at=market_now())
    market = {"type": "market", "limit_price": None, "algorithm": algorithm}
    runs = [replay.plan(world.place(symbol=symbol, **market)) for symbol in ("LOST", "SPY")]
    Instrument.objects.filter(pk=elsewhere.pk).update(mic="ZZZZ")

    replay.dispatch()

    assert [row.run_id for row in VenueOrder.objects.all()] == [runs[1].pk]
    runs[0].refresh_from_db()
    assert (runs[0].attempts, runs[0].last_error[:21]) == (1, "MarketWithoutCalendar")


@pytest.mark.parametrize("errors", [[OperationalError()], [ValueError(), OperationalError()]])
def test_a_database_that_fails_is_not_held_against_the_run(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch, errors: list[Exception]
) -> None:
    algorithm = {"name": "twap", "parameters": {"duration_minutes": 30}}
    run = replay.plan(world.place(type="market", limit_price=None, algorithm=algorithm))
    raised = iter([*errors, ValueError(), ValueError()])

    def breaking(*_: object, **__: object) -> None:
        raise next(raised)

    monkeypatch.setattr(module, "workloads", breaking)

    with pytest.raises(OperationalError):
        claim()
    run.refresh_from_db()
    assert run.attempts == 0

    assert claim().hindered == {run.pk}
    run.refresh_from_db()
    assert run.attempts == 1


def test_where_every_run_breaks_its_claim_each_says_why(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    algorithm = {"name": "twap", "parameters": {"duration_minutes": 30}}
    runs = {
        replay.plan(world.place(type="market", limit_price=None, algorithm=algorithm)).pk for _ in range(2)
    }

    def broken(*_: object, **__: object) -> None:
        raise ValueError("no market")

    monkeypatch.setattr(module, "workloads", broken)

    assert claim().hindered == runs
    assert {run.last_error for run in Run.objects.all()} == {"ValueError: no market"}


def test_a_venue_order_that_is_not_ours_cannot_be_locked(world: World) -> None:
    with pytest.raises(UnknownVenueOrder):
        service(lambda: lock_venue_orders([uuid4()]))()
