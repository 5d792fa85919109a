"""The transition table."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.states import (
    OPEN,
    TERMINAL,
    TRANSITIONS,
    BaseStatus,
    Facets,
    IllegalTransition,
    OrderStatus,
    Stimulus,
    allows,
    base_after,
    by_precedence,
    leaves_quantity,
    next_status,
)

statuses, stimuli = st.sampled_from(OrderStatus), st.sampled_from(Stimulus)
S = OrderStatus


@given(statuses, stimuli, st.integers(0, 10))
def test_the_table_is_the_only_way_from_status_to_status(
    status: OrderStatus, stimulus: Stimulus, filled: int
) -> None:
    quantities = {"filled_quantity": Decimal(filled), "quantity": Decimal(10)}
    if not allows(status, stimulus):
        with pytest.raises(IllegalTransition, match=status):
            next_status(status, stimulus, **quantities)
        return
    after = next_status(status, stimulus, **quantities)
    assert after == (TRANSITIONS[status, stimulus] or after)


REOPENING = {
    (S.FILLED, Stimulus.REQUEST_REPLACE),
    (S.FILLED, Stimulus.CONFIRM_REPLACE),
    (S.FILLED, Stimulus.BUST),
    (S.FILLED, Stimulus.CORRECT),
}
"""What FIX lets happen to a filled order: replaced up (C.1.c), and its executions taken back (J.1.a)."""


@given(stimuli, st.integers(0, 10))
def test_only_a_filled_order_comes_back_and_only_so(stimulus: Stimulus, filled: int) -> None:
    quantities = {"filled_quantity": Decimal(filled), "quantity": Decimal(10)}
    for status in TERMINAL:
        if allows(status, stimulus) and (status, stimulus) not in REOPENING:
            full = {**quantities, "filled_quantity": Decimal(10)} if status == S.FILLED else quantities
            assert next_status(status, stimulus, **full) in {status, S.FILLED}


def test_a_rejected_order_takes_nothing_but_the_refusal_of_its_cancel() -> None:
    taken = [stimulus for stimulus in Stimulus if allows(S.REJECTED, stimulus)]
    assert taken == [Stimulus.REJECT_CANCEL]


def test_a_cancel_that_overtook_a_rejection_is_refused() -> None:
    after = next_status(S.REJECTED, Stimulus.REJECT_CANCEL, filled_quantity=Decimal(0), quantity=Decimal(10))
    assert after == S.REJECTED


def test_every_open_status_can_end() -> None:
    for status in OPEN:
        assert allows(status, Stimulus.EXPIRE)
        assert allows(status, Stimulus.CONFIRM_CANCEL)


@given(statuses, st.integers(0, 10), st.booleans())
def test_leaves_and_filled_make_the_quantity_while_an_order_is_open(
    status: OrderStatus, filled: int, carried: bool
) -> None:
    leaves = leaves_quantity(
        status, filled_quantity=Decimal(filled), quantity=Decimal(10), is_carried_over=carried
    )
    is_over = status in TERMINAL or (status == S.DONE_FOR_DAY and not carried)
    assert leaves == (0 if is_over else 10 - filled)


PRECEDENCE = [
    (S.PENDING_CANCEL, {"cancel_pending": True}),
    (S.PENDING_REPLACE, {"replace_pending": True}),
    (S.DONE_FOR_DAY, {"base": BaseStatus.DONE_FOR_DAY}),
    (S.FILLED, {"filled_quantity": Decimal(10)}),
    (S.STOPPED, {"base": BaseStatus.STOPPED}),
    (S.CANCELED, {"base": BaseStatus.CANCELED}),
    (S.PARTIALLY_FILLED, {"filled_quantity": Decimal(4)}),
    (S.NEW, {}),
]
"""FIX's precedence, highest first, and what makes an order be in each."""


@pytest.mark.parametrize("higher", range(len(PRECEDENCE)))
def test_the_higher_state_hides_the_lower(higher: int) -> None:
    resting = {"base": BaseStatus.WORKING, "filled_quantity": Decimal(0), "quantity": Decimal(10)}
    status, facts = PRECEDENCE[higher]
    for _lower, also in PRECEDENCE[higher:]:
        assert by_precedence(Facets(**{**resting, **also, **facts})) == status  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (BaseStatus.PENDING_NEW, S.PENDING_NEW),
        (BaseStatus.REJECTED, S.REJECTED),
        (BaseStatus.EXPIRED, S.EXPIRED),
    ],
)
def test_an_order_without_fills_is_what_stands_beneath(base: BaseStatus, expected: OrderStatus) -> None:
    assert by_precedence(Facets(base=base, filled_quantity=Decimal(0), quantity=Decimal(10))) == expected


@pytest.mark.parametrize(
    ("base", "stimulus", "after"),
    [
        (BaseStatus.PENDING_NEW, Stimulus.ACCEPT, BaseStatus.WORKING),
        (BaseStatus.CANCELED, Stimulus.ACCEPT, BaseStatus.CANCELED),
        (BaseStatus.DONE_FOR_DAY, Stimulus.RESTATE, BaseStatus.WORKING),
        (BaseStatus.STOPPED, Stimulus.RESTATE, BaseStatus.STOPPED),
        (BaseStatus.WORKING, Stimulus.EXPIRE, BaseStatus.EXPIRED),
        (BaseStatus.WORKING, Stimulus.FILL, BaseStatus.WORKING),
    ],
)
def test_few_things_change_what_stands_beneath(
    base: BaseStatus, stimulus: Stimulus, after: BaseStatus
) -> None:
    assert base_after(base, stimulus) == after


def test_a_fill_while_a_cancel_is_pending_does_not_hide_the_cancel() -> None:
    after = next_status(
        OrderStatus.PENDING_CANCEL, Stimulus.FILL, filled_quantity=Decimal(10), quantity=Decimal(10)
    )
    assert after == OrderStatus.PENDING_CANCEL
