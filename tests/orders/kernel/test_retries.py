"""A service that another transaction was in the way of is called again as a whole, and acts outside once."""

import logging
import multiprocessing
from collections import Counter
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError
from uuid import UUID

import psycopg
import pytest
from django.db import OperationalError, connection, connections, transaction

from orders.kernel import transactions
from orders.kernel.metrics import RETRIES
from orders.kernel.transactions import MOST_ATTEMPTS, service
from orders.models import Order, OrderRevision
from orders.services.revisions import lock_order
from tests.conftest import CommittedDatabase
from tests.orders.test_concurrency import run_processes
from tests.world import World

FORK = multiprocessing.get_context("fork")


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL looks for a deadlock after a second; the waits between attempts need not add to that."""
    monkeypatch.setattr(transactions, "LONGEST_WAIT_S", 0.01)


def lock_both(first: UUID, second: UUID, both_hold_one: Barrier, told: "Queue[str]") -> None:
    """Lock two orders, one after the other; on the first attempt only once the other process holds the second."""

    @service
    def lock() -> None:
        told.put("attempt")
        transaction.on_commit(lambda: told.put("woken"))
        lock_order(first)
        try:
            both_hold_one.wait(60 if not both_hold_one.broken else 0)
        except BrokenBarrierError:
            pass
        finally:
            both_hold_one.abort()
        lock_order(second)

    lock()
    told.put("done")


def test_of_two_services_that_lock_in_opposite_order_both_succeed(committed_world: World) -> None:
    one, other = committed_world.place().pk, committed_world.place().pk
    told: Queue[str] = FORK.Queue()
    both_hold_one = FORK.Barrier(2)
    connections.close_all()

    run_processes(
        [
            lambda: lock_both(one, other, both_hold_one, told),
            lambda: lock_both(other, one, both_hold_one, told),
        ]
    )

    counted = Counter(told.get(timeout=60) for _ in range(7))
    assert counted == {"attempt": 3, "done": 2, "woken": 2}, "one was ended, called again, and woke once"


def overtaken_on(
    attempts: int, database: CommittedDatabase, order: Order
) -> tuple[Callable[[], str], list[int]]:
    """A service that reads, is overtaken by a committed change on its first attempts, and then writes."""
    made: list[int] = []

    @service
    def revise() -> str:
        made.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        Order.objects.get(pk=order.pk)
        if len(made) <= attempts:
            with database.as_application() as other:
                other.execute("UPDATE orders_order SET version = version WHERE id = %s", [order.pk])
        return str(lock_order(order.pk).status)

    return revise, made


def test_a_serialization_failure_is_tried_again_and_logged(
    committed_database: CommittedDatabase, committed_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    revise, made = overtaken_on(2, committed_database, committed_world.place())

    with caplog.at_level(logging.WARNING):
        assert revise() == "new"

    assert len(made) == 3
    lines = [record.getMessage() for record in caplog.records if "SQLSTATE 40001" in record.getMessage()]
    assert ["attempt 1 of 4" in lines[0], "attempt 2 of 4" in lines[1], len(lines)] == [True, True, 2]
    (name,) = {
        sample.labels["service"]
        for metric in RETRIES.collect()
        for sample in metric.samples
        if sample.labels["sqlstate"] == "40001" and "revise" in sample.labels["service"]
    }
    assert RETRIES.labels(name, "40001")._value.get() >= 2


def test_after_the_fourth_attempt_it_is_given_up(
    committed_database: CommittedDatabase, committed_world: World
) -> None:
    order = committed_world.place()
    revise, made = overtaken_on(99, committed_database, order)

    with pytest.raises(OperationalError, match="could not serialize"):
        revise()

    assert len(made) == MOST_ATTEMPTS
    assert OrderRevision.objects.filter(order=order).count() == 1


@pytest.mark.parametrize(
    "error", [psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled, psycopg.OperationalError]
)
def test_what_may_have_been_done_or_has_waited_already_is_not_tried_again(
    committed_database: CommittedDatabase, error: type[psycopg.Error]
) -> None:
    attempts: list[int] = []

    @service
    def broken() -> None:
        attempts.append(1)
        raise OperationalError("it broke") from error("it broke")

    with pytest.raises(OperationalError):
        broken()

    assert attempts == [1]


def test_inside_an_open_transaction_nothing_is_tried_again(db: None) -> None:
    attempts: list[int] = []

    @service
    def overtaken() -> None:
        attempts.append(1)
        raise OperationalError("overtaken") from psycopg.errors.SerializationFailure("overtaken")

    with pytest.raises(OperationalError):
        overtaken()

    assert attempts == [1], "the transaction around it is broken: who opened it has to begin anew"
