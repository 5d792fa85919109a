"""Placements, amendments and cancels that want the same client order id at once: one gets it, and nobody is ended.

Sessions of their own on real PostgreSQL as the application's role.
"""

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from importlib import import_module
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from uuid import UUID

import pytest
from django.db import connection

from orders import services
from orders.commands import AmendOrder, CancelOrder
from orders.errors import ClientOrderIdUsed
from orders.models import Order, OrderRequest, UsedClientOrderId
from orders.verification import Difference, verify_orders
from tests.orders.held_up import HeldUp, await_waiting, sessions
from tests.orders.test_concurrency import run_processes
from tests.world import World

FORK = multiprocessing.get_context("fork")
ROUNDS = 40
MOST_HEAD_START_S = 0.06
"""Of the others: a placement comes to its id sooner than they do."""
PATIENCE_S = 60

Ask = Callable[[str], object]


def place(world: World, client_order_id: str) -> Order:
    return world.place(client_order_id=client_order_id, quantity="1")


def amend(world: World, order_id: UUID, client_order_id: str) -> Order:
    command = AmendOrder.model_validate({"quantity": "120", "client_order_id": client_order_id})
    return services.amend(actor=world.trader, order_id=order_id, command=command, expected_revision=1)


def cancel(world: World, order_id: UUID, client_order_id: str) -> Order:
    command = CancelOrder(client_order_id=client_order_id)
    return services.cancel(actor=world.trader, order_id=order_id, command=command)


def ask_each_round(verb: str, asks: list[Callable[[], object]], start: Barrier, told: "Queue[str]") -> None:
    chance = random.Random(verb)
    for ask in asks:
        start.wait(PATIENCE_S)
        time.sleep(chance.uniform(0, MOST_HEAD_START_S if verb == "place" else 0))
        try:
            ask()
            told.put(f"{verb} got it")
        except ClientOrderIdUsed:
            told.put(f"{verb} came too late")


def deadlocks() -> int:
    """Which PostgreSQL had to end: the service would have been called again, and nobody would have noticed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_of_three_who_want_an_id_at_once_one_gets_it_and_postgresql_ends_nobody(
    committed_world: World,
) -> None:
    world = committed_world
    ids = [f"wanted-{number}" for number in range(ROUNDS)]
    amended, canceled = ([world.place(quantity="100") for _ in ids] for _ in range(2))
    asks: dict[str, list[Callable[[], object]]] = {
        "place": [partial(place, world, wanted) for wanted in ids],
        "amend": [
            partial(amend, world, order.pk, wanted) for order, wanted in zip(amended, ids, strict=True)
        ],
        "cancel": [
            partial(cancel, world, order.pk, wanted) for order, wanted in zip(canceled, ids, strict=True)
        ],
    }
    told: Queue[str] = FORK.Queue()
    start = FORK.Barrier(len(asks))
    before = deadlocks()

    run_processes([partial(ask_each_round, verb, each, start, told) for verb, each in asks.items()])

    answers = Counter(told.get(timeout=PATIENCE_S) for _ in range(len(asks) * ROUNDS))
    assert deadlocks() == before
    assert sum(number for answer, number in answers.items() if answer.endswith("got it")) == ROUNDS
    assert answers["place got it"] == Order.objects.filter(client_order_id__in=ids).count()
    assert answers["amend got it"] == Order.objects.filter(quantity=120, status="new").count()
    assert answers["cancel got it"] == Order.objects.filter(status="canceled").count()
    assert UsedClientOrderId.objects.filter(client_order_id__in=ids).count() == ROUNDS
    differences: list[Difference] = []
    assert verify_orders(progress=lambda *_: None, report=differences.append) == 0, differences


@pytest.mark.parametrize(
    ("verb", "moment"),
    [(amend, ("orders.services.amend", "judge_exposure")), (cancel, ("orders.services.cancel", "record"))],
    ids=["amend", "cancel"],
)
def test_who_waits_for_an_id_keeps_nobody_else_of_the_firm_waiting(
    committed_world: World,
    monkeypatch: pytest.MonkeyPatch,
    verb: Callable[[World, UUID, str], Order],
    moment: tuple[str, str],
) -> None:
    world, order = committed_world, committed_world.place()
    module, name = import_module(moment[0]), moment[1]
    with_its_request_written = HeldUp(getattr(module, name))
    monkeypatch.setattr(module, name, with_its_request_written)

    with sessions(2) as start:
        asked = start(lambda: verb(world, order.pk, "wanted"))
        assert with_its_request_written.reached.wait(PATIENCE_S)
        placed = start(lambda: place(world, "wanted"))
        await_waiting()

        anothers = services.place(actor=world.stranger, command=world.command(account="BETA"))

        assert anothers.created
        assert not placed.done()
        with_its_request_written.let_go.set()
        assert asked.result(PATIENCE_S).pk == order.pk
        with pytest.raises(ClientOrderIdUsed):
            placed.result(PATIENCE_S)
    assert OrderRequest.objects.get().client_order_id == "wanted"
