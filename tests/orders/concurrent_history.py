"""Explains what concurrent clients were told: is there a serial order of their calls that tells each of them the same?

A history is a list of calls, each with when it was begun and ended and what its caller was told. It is legal when some
order of the calls, in which no call comes before one that had ended before it began, gives every caller the same
answer in a model of one order, and leaves the model as the database is now (linearizability: Herlihy and Wing 1990;
the search is that of Wing and Gong 1993).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from orders.errors import ExecutionExceedsOrder, OrderNotOpen, QuantityBelowFilled, StaleTerms

DONE = "done"
ENDED = ("filled", "canceled", "expired")


@dataclass(frozen=True, slots=True)
class State:
    """What the model remembers of an order that nothing of is at a venue: requests are answered at once."""

    status: str
    quantity: Decimal
    filled_quantity: Decimal = Decimal(0)
    terms_revision: int = 1


@dataclass(frozen=True, slots=True)
class Call:
    """`verb` with its arguments; begun and ended in nanoseconds of one clock; `told` is DONE or an error's code."""

    verb: str
    began_ns: int
    ended_ns: int
    told: str
    quantity: Decimal = Decimal(0)
    expected_revision: int = 0


def fill(state: State, call: Call) -> tuple[str, State]:
    """A fill is booked on an ended order too, as long as it does not exceed what was ordered."""
    filled = state.filled_quantity + call.quantity
    if filled > state.quantity:
        return ExecutionExceedsOrder.code, state
    return DONE, replace(state, filled_quantity=filled, status=_status(state, filled))


def bust(state: State, call: Call) -> tuple[str, State]:
    """What was filled is taken back; a filled order reopens."""
    filled = state.filled_quantity - call.quantity
    return DONE, replace(state, filled_quantity=filled, status=_status(state, filled))


def _status(state: State, filled: Decimal) -> str:
    """FIX's precedence: filled stands above canceled and expired, and these above partially filled and new."""
    if filled == state.quantity:
        return "filled"
    if state.status in ("canceled", "expired"):
        return state.status
    return "partially_filled" if filled else "new"


def cancel(state: State, call: Call) -> tuple[str, State]:
    """Only what is open can be cancelled."""
    if state.status in ENDED:
        return OrderNotOpen.code, state
    return DONE, replace(state, status="canceled")


def amend(state: State, call: Call) -> tuple[str, State]:
    """New terms need the revision that was looked at, an open order, and room for what is filled."""
    if state.terms_revision != call.expected_revision:
        return StaleTerms.code, state
    if state.status in ENDED:
        return OrderNotOpen.code, state
    if call.quantity < state.filled_quantity:
        return QuantityBelowFilled.code, state
    filled = state.filled_quantity
    status = "new" if not filled else "filled" if filled == call.quantity else "partially_filled"
    return DONE, replace(
        state, quantity=call.quantity, terms_revision=state.terms_revision + 1, status=status
    )


def expire(state: State, call: Call) -> tuple[str, State]:
    """The session's end changes nothing of an order that has ended."""
    return DONE, state if state.status in ENDED else replace(state, status="expired")


VERBS: dict[str, Callable[[State, Call], tuple[str, State]]] = {
    "fill": fill,
    "bust": bust,
    "cancel": cancel,
    "amend": amend,
    "expire": expire,
}


def serial_order(begin: State, calls: Sequence[Call], end: State) -> list[Call] | None:
    """Return a serial order that explains the history, or None when there is none."""
    if not calls:
        return [] if begin == end else None
    for call in _possible_next(calls):
        told, state = VERBS[call.verb](begin, call)
        if told != call.told:
            continue
        rest = serial_order(state, [other for other in calls if other is not call], end)
        if rest is not None:
            return [call, *rest]
    return None


def _possible_next(calls: Sequence[Call]) -> Iterator[Call]:
    """Those that no other call had ended before they began."""
    first_end = min(call.ended_ns for call in calls)
    return (call for call in calls if call.began_ns <= first_end)
