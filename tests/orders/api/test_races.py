"""Clients that send the same thing at the same moment, in processes of their own."""

import multiprocessing
from collections import Counter
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any

from django.db import connections

from orders.kernel.context import Actor
from orders.models import Order, Position
from tests.orders.api.conftest import client_of, order_body
from tests.world import World

FORK = multiprocessing.get_context("fork")
CLIENTS = 6
ORDERS = "/api/v1/orders"


def post(actor: Actor, body: dict[str, Any], start: Barrier, answers: "Queue[tuple[int, str]]") -> None:
    client = client_of(actor)
    start.wait(timeout=120)
    answer = client.post(ORDERS, body, format="json")
    told = answer.json()
    answers.put((answer.status_code, told.get("id") or told.get("order_id", told.get("code"))))


def at_once(actor: Actor, bodies: list[dict[str, Any]]) -> Counter[tuple[int, str]]:
    """The answers to `bodies`, each sent by a process of its own at the same moment."""
    connections.close_all()
    answers: Queue[tuple[int, str]] = FORK.Queue()
    start = FORK.Barrier(len(bodies))
    processes = [FORK.Process(target=post, args=(actor, body, start, answers)) for body in bodies]
    for process in processes:
        process.start()
    told = Counter(answers.get(timeout=120) for _ in processes)
    for process in processes:
        process.join(timeout=120)
        assert process.exitcode == 0
    return told


def test_one_of_many_identical_posts_places_and_all_get_its_order(committed_world: World) -> None:
    told = at_once(committed_world.trader, [order_body()] * CLIENTS)

    order = Order.objects.get()
    assert told == {(201, str(order.pk)): 1, (200, str(order.pk)): CLIENTS - 1}
    assert Position.objects.get().open_buy_quantity == order.quantity


def test_one_of_many_different_posts_under_one_id_places_and_the_others_are_409(
    committed_world: World,
) -> None:
    bodies = [order_body(client_order_id="one", quantity=str(100 + number)) for number in range(CLIENTS)]

    told = at_once(committed_world.trader, bodies)

    order = Order.objects.get()
    assert told == {(201, str(order.pk)): 1, (409, str(order.pk)): CLIENTS - 1}


def test_identical_posts_that_the_position_limit_refuses_all_get_the_one_refusal(
    committed_world: World,
) -> None:
    world = committed_world
    world.place(quantity="10000")
    world.place(quantity="9950")

    told = at_once(world.trader, [order_body()] * CLIENTS)

    rejected = Order.objects.get(status="rejected")
    assert told == {(422, str(rejected.pk)): CLIENTS}
    assert Position.objects.get().open_buy_quantity == 19_950


def test_different_orders_never_pass_the_limit_together(committed_world: World) -> None:
    bodies = [order_body(quantity="7000") for _ in range(CLIENTS)]

    told = at_once(committed_world.trader, bodies)

    assert Counter(status for status, _order in told.elements()) == {201: 2, 422: CLIENTS - 2}
    assert Position.objects.get().open_buy_quantity == 14_000
