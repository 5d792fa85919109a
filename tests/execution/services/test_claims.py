"""Claims of due slices beside others: each slice to one worker, and nobody waits for a lock."""

import psycopg
import pytest
from django.db import connection

from execution.models import Slice
from execution.selectors import run_of
from execution.services.claim import claim_due
from execution.services.plan_runs import plan_runs
from orders.models import Order
from orders.selectors import market_now
from tests.conftest import CommittedDatabase
from tests.execution.market import load_day, stand_still
from tests.world import World


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

        assert [claimed.slice_id for claimed in claim_due(market_time=market_now()).venue_orders] == [free.pk]

    assert [claimed.slice_id for claimed in claim_due(market_time=market_now()).venue_orders] == [held.pk]
    assert claim_due(market_time=market_now()).venue_orders == []


def test_claim_does_not_wait_for_an_order_that_somebody_is_changing(
    committed_database: CommittedDatabase, orders: list[Order]
) -> None:
    with committed_database.as_application() as other, other.transaction():
        other.execute("SELECT 1 FROM orders_order WHERE id = %s FOR UPDATE", [orders[0].pk])
        other.execute("SELECT 1 FROM execution_run WHERE order_id = %s FOR NO KEY UPDATE", [orders[0].pk])

        claimed = claim_due(market_time=market_now()).venue_orders

    assert [each.run.order_id for each in claimed] == [orders[1].pk]


def test_database_lets_no_slice_go_twice(committed_database: CommittedDatabase, orders: list[Order]) -> None:
    claimed = claim_due(market_time=market_now()).venue_orders[0]

    with (
        committed_database.as_application() as other,
        pytest.raises(psycopg.errors.UniqueViolation, match="slice_id"),
    ):
        other.execute(
            "INSERT INTO execution_venueorder SELECT (jsonb_populate_record(v, jsonb_build_object('id',"
            " gen_random_uuid()))).* FROM execution_venueorder v WHERE id = %s",
            [claimed.pk],
        )
