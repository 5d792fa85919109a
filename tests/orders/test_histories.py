"""Two processes at one order, again and again: whatever they were told, some serial order explains it."""

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from uuid import UUID

import pytest

from execution.selectors import run_of
from execution.services.stop_run import close_run
from orders import services
from orders.commands import AmendOrder, CancelOrder
from orders.kernel.context import Actor
from orders.kernel.errors import DomainError
from orders.models import Order
from orders.selectors import executions_of
from tests.orders.concurrent_history import DONE, Call, State, serial_order
from tests.orders.fills import GATEWAY, a_fill
from tests.orders.serial_history import assert_books_balance, assert_serial
from tests.orders.test_concurrency import run_processes
from tests.world import World

FORK = multiprocessing.get_context("fork")
ORDERED = Decimal(100)
ROUNDS = 15
MOST_HEAD_START_S = 0.004
PATIENCE_S = 120


@dataclass(frozen=True)
class Step:
    """What one process does to an order: fill and amend with a quantity, amend from the first revision.

    A bust takes back the fill of the same quantity that the process reported before.
    """

    verb: str
    quantity: int = 0

    def perform(self, order: Order, trader: Actor, name: str) -> None:
        if self.verb == "fill":
            fill = a_fill(str(self.quantity), execution_id=f"{name}-{self.quantity}")
            services.apply_execution(actor=GATEWAY, order_id=order.pk, fill=fill)
        elif self.verb == "bust":
            execution = executions_of(order).get(venue_execution_id=f"{name}-{self.quantity}")
            services.bust_execution(
                actor=GATEWAY, execution_id=execution.pk, report_id=f"{name}-bust", reason="clearly erroneous"
            )
        elif self.verb == "cancel":
            services.cancel(actor=trader, order_id=order.pk, command=CancelOrder())
        elif self.verb == "amend":
            command = AmendOrder.model_validate({"quantity": str(self.quantity)})
            services.amend(actor=trader, order_id=order.pk, command=command, expected_revision=1)
        else:
            run = run_of(order)
            assert run is not None
            close_run(actor=GATEWAY, order_id=order.pk, market_time=run.works_until)


PAIRS: dict[str, tuple[list[Step], list[Step]]] = {
    "cancel against fill": ([Step("cancel")], [Step("fill", 60), Step("fill", 40)]),
    "replace against fill": ([Step("amend", 60)], [Step("fill", 50), Step("fill", 30)]),
    "bust against fill": ([Step("fill", 60), Step("bust", 60)], [Step("fill", 30), Step("fill", 10)]),
    "two replaces": ([Step("amend", 150)], [Step("amend", 80), Step("fill", 80)]),
    "expiry against replace": ([Step("expire")], [Step("amend", 120), Step("fill", 20)]),
}


def act(
    steps: list[Step],
    orders: list[UUID],
    trader: Actor,
    seed: str,
    start: Barrier,
    told: "Queue[tuple[UUID, Call]]",
) -> None:
    """Take the steps on each order; both processes begin together, each with a head start by the seed."""
    chance = random.Random(seed)
    for order_id in orders:
        order = Order.objects.get(pk=order_id)
        start.wait(PATIENCE_S)
        time.sleep(chance.uniform(0, MOST_HEAD_START_S))
        for step in steps:
            began_ns = time.monotonic_ns()
            answer = DONE
            try:
                step.perform(order, trader, f"{order_id}-{seed}")
            except DomainError as refused:
                answer = refused.code
            call = Call(step.verb, began_ns, time.monotonic_ns(), answer, Decimal(step.quantity), 1)
            told.put((order_id, call))


def histories(world: World, pair: str, seed: int) -> dict[UUID, list[Call]]:
    """What two processes were told of ROUNDS orders, by order."""
    orders = [world.place(quantity=str(ORDERED)).pk for _ in range(ROUNDS)]
    told: Queue[tuple[UUID, Call]] = FORK.Queue()
    start = FORK.Barrier(2)
    one, other = PAIRS[pair]

    def acting(steps: list[Step], name: str) -> Callable[[], None]:
        return lambda: act(steps, orders, world.trader, f"{seed}-{name}", start, told)

    run_processes([acting(one, "one"), acting(other, "other")])
    found: dict[UUID, list[Call]] = {order_id: [] for order_id in orders}
    for _ in range(ROUNDS * (len(one) + len(other))):
        order_id, call = told.get(timeout=PATIENCE_S)
        found[order_id].append(call)
    return found


def state_of(order: Order) -> State:
    return State(order.status, order.quantity, order.filled_quantity, order.terms_revision)


BEGIN = State("new", ORDERED)
SEEDS = [1, *[pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12)]]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("pair", PAIRS)
def test_a_serial_order_explains_what_two_processes_were_told(
    committed_world: World, pair: str, seed: int
) -> None:
    for order_id, calls in histories(committed_world, pair, seed).items():
        order = Order.objects.get(pk=order_id)
        assert serial_order(BEGIN, calls, state_of(order)) is not None, (calls, state_of(order))
        assert_serial(order)
    assert_books_balance()


def call(verb: str, began_ns: int, ended_ns: int, told: str = DONE, quantity: int = 0) -> Call:
    return Call(verb, began_ns, ended_ns, told, Decimal(quantity), 1)


OVERLAPPING = [call("cancel", 0, 10), call("fill", 5, 15, quantity=60)]
CANCELED = State("canceled", ORDERED, Decimal(60))


def test_calls_that_overlap_may_have_come_in_either_order() -> None:
    fill_first = serial_order(BEGIN, OVERLAPPING, CANCELED)

    assert fill_first is not None
    assert Counter(fill_first) == Counter(OVERLAPPING)


@pytest.mark.parametrize(
    ("calls", "end"),
    [
        pytest.param(OVERLAPPING, replace(CANCELED, filled_quantity=Decimal(0)), id="a fill got lost"),
        pytest.param(OVERLAPPING, replace(CANCELED, filled_quantity=Decimal(120)), id="a fill came twice"),
        pytest.param(OVERLAPPING, replace(CANCELED, status="partially_filled"), id="a cancel got lost"),
        pytest.param(
            [call("amend", 0, 10, quantity=150), call("amend", 5, 15, quantity=80)],
            State("new", Decimal(80), Decimal(0), 3),
            id="two amendments of one revision",
        ),
        pytest.param(
            [call("cancel", 0, 10, "STATE_ORDER_NOT_OPEN"), call("fill", 5, 15, quantity=60)],
            State("partially_filled", ORDERED, Decimal(60)),
            id="refused for no reason",
        ),
        pytest.param(
            [call("fill", 0, 4, quantity=100), call("cancel", 5, 15)],
            State("canceled", ORDERED, ORDERED),
            id="cancelled after it was known to be filled",
        ),
    ],
)
def test_a_history_that_no_serial_order_explains_is_refused(calls: list[Call], end: State) -> None:
    assert serial_order(BEGIN, calls, end) is None


def test_a_real_history_that_is_falsified_is_refused(committed_world: World) -> None:
    told = histories(committed_world, "two replaces", 7)
    order_id, calls = next((order_id, calls) for order_id, calls in told.items() if len(calls) == 3)
    end = state_of(Order.objects.get(pk=order_id))
    assert serial_order(BEGIN, calls, end) is not None

    refused = next(each for each in calls if each.verb == "amend" and each.told != DONE)
    falsified = [replace(each, told=DONE) if each is refused else each for each in calls]

    assert serial_order(BEGIN, falsified, end) is None
    assert serial_order(BEGIN, calls, replace(end, filled_quantity=end.filled_quantity + 1)) is None
