"""Whatever order reports come in, and however often: what stands here in the end is what stands at the venue."""

import random
from dataclasses import replace as changed
from decimal import Decimal
from uuid import UUID

import pytest

from execution.gateway import apply_stored
from execution.models import VenueOrder, VenueReport
from execution.selectors import venue_orders_of
from execution.services.store_report import store_reports
from execution.venues.protocol import CancelTrade, CorrectTrade, Report, TradeChangeKind, parse_report
from execution.venues.simulated.record import VenueRecord
from orders.in_force import executions_in_force
from tests.execution.replay import Replay, fresh
from tests.orders.serial_history import assert_books_balance
from tests.world import World

SEEDS = [1, *[pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 30)]]
Standing = set[tuple[str, Decimal, Decimal]]


def standing_at(record: VenueRecord) -> Standing:
    """The venue's executions and corrections that nothing has replaced."""
    changes = record.trade_changes()
    replaced = {change.execution_ref_id for change in changes}
    corrections = [change for change in changes if change.kind is TradeChangeKind.CORRECT]
    told = [*(row.execution for row in record.executions()), *corrections]
    return {(row.execution_id, row.quantity, row.price) for row in told if row.execution_id not in replaced}


def standing_here() -> Standing:
    rows = executions_in_force().values_list("venue_execution_id", "quantity", "price")
    return {(execution_id, quantity, price) for execution_id, quantity, price in rows}


def change_some(replay: Replay, dice: random.Random) -> None:
    for execution_id, quantity, price in sorted(standing_at(replay.record)):
        chance = dice.random()
        if chance < 0.25:
            replay.change_trade(CancelTrade(execution_id, "error"))
        elif chance < 0.5:
            terms = (max(quantity - dice.randint(0, 9), Decimal(1)), price + Decimal("0.01"))
            replay.change_trade(CorrectTrade(execution_id, *terms, "error"))


def in_any_order(reports: list[Report], dice: random.Random) -> list[Report]:
    """The same reports shuffled, some of them twice, under sequences of their new order."""
    told = [*reports, *(report for report in reports if dice.random() < 0.3)]
    dice.shuffle(told)
    return [changed(report, sequence=number) for number, report in enumerate(told, start=1)]


@pytest.mark.parametrize("seed", SEEDS)
def test_shuffled_and_repeated_reports_end_at_the_venues_record(
    world: World, replay: Replay, seed: int
) -> None:
    dice = random.Random(seed)
    orders = [world.place(type="market", limit_price=None, quantity=str(100 + each)) for each in range(5)]
    for order in orders:
        replay.plan(order)
    replay.dispatch()
    replay.pass_minutes(2)
    # No bar comes after them: what a later fill of the freed quantity would exceed is a break (reconciliation.md).
    for _ in range(4):
        change_some(replay, dice)
    reports = [parse_report(line) for _, line in replay._store.report_lines(0, 10_000)]

    for report in in_any_order(reports, dice):
        store_reports(venue="SIM", reports=[report])
        if dice.random() < 0.5:
            apply_stored("SIM")
    for _ in range(5):
        VenueReport.objects.update(next_attempt_at=None)
        apply_stored("SIM")
    replay.reconcile()
    apply_stored("SIM")

    assert standing_here() == standing_at(replay.record)
    filled: dict[UUID, Decimal] = {
        order.request.client_order_id: order.cumulative_quantity for order in replay.record.orders()
    }
    assert dict(VenueOrder.objects.values_list("pk", "filled_quantity")) == filled
    for order in orders:
        assert fresh(order).filled_quantity == filled[venue_orders_of(order).get().pk]
    assert_books_balance()
