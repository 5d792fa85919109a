"""Every type with every time in force and quantity, by the API: refused with a code, or worked to its right end."""

from itertools import product
from typing import Any

import pytest

from execution.selectors import open_past_close
from execution.services.stop_run import close_run
from execution.services.triggers import evaluate_triggers
from orders.combinations import DISPLAY_TIMES, DISPLAY_TYPES, MINIMUM_TIMES, TIMES
from orders.kernel.context import process_actor
from orders.models import Order
from orders.selectors import market_now
from orders.terms import SURVIVING, TRIGGERED_TYPES, OrderType, TimeInForce
from tests.execution.replay import Replay, fresh
from tests.orders.api.conftest import client_of, order_body
from tests.world import World

WORKER = process_actor("worker")
BEFORE_THE_OPEN, SESSION = 5, 390
REACHED: dict[OrderType, dict[str, str]] = {
    OrderType.MARKET: {},
    OrderType.LIMIT: {"limit_price": "105"},
    OrderType.STOP: {"stop_price": "50"},
    OrderType.STOP_LIMIT: {"stop_price": "98", "limit_price": "102"},
    OrderType.MARKET_IF_TOUCHED: {"stop_price": "150"},
    OrderType.TRAILING_STOP: {"trail_price": "0.01"},
}
"""Prices of a buy that the day reaches in its first minutes."""
UNREACHED: dict[OrderType, dict[str, str]] = {
    OrderType.LIMIT: {"limit_price": "50"},
    OrderType.STOP: {"stop_price": "150"},
    OrderType.STOP_LIMIT: {"stop_price": "150", "limit_price": "150"},
    OrderType.MARKET_IF_TOUCHED: {"stop_price": "50"},
    OrderType.TRAILING_STOP: {"trail_price": "90"},
}
QUANTITIES: list[dict[str, str]] = [
    {},
    {"display_quantity": "20"},
    {"minimum_quantity": "20"},
    {"display_quantity": "20", "minimum_quantity": "20"},
]


def is_possible(order_type: OrderType, time_in_force: TimeInForce, quantities: dict[str, str]) -> bool:
    """What orders/combinations.py says."""
    shown = order_type in DISPLAY_TYPES and time_in_force in DISPLAY_TIMES
    return (
        time_in_force in TIMES[order_type]
        and ("display_quantity" not in quantities or shown)
        and ("minimum_quantity" not in quantities or time_in_force in MINIMUM_TIMES)
    )


def live_through_a_session(world: World, replay: Replay, order: Order) -> Order:
    """Placed five minutes before the open, worked until half an hour after the close."""
    for minutes in (BEFORE_THE_OPEN, *[1] * 4, SESSION - 4, 30):
        replay.plan(order)
        replay.dispatch()
        replay.pass_minutes(minutes)
        evaluate_triggers(actor=WORKER, market_time=market_now())
        replay.listen()
    for order_id in open_past_close(market_now()):
        close_run(actor=WORKER, order_id=order_id, market_time=market_now())
    replay.resolve()
    replay.listen()
    return fresh(order)


@pytest.fixture
def early(replay: Replay) -> Replay:
    """Five minutes before the open."""
    replay.pass_minutes(-10 - BEFORE_THE_OPEN)
    return replay


@pytest.mark.parametrize("quantities", QUANTITIES, ids=lambda given: "+".join(given) or "plain")
@pytest.mark.parametrize("time_in_force", list(TimeInForce))
@pytest.mark.parametrize("order_type", list(OrderType))
def test_combination_is_refused_or_filled(
    world: World, early: Replay, order_type: OrderType, time_in_force: TimeInForce, quantities: dict[str, str]
) -> None:
    answer = ask(world, order_type, time_in_force, {**REACHED[order_type], **quantities})

    if not is_possible(order_type, time_in_force, quantities):
        assert (answer.status_code, answer.json()["code"]) == (400, "INPUT_INVALID")
        return
    assert answer.status_code == 201, answer.json()
    order = live_through_a_session(world, early, Order.objects.get(pk=answer.json()["id"]))
    assert (order.status, order.filled_quantity) == ("filled", 40)
    assert (order.triggered_at is not None) == (order_type in TRIGGERED_TYPES)


@pytest.mark.parametrize(
    ("order_type", "time_in_force"),
    [
        (order_type, time_in_force)
        for order_type, time_in_force in product(UNREACHED, TimeInForce)
        if time_in_force in TIMES[order_type]
    ],
)
def test_combination_that_the_market_does_not_reach_ends_as_its_time_in_force_says(
    world: World, early: Replay, order_type: OrderType, time_in_force: TimeInForce
) -> None:
    last_day = {"expires_on": "2013-10-08"} if time_in_force is TimeInForce.GTD else {}
    answer = ask(world, order_type, time_in_force, {**UNREACHED[order_type], **last_day})

    order = live_through_a_session(world, early, Order.objects.get(pk=answer.json()["id"]))

    if time_in_force in SURVIVING:
        assert order.status == "done_for_day"
    else:
        assert order.status == ("expired" if time_in_force is TimeInForce.DAY else "canceled")
        assert order.reserved_quantity == 0
    assert (order.filled_quantity, order.triggered_at) == (0, None)


def ask(world: World, order_type: OrderType, time_in_force: TimeInForce, terms: dict[str, Any]) -> Any:
    last_day = {"expires_on": "2013-10-07"} if time_in_force is TimeInForce.GTD else {}
    given = {"limit_price": None, **last_day, **terms}
    body = order_body(type=order_type.value, time_in_force=time_in_force.value, quantity="40", **given)
    return client_of(world.trader).post("/api/v1/orders", body, format="json")
