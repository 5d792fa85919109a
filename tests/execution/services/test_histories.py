"""A client and the gateway at an order that is live at a venue: requests become pending, and reports cross them."""

import multiprocessing
import random
import time
from collections.abc import Iterator
from decimal import Decimal
from multiprocessing.synchronize import Barrier
from pathlib import Path
from uuid import UUID

import pytest
from django.db.models import Sum

from execution.gateway import GATEWAY
from execution.models import VenueOrder, VenueReport
from execution.services.apply_report import apply_report
from execution.services.store_report import store_reports
from execution.venues.protocol import parse_report
from orders import services
from orders.commands import AmendOrder, CancelOrder
from orders.errors import OrderNotOpen, QuantityBelowFilled
from orders.kernel.context import Actor
from orders.models import Order
from tests.execution.market import load_day
from tests.execution.replay import Replay, fresh
from tests.orders.serial_history import assert_books_balance, assert_serial
from tests.orders.test_concurrency import run_processes
from tests.world import World

FORK = multiprocessing.get_context("fork")
ROUNDS = 10
MOST_HEAD_START_S = 0.01
PATIENCE_S = 120
SEEDS = [1, *[pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 8)]]


@pytest.fixture
def site(committed_world: World, tmp_path: Path) -> Iterator[Replay]:
    load_day()
    site = Replay(tmp_path, minutes_after_open=10)
    yield site
    site.close()


def filled_at_venue(world: World, site: Replay) -> list[UUID]:
    """Orders that the venue has filled, its reports stored with us and none of them applied."""
    orders = [world.place(type="market", limit_price=None) for _ in range(ROUNDS)]
    for order in orders:
        site.plan(order)
    site.dispatch()
    site.pass_minutes(1)
    for _, line in site._store.report_lines(0, 10_000):
        store_reports(venue="SIM", reports=[parse_report(line)])
    return [order.pk for order in orders]


def ask(verb: str, orders: list[UUID], trader: Actor, seed: int, start: Barrier) -> None:
    """Cancel or amend each order; one that is filled by then is refused."""
    chance = random.Random(seed)
    for order_id in orders:
        start.wait(PATIENCE_S)
        time.sleep(chance.uniform(0, MOST_HEAD_START_S))
        try:
            if verb == "cancel":
                services.cancel(actor=trader, order_id=order_id, command=CancelOrder())
            else:
                command = AmendOrder.model_validate({"quantity": "150" if seed % 2 else "50"})
                services.amend(actor=trader, order_id=order_id, command=command, expected_revision=1)
        except (OrderNotOpen, QuantityBelowFilled):
            continue


def listen(orders: list[UUID], seed: int, start: Barrier) -> None:
    """Apply what is stored about each order, as the gateway does."""
    chance = random.Random(-seed)
    for order_id in orders:
        venue_order = VenueOrder.objects.get(run__order_id=order_id)
        reports = VenueReport.objects.filter(client_order_id=venue_order.pk, applied_at=None)
        waiting = list(reports.order_by("sequence").values_list("pk", flat=True))
        start.wait(PATIENCE_S)
        time.sleep(chance.uniform(0, MOST_HEAD_START_S))
        for report_id in waiting:
            apply_report(actor=GATEWAY, report_id=report_id)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("verb", ["cancel", "replace"])
def test_a_request_that_crosses_the_fill_leaves_a_legal_history_and_what_the_venue_did(
    committed_world: World, site: Replay, verb: str, seed: int
) -> None:
    orders = filled_at_venue(committed_world, site)
    start = FORK.Barrier(2)

    run_processes(
        [
            lambda: ask(verb, orders, committed_world.trader, seed, start),
            lambda: listen(orders, seed, start),
        ]
    )
    site.resolve(lease_over=True)
    site.listen()

    for order_id in orders:
        order = fresh(Order(pk=order_id))
        assert_serial(order)
        sent = VenueOrder.objects.filter(run__order_id=order_id)
        assert sent.aggregate(total=Sum("filled_quantity"))["total"] == order.filled_quantity == Decimal(100)
        assert not order.status.startswith("pending_")
    assert_books_balance()
    assert sum(site.record.filled_quantities().values()) == 100 * ROUNDS
