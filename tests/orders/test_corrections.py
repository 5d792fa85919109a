"""Executions busted and corrected: order, position and exposure follow exactly."""

from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders import services
from orders.errors import ExecutionExceedsOrder, ExecutionNotFound, ExecutionNotInForce
from orders.in_force import executions_in_force
from orders.kernel.errors import NotPermitted
from orders.models import Execution, Order, Position
from tests.orders.desk import SELL_SIDE, cancel, last_report
from tests.orders.fills import fill
from tests.world import World


def bust(execution: Execution | None, report_id: str | None = None) -> Execution:
    assert execution is not None
    return services.bust_execution(
        actor=SELL_SIDE, execution_id=execution.pk, report_id=report_id or str(uuid4()), reason="erroneous"
    )


def correct(execution: Execution | None, quantity: str, price: str = "100") -> Execution:
    assert execution is not None
    return services.correct_execution(
        actor=SELL_SIDE,
        execution_id=execution.pk,
        quantity=Decimal(quantity),
        price=Decimal(price),
        report_id=str(uuid4()),
        reason="misreported",
    )


def test_a_filled_order_reopens_and_holds_its_exposure_again(world: World) -> None:
    order = world.place()
    first, second = fill(order, "40"), fill(order, "60")

    bust(second)

    order.refresh_from_db()
    position = Position.objects.get()
    assert (order.status, order.filled_quantity, order.reserved_quantity) == ("partially_filled", 40, 60)
    assert (position.bought_quantity, position.open_buy_quantity) == (40, 60)
    bust(first)
    order.refresh_from_db()
    assert (order.status, order.filled_avg_price, Position.objects.get().bought_notional) == ("new", None, 0)


def test_an_order_that_was_canceled_stays_so(world: World) -> None:
    order = world.place()
    execution = fill(order, "40")
    cancel(world, order)

    bust(execution)

    order.refresh_from_db()
    assert (order.status, order.filled_quantity, order.reserved_quantity) == ("canceled", 0, 0)
    assert Position.objects.get().open_buy_quantity == 0


def test_a_correction_takes_its_trades_place(world: World) -> None:
    order = world.place()
    traded = fill(order, "40", price="100")

    correction = correct(traded, "50", "101")

    order.refresh_from_db()
    assert (order.filled_quantity, order.filled_avg_price, order.reserved_quantity) == (50, 101, 50)
    assert list(executions_in_force().filter(order=order)) == [correction]
    assert traded is not None
    assert (correction.corrects_id, correction.market_time) == (traded.pk, traded.market_time)
    report = last_report(order)
    assert (report.exec_type, report.exec_id, report.exec_ref_id) == ("G", correction.pk, traded.pk)


def test_only_the_last_of_a_chain_is_corrected_or_busted(world: World) -> None:
    traded = fill(world.place(), "40")
    correction = correct(traded, "30")
    with pytest.raises(ExecutionNotInForce):
        correct(traded, "20")

    busted = bust(correction)

    for gone in (correction, busted):
        with pytest.raises(ExecutionNotInForce):
            bust(gone)


def test_no_correction_exceeds_the_order(world: World) -> None:
    order = world.place()
    with pytest.raises(ExecutionExceedsOrder):
        correct(fill(order, "40"), "101")


def test_an_execution_that_is_not_there_is_not_busted(world: World) -> None:
    with pytest.raises(ExecutionNotFound):
        services.bust_execution(actor=SELL_SIDE, execution_id=uuid4(), report_id="b", reason="erroneous")


def test_a_person_does_not_bust_by_himself(world: World) -> None:
    execution = fill(world.place(), "40")
    assert execution is not None
    with pytest.raises(NotPermitted):
        services.bust_execution(
            actor=world.trader, execution_id=execution.pk, report_id="b", reason="erroneous"
        )


def test_a_sell_side_position_follows_too(world: World) -> None:
    order = world.place(side="sell")
    bust(fill(order, "40"))

    position = Position.objects.get()
    assert (position.sold_quantity, position.open_sell_quantity, position.net_quantity) == (0, 100, 0)


steps = st.lists(st.tuples(st.sampled_from(["fill", "bust", "correct"]), st.integers(1, 60)), max_size=8)


@given(steps)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_sum_of_what_is_in_force_is_what_order_and_position_hold(
    world: World, acts: list[tuple[str, int]]
) -> None:
    before = Position.objects.filter(account=world.account).first()
    order = world.place()
    for act, quantity in acts:
        in_force = executions_in_force().filter(order=order)
        newest = in_force.last()
        room = Decimal(100) - sum((row.quantity for row in in_force), Decimal(0))
        if act == "fill" and quantity <= room:
            fill(order, str(quantity), price=str(90 + quantity % 10))
        elif newest is not None and act == "bust":
            bust(newest)
        elif newest is not None and act == "correct" and quantity <= room + newest.quantity:
            correct(newest, str(quantity), "95")

    order = Order.objects.get(pk=order.pk)
    rows = list(executions_in_force().filter(order=order))
    filled = sum((row.quantity for row in rows), Decimal(0))
    notional = sum((row.quantity * row.price for row in rows), Decimal(0))
    position = Position.objects.get(account=world.account)
    started = (before.bought_quantity, before.bought_notional) if before else (0, 0)
    assert (order.filled_quantity, order.filled_notional) == (filled, notional)
    assert (position.bought_quantity - started[0], position.bought_notional - started[1]) == (
        filled,
        notional,
    )
    assert order.reserved_quantity == (100 - filled if order.status != "filled" else 0)
