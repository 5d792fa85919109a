"""Sixteen processes at one order, on real PostgreSQL as the application's role."""

import multiprocessing
import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from multiprocessing.queues import Queue
from uuid import UUID

import pytest
from django.db import connections

from orders import services
from orders.commands import AmendOrder, CancelOrder, PlaceOrder
from orders.errors import ExecutionExceedsOrder, OrderNotOpen, QuantityBelowFilled, ReplacePending, StaleTerms
from orders.kernel.context import Actor
from orders.limit_kinds import LimitKind
from orders.models import Execution, Limit, Order, OrderRevision, Position
from tests.orders.fills import fill
from tests.orders.serial_history import assert_books_balance, assert_serial
from tests.world import World

FORK = multiprocessing.get_context("fork")
FILLS_EACH, AMENDMENTS_EACH = 12, 6


def amend_repeatedly(seed: int, actor: Actor, order_id: UUID, outcomes: "Queue[str]") -> None:
    chance = random.Random(seed)
    for _ in range(AMENDMENTS_EACH):
        revision = Order.objects.get(pk=order_id).terms_revision
        command = AmendOrder(quantity=str(chance.randint(300, 1500)))
        try:
            services.amend(actor=actor, order_id=order_id, command=command, expected_revision=revision)
            outcomes.put("amended")
        except (StaleTerms, OrderNotOpen, ReplacePending, QuantityBelowFilled) as refused:
            outcomes.put(refused.code)


def fill_repeatedly(seed: int, actor: Actor, order_id: UUID, outcomes: "Queue[str]") -> None:
    chance = random.Random(seed)
    for number in range(FILLS_EACH):
        # Half of the identifiers are shared with another process: a replay that must not book twice.
        execution_id = f"E{seed if number % 2 else seed // 2}-{number}"
        try:
            booked = fill(Order(pk=order_id), str(chance.randint(1, 9)), execution_id=execution_id)
            outcomes.put("filled" if booked else "repeated")
        except ExecutionExceedsOrder as refused:
            outcomes.put(refused.code)


def cancel_late(seed: int, actor: Actor, order_id: UUID, outcomes: "Queue[str]") -> None:
    while Execution.objects.filter(order_id=order_id).count() < 20 * (seed % 3 + 1):
        pass
    try:
        services.cancel(actor=actor, order_id=order_id, command=CancelOrder())
        outcomes.put("canceled")
    except OrderNotOpen as refused:
        outcomes.put(refused.code)


def run_processes(targets: list[Callable[[], None]]) -> None:
    """Fork a process for each target and wait: each opens a connection of its own."""
    connections.close_all()
    processes = [FORK.Process(target=target) for target in targets]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * len(processes)


@pytest.mark.parametrize("seed", [1, 2])
def test_sixteen_processes_lose_no_update_of_one_order(committed_world: World, seed: int) -> None:
    Limit.objects.filter(kind=LimitKind.POSITION_QUANTITY).update(value=Decimal(100_000))
    order = committed_world.place(quantity="1000")
    outcomes: Queue[str] = FORK.Queue()
    roles = [amend_repeatedly] * 5 + [fill_repeatedly] * 9 + [cancel_late] * 2
    run_processes(
        [
            lambda role=role, number=number: role(
                seed * 100 + number, committed_world.trader, order.pk, outcomes
            )
            for number, role in enumerate(roles)
        ]
    )
    counted = Counter(outcomes.get() for _ in range(5 * AMENDMENTS_EACH + 9 * FILLS_EACH + 2))

    assert_serial(order)
    assert_books_balance()
    events = Counter(OrderRevision.objects.filter(order=order).values_list("event", flat=True))
    assert events["ReplaceRequested"] == counted["amended"]
    assert events["ExecutionApplied"] == counted["filled"] == Execution.objects.count()
    assert counted["repeated"] > 0
    assert order.status in ("canceled", "filled")


def place_one(actor: Actor, command: PlaceOrder, outcomes: "Queue[str]") -> None:
    placement = services.place(actor=actor, command=command)
    outcomes.put(f"{placement.order.status} {placement.created}")


def test_sixteen_identical_requests_make_one_order(committed_world: World) -> None:
    command = committed_world.command()
    outcomes: Queue[str] = FORK.Queue()
    run_processes([lambda: place_one(committed_world.trader, command, outcomes)] * 16)

    answers = Counter(outcomes.get() for _ in range(16))
    assert answers == {"new True": 1, "new False": 15}
    assert Position.objects.get().open_buy_quantity == 100


def test_sixteen_orders_together_never_exceed_the_position_limit(committed_world: World) -> None:
    Limit.objects.filter(kind=LimitKind.POSITION_QUANTITY).update(value=Decimal(1050))
    commands = [committed_world.command(quantity="100") for _ in range(16)]
    outcomes: Queue[str] = FORK.Queue()
    run_processes([lambda each=each: place_one(committed_world.trader, each, outcomes) for each in commands])

    answers = Counter(outcomes.get() for _ in range(16))
    assert answers == {"new True": 10, "rejected True": 6}
    assert Position.objects.get().open_buy_quantity == 1000
    assert_books_balance()
