"""The engine behind its breaker: what counts against the database, and what an open breaker keeps from it."""

from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, connections
from rest_framework.test import APIClient

from orders.kernel.breakers import Breaker, BreakerState
from orders.kernel.postgresql import base
from orders.models import Order
from tests.conftest import CommittedDatabase
from tests.orders.api.conftest import client_of, order_body
from tests.world import World


@pytest.fixture
def breaker(committed_database: CommittedDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Breaker]:
    """A breaker of the test's own, as closed as the connection."""
    connections.close_all()
    breaker = Breaker("database of a test", most_failures=3, open_s=60)
    monkeypatch.setattr(base, "BREAKER", breaker)
    yield breaker
    connections.close_all()


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_session_has_the_bounds_of_its_kind_of_process(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting::int FROM pg_settings WHERE name = ANY(%s)",
            [["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]],
        )
        assert dict(cursor.fetchall()) == {
            "statement_timeout": settings.TIMEOUTS.statement_ms,
            "lock_timeout": settings.TIMEOUTS.lock_ms,
            "idle_in_transaction_session_timeout": settings.TIMEOUTS.idle_ms,
        }


def test_a_database_that_lets_nobody_in_opens_the_breaker_and_is_then_left_alone(
    breaker: Breaker, committed_database: CommittedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with committed_database.away():
        for _ in range(3):
            with pytest.raises(OperationalError, match="not currently accepting"):
                run("SELECT 1")
        with monkeypatch.context() as patched, pytest.raises(OperationalError, match="left alone"):
            patched.setattr(psycopg, "connect", lambda **_: pytest.fail("it was called"))
            run("SELECT 1")

    assert breaker.standing().state == BreakerState.OPEN


def test_statements_that_take_too_long_count_and_a_release_without_failure_begins_anew(
    breaker: Breaker,
) -> None:
    for _ in range(2):
        run("SET statement_timeout = '10ms'")
        with pytest.raises(OperationalError, match="statement timeout"):
            run("SELECT pg_sleep(60)")
        connection.close()
    assert breaker.standing().failures == 2

    run("SELECT 1")
    connection.close()
    assert breaker.standing().failures == 0


@pytest.mark.parametrize("statement", ["SELECT 1/0", "SELECT nonsense", "SELECT 'x'::int"])
def test_what_the_database_refuses_is_an_answer(breaker: Breaker, statement: str) -> None:
    with pytest.raises(Exception, match=r".+"):
        run(statement)

    assert breaker.standing().failures == 0


def test_a_lock_that_another_holds_and_a_rule_that_is_broken_are_answers(
    breaker: Breaker, committed_world: World, committed_database: CommittedDatabase
) -> None:
    order = committed_world.place()
    with committed_database.as_application() as other, other.transaction():
        other.execute("SELECT 1 FROM orders_order FOR UPDATE")
        with pytest.raises(OperationalError, match="could not obtain lock"):
            run("SELECT 1 FROM orders_order FOR UPDATE NOWAIT")
    with pytest.raises(IntegrityError):
        Order.objects.filter(pk=order.pk).update(filled_quantity=order.quantity + 1)

    assert breaker.standing().failures == 0


def test_a_commit_closes_the_breaker_of_a_process_that_keeps_its_connection(
    breaker: Breaker, committed_world: World
) -> None:
    for _ in range(2):
        breaker.failed(psycopg.OperationalError("gone"))

    committed_world.place()

    assert breaker.standing().failures == 0


@pytest.fixture
def trader(committed_world: World) -> APIClient:
    return client_of(committed_world.trader)


def test_while_it_is_open_the_api_answers_from_the_time_left(breaker: Breaker, trader: APIClient) -> None:
    connections.close_all()
    for _ in range(3):
        breaker.failed(psycopg.OperationalError("gone"))

    answer = trader.post("/api/v1/orders", order_body(), format="json")

    assert (answer.status_code, answer.json()["code"]) == (503, "SYSTEM_UNAVAILABLE")
    assert 50 <= int(answer["Retry-After"]) <= 60
    breaker.succeeded()
    assert not Order.objects.exists()


def test_a_page_of_the_admin_is_503_as_well(breaker: Breaker) -> None:
    for _ in range(3):
        breaker.failed(psycopg.OperationalError("gone"))
    visitor = APIClient(raise_request_exception=False)
    visitor.cookies["sessionid"] = "somebodys"

    page = visitor.get("/admin/")

    assert (page.status_code, page["Content-Type"].split(";")[0]) == (503, "text/html")
    assert int(page["Retry-After"]) > 0
    breaker.succeeded()
