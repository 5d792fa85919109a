"""A venue's record of an order held against ours: what is to be booked, and what booking does not mend. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from execution.venues.protocol import Execution, OrderRecord, TradeChange, VenueOrderState
from execution.venues.protocol.words import OPEN_STATES
from orders.kernel.money import decimal_text
from orders.states import OPEN, OrderStatus

_WITHOUT_ORDER = frozenset({VenueOrderState.UNKNOWN, VenueOrderState.VOIDED})


class DifferenceKind(StrEnum):
    """What differs.

    execution_missing: the venue has an execution that could not be booked here. execution_unknown: we have one that
    the venue does not know. execution_differs: both have it, with another quantity or price. quantity: the executions
    agree, what is filled does not. status: one side holds the order for open, the other for ended. order_unknown: the
    venue does not know an order of which it had told us. not_understood: the venue's answer about it is not understood.
    """

    EXECUTION_MISSING = "execution_missing"
    EXECUTION_UNKNOWN = "execution_unknown"
    EXECUTION_DIFFERS = "execution_differs"
    QUANTITY = "quantity"
    STATUS = "status"
    ORDER_UNKNOWN = "order_unknown"
    NOT_UNDERSTOOD = "not_understood"


class Terms(NamedTuple):
    """Units and price per unit of an execution; nothing and nothing for a bust."""

    quantity: Decimal
    price: Decimal

    def __str__(self) -> str:
        return f"{decimal_text(self.quantity)} at {decimal_text(self.price)}" if self.quantity else "bust"


class Difference(NamedTuple):
    """What the two records say; `subject` is an execution's id at the venue, or empty."""

    kind: DifferenceKind
    subject: str
    ours: str
    venues: str


@dataclass(frozen=True, kw_only=True)
class Held:
    """Our record of a venue order: `trades` by the venue's execution ids, busts and corrections included.

    `is_acknowledged` tells whether the venue ever told us that it has the order.
    """

    status: OrderStatus
    filled_quantity: Decimal
    is_acknowledged: bool
    trades: Mapping[str, Terms]


def missing(held: Held, record: OrderRecord) -> list[Execution | TradeChange]:
    """What the venue has and we have not, in an order in which it can be booked."""
    theirs: list[Execution | TradeChange] = [*record.executions, *record.trade_changes]
    return [each for each in theirs if each.execution_id not in held.trades]


def differences(held: Held, record: OrderRecord) -> list[Difference]:
    """Where the two records disagree; nothing of an order that neither side ever acknowledged."""
    found = _of_executions(held, record)
    if record.order.state in _WITHOUT_ORDER:
        if held.is_acknowledged:
            found.append(Difference(DifferenceKind.ORDER_UNKNOWN, "", held.status, record.order.state))
        return found
    theirs = record.order.cumulative_quantity
    if not found and held.filled_quantity != theirs:
        amounts = (decimal_text(held.filled_quantity), decimal_text(theirs))
        found.append(Difference(DifferenceKind.QUANTITY, "", *amounts))
    if (held.status in OPEN) != (record.order.state in OPEN_STATES):
        found.append(Difference(DifferenceKind.STATUS, "", held.status, record.order.state))
    return found


def _of_executions(held: Held, record: OrderRecord) -> list[Difference]:
    all_theirs: list[Execution | TradeChange] = [*record.executions, *record.trade_changes]
    theirs = {each.execution_id: Terms(each.quantity, each.price) for each in all_theirs}
    found = []
    for execution_id in sorted(held.trades.keys() | theirs.keys()):
        our_terms, their_terms = held.trades.get(execution_id), theirs.get(execution_id)
        if our_terms is None:
            found.append(
                Difference(DifferenceKind.EXECUTION_MISSING, execution_id, "nothing", str(their_terms))
            )
        elif their_terms is None:
            found.append(
                Difference(DifferenceKind.EXECUTION_UNKNOWN, execution_id, str(our_terms), "nothing")
            )
        elif our_terms != their_terms:
            terms = (str(our_terms), str(their_terms))
            found.append(Difference(DifferenceKind.EXECUTION_DIFFERS, execution_id, *terms))
    return found
