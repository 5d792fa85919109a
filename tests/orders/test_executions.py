"""Fills on orders and positions."""

from decimal import Decimal

import pytest

from orders import services
from orders.commands import CancelOrder
from orders.errors import ExecutionExceedsOrder, OrderNotFound
from orders.kernel.ids import new_id
from orders.kernel.transactions import NotInTransaction
from orders.models import Execution, Order, Position
from orders.states import IllegalTransition
from tests.orders.fills import GATEWAY, a_fill, fill
from tests.world import World


def test_fills_move_quantities_average_price_and_position_together(world: World) -> None:
    order = world.place(quantity="300")
    fill(order, "100", price="99.5")
    fill(order, "50", price="98")

    order.refresh_from_db()
    assert (order.status, order.filled_quantity, order.leaves_quantity) == ("partially_filled", 150, 150)
    assert order.filled_avg_price == Decimal("99")
    position = Position.objects.get()
    assert (position.net_quantity, position.open_buy_quantity) == (150, 150)
    assert position.bought_notional == Decimal("14850")


def test_an_order_without_fills_has_no_average_price(world: World) -> None:
    assert world.place().filled_avg_price is None


def test_the_last_fill_fills_the_order(world: World) -> None:
    order = world.place()
    fill(order, "100")

    order.refresh_from_db()
    assert (order.status, order.leaves_quantity, order.reserved_quantity) == ("filled", 0, 0)


def test_a_repeated_execution_is_booked_once(world: World) -> None:
    order = world.place()
    assert fill(order, "40", execution_id="E1") is not None
    assert fill(order, "40", execution_id="E1") is None

    order.refresh_from_db()
    assert (order.filled_quantity, Position.objects.get().net_quantity, Execution.objects.count()) == (
        40,
        40,
        1,
    )


def test_more_than_was_ordered_is_not_booked(world: World) -> None:
    order = world.place()
    fill(order, "60")

    with pytest.raises(ExecutionExceedsOrder):
        fill(order, "41")
    assert Position.objects.get().net_quantity == 60


def test_late_fill_after_cancel_is_recorded(world: World) -> None:
    order = world.place()
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())
    fill(order, "30")

    order.refresh_from_db()
    assert (order.status, order.filled_quantity, order.leaves_quantity) == ("canceled", 30, 0)
    position = Position.objects.get()
    assert (position.net_quantity, position.open_buy_quantity) == (30, 0)


def test_a_rejected_order_takes_no_fill(world: World) -> None:
    order = world.place(quantity="10001")

    with pytest.raises(IllegalTransition):
        fill(order, "1")


def test_a_fill_for_an_order_that_is_not_ours_is_an_error(world: World) -> None:
    with pytest.raises(OrderNotFound):
        fill(Order(pk=new_id()), "1")


def test_a_step_refuses_to_run_outside_a_transaction(committed_world: World) -> None:
    order = committed_world.place()

    with pytest.raises(NotInTransaction):
        services.book_execution(actor=GATEWAY, order=order, fill=a_fill("1"))
