"""Checks that an order's history is one that a single clerk could have written, step by step."""

from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from orders.in_force import executions_in_force
from orders.models import Execution, Order, OrderRevision, Position
from orders.states import OrderStatus, Stimulus, next_status
from orders.terms import Side
from tests.orders.exposures import assert_exposure_follows

STIMULI = {
    "ExecutionApplied": Stimulus.FILL,
    "ReplaceRequested": Stimulus.REQUEST_REPLACE,
    "OrderReplaced": Stimulus.CONFIRM_REPLACE,
    "CancelRequested": Stimulus.REQUEST_CANCEL,
    "OrderCanceled": Stimulus.CONFIRM_CANCEL,
    "CancelRejected": Stimulus.REJECT_CANCEL,
    "OrderExpired": Stimulus.EXPIRE,
    "ExecutionBusted": Stimulus.BUST,
}


def assert_serial(order: Order) -> None:
    """Replay the revisions: gapless, each starting where the one before ended, each a row of the table."""
    order.refresh_from_db()
    revisions = list(OrderRevision.objects.filter(order=order).order_by("version"))
    assert [revision.version for revision in revisions] == list(range(1, order.version + 1))
    state: dict[str, Any] = {}
    for revision in revisions:
        before, after = revision.facts["before"], revision.facts["after"]
        assert before == {name: state[name] for name in before}, f"version {revision.version} lost an update"
        _assert_in_table(revision.event, state, after)
        state.update(after)
    _assert_row_is(order, state)


def _assert_in_table(event: str, state: dict[str, Any], after: dict[str, Any]) -> None:
    if event not in STIMULI:
        assert event in ("OrderPlaced", "OrderRejected", "AmendmentRefused", "ReplaceRejected")
        return
    merged = {**state, **after}
    expected = next_status(
        OrderStatus(state["status"]),
        STIMULI[event],
        filled_quantity=Decimal(merged["filled_quantity"]),
        quantity=Decimal(merged["quantity"]),
    )
    assert merged["status"] == expected, event


def _assert_row_is(order: Order, state: dict[str, Any]) -> None:
    for name, value in state.items():
        row = getattr(order, name)
        assert row == (Decimal(value) if isinstance(row, Decimal) else value), name


def assert_books_balance() -> None:
    """Every position is the sum of its executions, its open quantity the sum of what orders reserve, and so on."""
    orders = list(Order.objects.all())
    fills: dict[UUID, list[Execution]] = defaultdict(list)
    for fill in executions_in_force():
        fills[fill.order_id].append(fill)
    for position in Position.objects.all():
        for side, done in ((Side.BUY, "bought"), (Side.SELL, "sold")):
            of = (position.account_id, position.instrument_id, side)
            own = [order for order in orders if (order.account_id, order.instrument_id, order.side) == of]
            booked = [fill for order in own for fill in fills[order.pk]]
            assert getattr(position, f"{done}_quantity") == sum(fill.quantity for fill in booked)
            assert getattr(position, f"open_{side}_quantity") == sum(order.reserved_quantity for order in own)
            assert getattr(position, f"{done}_notional") == sum(fill.quantity * fill.price for fill in booked)
    assert_exposure_follows()
    for order in orders:
        assert order.filled_quantity == sum(fill.quantity for fill in fills[order.pk])
        assert order.filled_quantity + order.leaves_quantity <= order.quantity
