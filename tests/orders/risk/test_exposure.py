"""The reservation, where two orders meet at a position that is not there yet."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from django.db import connection

from orders.models import Position
from orders.states import OrderStatus
from tests.world import World


def placed_by_another_session(world: World, **changes: Any) -> None:
    """Place and commit an order over a connection of its own."""

    def place() -> None:
        try:
            world.place(**changes)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as session:
        session.submit(place).result(timeout=120)


def once_after_the_first_reservation(act: Callable[[], None]) -> Callable[..., Any]:
    """A wrapper of statements that lets `act` happen when the first reservation was tried."""
    happened = False

    def wrapper(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        nonlocal happened
        result = execute(sql, *arguments)
        if "FOR NO KEY UPDATE OF position" in sql and not happened:
            happened = True
            act()
        return result

    return wrapper


def test_the_first_two_orders_of_a_position_are_both_admitted_when_they_meet(committed_world: World) -> None:
    meet = once_after_the_first_reservation(lambda: placed_by_another_session(committed_world))

    with connection.execute_wrapper(meet):
        order = committed_world.place()

    assert order.status == OrderStatus.NEW
    assert Position.objects.get().open_buy_quantity == 200


def test_the_second_of_two_that_meet_is_refused_where_both_would_pass_the_limit(
    committed_world: World,
) -> None:
    limit = Decimal(20_000)
    meet = once_after_the_first_reservation(
        lambda: [placed_by_another_session(committed_world, quantity="10000") for _ in range(2)]
    )

    with connection.execute_wrapper(meet):
        order = committed_world.place()

    assert (order.status, order.denial_code) == (OrderStatus.REJECTED, "RISK_POSITION_LIMIT")
    assert Position.objects.get().open_buy_quantity == limit
