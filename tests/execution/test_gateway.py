"""The gateway and the venue's process as processes: only one listens, and both outlive their database sessions."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from execution.gateway import lock_key
from execution.models import VenueReport
from execution.selectors import run_of, venue_orders_of
from execution.services.dispatch import dispatch
from execution.services.plan_runs import plan_runs
from execution.venues.client import VenueClient
from orders.kernel.context import process_actor
from orders.models import Order
from orders.selectors import market_now
from tests.conftest import CommittedDatabase
from tests.execution.market import load_day
from tests.execution.market import replay as replay_day
from tests.execution.replay import fresh
from tests.execution.site import PATIENCE_S, Site, wait_until
from tests.world import World


@pytest.fixture
def site(committed_database: CommittedDatabase, committed_world: World, tmp_path: Path) -> Iterator[Site]:
    load_day()
    replay_day(minutes_after_open=10, speed=60)
    site = Site(committed_database, tmp_path)
    yield site
    site.stop()


def send(site: Site, order: Order) -> None:
    """Plan the order and send it, as a worker does."""
    run = run_of(order)
    assert run is not None
    plan_runs(run_ids=[run.pk], market_time=market_now())
    venue = VenueClient("127.0.0.1", site.port, PATIENCE_S)
    dispatch(actor=process_actor("worker"), venues={"SIM": venue}, market_time=market_now())


def holders(database: CommittedDatabase) -> list[int]:
    """The database sessions that hold the gateway's lock."""
    with database.as_superuser() as superuser:
        rows = superuser.execute(
            "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE locktype = 'advisory' AND objid = %s::bigint::oid AND datname = %s AND granted",
            [lock_key("SIM"), database.name],
        )
        return [int(str(pid)) for (pid,) in rows.fetchall()]


def test_second_gateway_waits_and_takes_over(
    site: Site, committed_database: CommittedDatabase, committed_world: World
) -> None:
    site.start("venue", "gateway")
    wait_until(lambda: len(holders(committed_database)) == 1, "the first gateway holds the lock")
    first = holders(committed_database)
    site.start("second_gateway")
    order = committed_world.place(type="market", limit_price=None)
    send(site, order)
    wait_until(lambda: fresh(order).status == "filled", "the order is filled")
    assert holders(committed_database) == first

    site.kill("gateway")

    wait_until(lambda: holders(committed_database) not in ([], first), "the second one has taken over")
    another = committed_world.place(type="market", limit_price=None)
    send(site, another)
    wait_until(lambda: fresh(another).status == "filled", "the second gateway listens")
    assert VenueReport.objects.filter(applied_at=None).count() == 0


def test_processes_outlive_their_database_sessions(
    site: Site, committed_database: CommittedDatabase, committed_world: World
) -> None:
    site.start("venue", "gateway")
    wait_until(lambda: len(holders(committed_database)) == 1, "the gateway holds the lock")

    with committed_database.as_superuser() as superuser:
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            " AND pid NOT IN (pg_backend_pid(), %s)",
            [committed_database.name, own_session()],
        )

    wait_until(lambda: len(holders(committed_database)) == 1, "the gateway is back")
    order = committed_world.place(type="market", limit_price=None)
    send(site, order)
    wait_until(lambda: venue_orders_of(order).get().status == "filled", "the order is filled")


def own_session() -> int:
    """The session of this process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
