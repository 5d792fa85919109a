"""The states of an order and of a venue order: FIX 4.4 OrdStatus, and what moves one to the next.

One flat table serves both. Its source are FIX 4.4's Order State Change Matrices (Volume 4); where a row looks odd,
the comment beside it says why it is there. Precedence is FIX's: while a cancel or a replace is pending,
executions change quantities and not the status.
"""

from decimal import Decimal
from enum import StrEnum


class OrderStatus(StrEnum):
    """FIX OrdStatus (tag 39), as far as this house reaches it."""

    PENDING_NEW = "pending_new"
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    PENDING_CANCEL = "pending_cancel"
    PENDING_REPLACE = "pending_replace"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Stimulus(StrEnum):
    """What can happen to an order."""

    ACCEPT = "accept"
    REJECT = "reject"
    FILL = "fill"
    REQUEST_CANCEL = "request_cancel"
    CONFIRM_CANCEL = "confirm_cancel"
    REJECT_CANCEL = "reject_cancel"
    REQUEST_REPLACE = "request_replace"
    CONFIRM_REPLACE = "confirm_replace"
    EXPIRE = "expire"


class IllegalTransition(Exception):
    """The table has no row for this status and stimulus."""

    def __init__(self, status: OrderStatus, stimulus: Stimulus) -> None:
        super().__init__(f"an order that is {status} cannot take {stimulus}")
        self.status = status
        self.stimulus = stimulus


S, X = OrderStatus, Stimulus
BY_QUANTITY = None
"""In the table: the quantities decide between new, partially filled and filled."""

TRANSITIONS: dict[tuple[OrderStatus, Stimulus], OrderStatus | None] = {
    (S.PENDING_NEW, X.ACCEPT): BY_QUANTITY,
    (S.PENDING_NEW, X.REJECT): S.REJECTED,
    (S.PENDING_NEW, X.FILL): BY_QUANTITY,  # the execution overtook the acknowledgement
    (S.PENDING_NEW, X.REQUEST_CANCEL): S.PENDING_CANCEL,
    (S.PENDING_NEW, X.CONFIRM_CANCEL): S.CANCELED,  # unsolicited, before the acknowledgement arrived
    (S.PENDING_NEW, X.EXPIRE): S.EXPIRED,
    (S.NEW, X.ACCEPT): BY_QUANTITY,  # the answer and the report both acknowledge
    (S.NEW, X.FILL): BY_QUANTITY,
    (S.NEW, X.REQUEST_CANCEL): S.PENDING_CANCEL,
    (S.NEW, X.CONFIRM_CANCEL): S.CANCELED,  # unsolicited cancel, and the rest of an IOC (I.1.b)
    (S.NEW, X.REQUEST_REPLACE): S.PENDING_REPLACE,
    (S.NEW, X.EXPIRE): S.EXPIRED,
    (S.PARTIALLY_FILLED, X.ACCEPT): BY_QUANTITY,  # an acknowledgement that the fill overtook
    (S.PARTIALLY_FILLED, X.FILL): BY_QUANTITY,
    (S.PARTIALLY_FILLED, X.REQUEST_CANCEL): S.PENDING_CANCEL,
    (S.PARTIALLY_FILLED, X.CONFIRM_CANCEL): S.CANCELED,
    (S.PARTIALLY_FILLED, X.REQUEST_REPLACE): S.PENDING_REPLACE,
    (S.PARTIALLY_FILLED, X.EXPIRE): S.EXPIRED,
    (S.FILLED, X.ACCEPT): S.FILLED,  # an acknowledgement that the last fill overtook
    (S.PENDING_CANCEL, X.ACCEPT): S.PENDING_CANCEL,  # acknowledgement and cancel cross on the wire (B.1.e)
    (S.PENDING_CANCEL, X.REJECT): S.REJECTED,
    (S.PENDING_CANCEL, X.FILL): S.PENDING_CANCEL,  # precedence: pending cancel stands above the fill (B.1.b)
    (S.PENDING_CANCEL, X.CONFIRM_CANCEL): S.CANCELED,
    (S.PENDING_CANCEL, X.REJECT_CANCEL): BY_QUANTITY,
    (S.PENDING_CANCEL, X.EXPIRE): S.EXPIRED,
    (S.PENDING_REPLACE, X.FILL): S.PENDING_REPLACE,  # precedence, as above (D.1.a)
    (S.PENDING_REPLACE, X.REQUEST_CANCEL): S.PENDING_CANCEL,  # the replace is withdrawn with it
    (S.PENDING_REPLACE, X.CONFIRM_CANCEL): S.CANCELED,
    (S.PENDING_REPLACE, X.CONFIRM_REPLACE): BY_QUANTITY,
    (S.PENDING_REPLACE, X.EXPIRE): S.EXPIRED,
    (S.CANCELED, X.FILL): S.CANCELED,  # a late fill is booked and ends nothing
    (S.EXPIRED, X.FILL): S.EXPIRED,  # likewise
}

TERMINAL = frozenset({S.FILLED, S.CANCELED, S.REJECTED, S.EXPIRED})
OPEN = frozenset(OrderStatus) - TERMINAL


def status_by_quantity(filled_quantity: Decimal, quantity: Decimal) -> OrderStatus:
    """Return new, partially filled or filled, as the quantities say."""
    if filled_quantity == 0:
        return S.NEW
    return S.FILLED if filled_quantity >= quantity else S.PARTIALLY_FILLED


def next_status(
    status: OrderStatus, stimulus: Stimulus, *, filled_quantity: Decimal, quantity: Decimal
) -> OrderStatus:
    """Return the status after `stimulus`, given the quantities after it. Raises IllegalTransition."""
    try:
        target = TRANSITIONS[status, stimulus]
    except KeyError:
        raise IllegalTransition(status, stimulus) from None
    return status_by_quantity(filled_quantity, quantity) if target is BY_QUANTITY else target


def leaves_quantity(status: OrderStatus, *, filled_quantity: Decimal, quantity: Decimal) -> Decimal:
    """Return what may still be filled (FIX LeavesQty, tag 151): nothing once the order has ended."""
    return Decimal(0) if status in TERMINAL else quantity - filled_quantity


def allows(status: OrderStatus, stimulus: Stimulus) -> bool:
    """Tell whether the table has a row for this status and stimulus."""
    return (status, stimulus) in TRANSITIONS
