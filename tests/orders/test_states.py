"""The transition table."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.states import (
    OPEN,
    TERMINAL,
    TRANSITIONS,
    IllegalTransition,
    OrderStatus,
    Stimulus,
    allows,
    leaves_quantity,
    next_status,
    status_by_quantity,
)

statuses, stimuli = st.sampled_from(OrderStatus), st.sampled_from(Stimulus)


@given(statuses, stimuli, st.integers(0, 10))
def test_the_table_is_the_only_way_from_status_to_status(
    status: OrderStatus, stimulus: Stimulus, filled: int
) -> None:
    quantities = {"filled_quantity": Decimal(filled), "quantity": Decimal(10)}
    if not allows(status, stimulus):
        with pytest.raises(IllegalTransition, match=status):
            next_status(status, stimulus, **quantities)
        return
    expected = TRANSITIONS[status, stimulus] or status_by_quantity(Decimal(filled), Decimal(10))
    assert next_status(status, stimulus, **quantities) == expected


def test_nothing_brings_an_ended_order_back() -> None:
    for (status, _stimulus), target in TRANSITIONS.items():
        if status in TERMINAL:
            assert target == status


def test_a_rejected_order_takes_nothing_at_all() -> None:
    assert not any(allows(OrderStatus.REJECTED, stimulus) for stimulus in Stimulus)


def test_every_open_status_can_end() -> None:
    for status in OPEN:
        assert allows(status, Stimulus.EXPIRE)
        assert allows(status, Stimulus.CONFIRM_CANCEL)


@given(statuses, st.integers(0, 10))
def test_leaves_and_filled_make_the_quantity_while_an_order_is_open(status: OrderStatus, filled: int) -> None:
    leaves = leaves_quantity(status, filled_quantity=Decimal(filled), quantity=Decimal(10))
    assert leaves == (0 if status in TERMINAL else 10 - filled)


@pytest.mark.parametrize(
    ("filled", "expected"),
    [(0, OrderStatus.NEW), (3, OrderStatus.PARTIALLY_FILLED), (10, OrderStatus.FILLED)],
)
def test_quantities_tell_new_from_partly_and_wholly_filled(filled: int, expected: OrderStatus) -> None:
    assert status_by_quantity(Decimal(filled), Decimal(10)) == expected


def test_a_fill_while_a_cancel_is_pending_does_not_hide_the_cancel() -> None:
    after = next_status(
        OrderStatus.PENDING_CANCEL, Stimulus.FILL, filled_quantity=Decimal(10), quantity=Decimal(10)
    )
    assert after == OrderStatus.PENDING_CANCEL
