"""The states of an order and of a venue order: FIX 4.4 OrdStatus, and what moves one to the next.

One flat table says what may happen to what, and serves both. Its source are FIX 4.4's Order State Change Matrices
(Volume 4); where a row looks odd, the comment beside it says why it is there. Where the table does not name the
status after it, FIX's precedence does: an order is in several states at once, and the highest of them is reported.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class OrderStatus(StrEnum):
    """FIX OrdStatus (tag 39), as far as this house reaches it."""

    PENDING_NEW = "pending_new"
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    DONE_FOR_DAY = "done_for_day"
    PENDING_CANCEL = "pending_cancel"
    PENDING_REPLACE = "pending_replace"
    STOPPED = "stopped"
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
    REJECT_REPLACE = "reject_replace"
    DONE_FOR_DAY = "done_for_day"
    RESTATE = "restate"
    STOP = "stop"
    TRIGGER = "trigger"
    BUST = "bust"
    CORRECT = "correct"
    EXPIRE = "expire"


class BaseStatus(StrEnum):
    """What an order is beneath its pending requests and its quantities, which hide it and do not change it."""

    PENDING_NEW = "pending_new"
    WORKING = "working"
    STOPPED = "stopped"
    DONE_FOR_DAY = "done_for_day"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"


class IllegalTransition(Exception):
    """The table has no row for this status and stimulus."""

    def __init__(self, status: OrderStatus, stimulus: Stimulus) -> None:
        super().__init__(f"an order that is {status} cannot take {stimulus}")
        self.status = status
        self.stimulus = stimulus


S, X = OrderStatus, Stimulus
BY_PRECEDENCE = None
"""In the table: quantities, base status and pending requests decide, the highest in FIX's precedence first."""

TRANSITIONS: dict[tuple[OrderStatus, Stimulus], OrderStatus | None] = {
    (S.PENDING_NEW, X.ACCEPT): BY_PRECEDENCE,
    (S.PENDING_NEW, X.REJECT): S.REJECTED,
    (S.PENDING_NEW, X.FILL): BY_PRECEDENCE,  # the execution overtook the acknowledgement
    (S.PENDING_NEW, X.REQUEST_CANCEL): S.PENDING_CANCEL,
    (S.PENDING_NEW, X.CONFIRM_CANCEL): S.CANCELED,  # unsolicited, before the acknowledgement arrived
    (S.PENDING_NEW, X.REJECT_CANCEL): BY_PRECEDENCE,  # refused before it was ever pending
    (S.PENDING_NEW, X.EXPIRE): S.EXPIRED,
    (S.NEW, X.ACCEPT): BY_PRECEDENCE,  # the answer and the report both acknowledge
    (S.NEW, X.FILL): BY_PRECEDENCE,
    (S.NEW, X.REQUEST_CANCEL): S.PENDING_CANCEL,
    (S.NEW, X.CONFIRM_CANCEL): S.CANCELED,  # unsolicited cancel, and the rest of an IOC (I.1.b)
    (S.NEW, X.REJECT_CANCEL): BY_PRECEDENCE,  # refused before it was ever pending
    (S.NEW, X.REQUEST_REPLACE): S.PENDING_REPLACE,
    (S.NEW, X.CONFIRM_REPLACE): BY_PRECEDENCE,  # granted at once, without a pending report
    (S.NEW, X.REJECT_REPLACE): BY_PRECEDENCE,
    (S.NEW, X.DONE_FOR_DAY): S.DONE_FOR_DAY,
    (S.NEW, X.RESTATE): BY_PRECEDENCE,  # the sell side reduces or increases what it works (E.1.c, E.1.d)
    (S.NEW, X.STOP): S.STOPPED,  # an execution is guaranteed and not yet made (L.1.a)
    (S.NEW, X.TRIGGER): S.NEW,  # held until its conditions were reached, and on the book now (E.1.f)
    (S.NEW, X.EXPIRE): S.EXPIRED,
    (S.PARTIALLY_FILLED, X.ACCEPT): BY_PRECEDENCE,  # an acknowledgement that the fill overtook
    (S.PARTIALLY_FILLED, X.FILL): BY_PRECEDENCE,
    (S.PARTIALLY_FILLED, X.REQUEST_CANCEL): S.PENDING_CANCEL,
    (S.PARTIALLY_FILLED, X.CONFIRM_CANCEL): S.CANCELED,
    (S.PARTIALLY_FILLED, X.REJECT_CANCEL): BY_PRECEDENCE,
    (S.PARTIALLY_FILLED, X.REQUEST_REPLACE): S.PENDING_REPLACE,
    (S.PARTIALLY_FILLED, X.CONFIRM_REPLACE): BY_PRECEDENCE,
    (S.PARTIALLY_FILLED, X.REJECT_REPLACE): BY_PRECEDENCE,  # refused before it was ever pending (D.1.b)
    (S.PARTIALLY_FILLED, X.DONE_FOR_DAY): S.DONE_FOR_DAY,
    (S.PARTIALLY_FILLED, X.RESTATE): BY_PRECEDENCE,
    (S.PARTIALLY_FILLED, X.STOP): S.STOPPED,
    (S.PARTIALLY_FILLED, X.BUST): BY_PRECEDENCE,
    (S.PARTIALLY_FILLED, X.CORRECT): BY_PRECEDENCE,
    (S.PARTIALLY_FILLED, X.EXPIRE): S.EXPIRED,
    (S.STOPPED, X.FILL): BY_PRECEDENCE,  # stopped stands above partially filled and below filled (L.1.a)
    (S.STOPPED, X.STOP): S.STOPPED,
    (S.STOPPED, X.REQUEST_CANCEL): S.PENDING_CANCEL,
    (S.STOPPED, X.CONFIRM_CANCEL): S.CANCELED,
    (S.STOPPED, X.REJECT_CANCEL): BY_PRECEDENCE,
    (S.STOPPED, X.REQUEST_REPLACE): S.PENDING_REPLACE,
    (S.STOPPED, X.CONFIRM_REPLACE): BY_PRECEDENCE,
    (S.STOPPED, X.REJECT_REPLACE): BY_PRECEDENCE,
    (S.STOPPED, X.DONE_FOR_DAY): S.DONE_FOR_DAY,
    (S.STOPPED, X.RESTATE): BY_PRECEDENCE,
    (S.STOPPED, X.BUST): BY_PRECEDENCE,
    (S.STOPPED, X.CORRECT): BY_PRECEDENCE,
    (S.STOPPED, X.EXPIRE): S.EXPIRED,
    (S.FILLED, X.ACCEPT): S.FILLED,  # an acknowledgement that the last fill overtook
    (S.FILLED, X.REQUEST_REPLACE): S.PENDING_REPLACE,  # a filled order may be replaced up (C.1.c)
    (S.FILLED, X.CONFIRM_REPLACE): BY_PRECEDENCE,
    (S.FILLED, X.REJECT_REPLACE): BY_PRECEDENCE,  # too late: all was filled meanwhile (C.2.a)
    (S.FILLED, X.REJECT_CANCEL): BY_PRECEDENCE,  # likewise (B.1.c)
    (S.FILLED, X.BUST): BY_PRECEDENCE,  # reopens it (J.1.a)
    (S.FILLED, X.CORRECT): BY_PRECEDENCE,  # likewise
    (S.DONE_FOR_DAY, X.RESTATE): BY_PRECEDENCE,  # renewed the next morning, split or not (H.1)
    (S.DONE_FOR_DAY, X.FILL): S.DONE_FOR_DAY,  # a late report of that day
    (S.DONE_FOR_DAY, X.REQUEST_CANCEL): S.PENDING_CANCEL,
    (S.DONE_FOR_DAY, X.CONFIRM_CANCEL): S.CANCELED,
    (S.DONE_FOR_DAY, X.REJECT_CANCEL): S.DONE_FOR_DAY,
    (S.DONE_FOR_DAY, X.REQUEST_REPLACE): S.PENDING_REPLACE,
    (S.DONE_FOR_DAY, X.CONFIRM_REPLACE): S.DONE_FOR_DAY,
    (S.DONE_FOR_DAY, X.REJECT_REPLACE): S.DONE_FOR_DAY,
    (S.DONE_FOR_DAY, X.BUST): S.DONE_FOR_DAY,
    (S.DONE_FOR_DAY, X.CORRECT): S.DONE_FOR_DAY,
    (S.DONE_FOR_DAY, X.EXPIRE): S.EXPIRED,
    (S.PENDING_CANCEL, X.ACCEPT): S.PENDING_CANCEL,  # acknowledgement and cancel cross on the wire (B.1.e)
    (S.PENDING_CANCEL, X.REJECT): S.REJECTED,
    (S.PENDING_CANCEL, X.FILL): S.PENDING_CANCEL,  # precedence: pending cancel stands above the fill (B.1.b)
    (S.PENDING_CANCEL, X.CONFIRM_CANCEL): S.CANCELED,
    (S.PENDING_CANCEL, X.REJECT_CANCEL): BY_PRECEDENCE,
    (S.PENDING_CANCEL, X.REJECT_REPLACE): S.PENDING_CANCEL,  # the replace that it overtook
    (S.PENDING_CANCEL, X.CONFIRM_REPLACE): S.PENDING_CANCEL,
    (S.PENDING_CANCEL, X.DONE_FOR_DAY): S.PENDING_CANCEL,
    (S.PENDING_CANCEL, X.RESTATE): S.PENDING_CANCEL,
    (S.PENDING_CANCEL, X.BUST): S.PENDING_CANCEL,
    (S.PENDING_CANCEL, X.CORRECT): S.PENDING_CANCEL,
    (S.PENDING_CANCEL, X.EXPIRE): S.EXPIRED,
    (S.PENDING_REPLACE, X.FILL): S.PENDING_REPLACE,  # precedence, as above (D.1.a)
    (S.PENDING_REPLACE, X.REQUEST_CANCEL): S.PENDING_CANCEL,  # stands above the replace
    (S.PENDING_REPLACE, X.CONFIRM_CANCEL): S.CANCELED,
    (S.PENDING_REPLACE, X.REJECT_CANCEL): BY_PRECEDENCE,
    (S.PENDING_REPLACE, X.REQUEST_REPLACE): S.PENDING_REPLACE,  # several outstanding (D.2.b)
    (S.PENDING_REPLACE, X.CONFIRM_REPLACE): BY_PRECEDENCE,
    (S.PENDING_REPLACE, X.REJECT_REPLACE): BY_PRECEDENCE,  # the old terms stay (D.1.c)
    (S.PENDING_REPLACE, X.DONE_FOR_DAY): S.PENDING_REPLACE,
    (S.PENDING_REPLACE, X.RESTATE): S.PENDING_REPLACE,
    (S.PENDING_REPLACE, X.BUST): S.PENDING_REPLACE,
    (S.PENDING_REPLACE, X.CORRECT): S.PENDING_REPLACE,
    (S.PENDING_REPLACE, X.EXPIRE): S.EXPIRED,
    (
        S.CANCELED,
        X.FILL,
    ): BY_PRECEDENCE,  # a late fill is booked and reopens nothing; the last one fills (J.1.b)
    (S.CANCELED, X.BUST): BY_PRECEDENCE,  # canceled stands above new: nothing reopens (J.1.b)
    (S.CANCELED, X.CORRECT): BY_PRECEDENCE,
    (S.CANCELED, X.REJECT_CANCEL): S.CANCELED,  # too late
    (S.CANCELED, X.REJECT_REPLACE): S.CANCELED,
    (S.EXPIRED, X.FILL): BY_PRECEDENCE,  # as for canceled, to which FIX holds it equal
    (S.EXPIRED, X.BUST): BY_PRECEDENCE,
    (S.EXPIRED, X.CORRECT): BY_PRECEDENCE,
    (S.EXPIRED, X.REJECT_CANCEL): S.EXPIRED,
    (S.EXPIRED, X.REJECT_REPLACE): S.EXPIRED,
    (S.REJECTED, X.REJECT_CANCEL): S.REJECTED,
}

TERMINAL = frozenset({S.FILLED, S.CANCELED, S.REJECTED, S.EXPIRED})
OPEN = frozenset(OrderStatus) - TERMINAL

_STANDING_AFTER: dict[Stimulus, BaseStatus] = {
    X.REJECT: BaseStatus.REJECTED,
    X.CONFIRM_CANCEL: BaseStatus.CANCELED,
    X.EXPIRE: BaseStatus.EXPIRED,
    X.DONE_FOR_DAY: BaseStatus.DONE_FOR_DAY,
    X.STOP: BaseStatus.STOPPED,
}
_BENEATH = {
    S.PENDING_NEW: BaseStatus.PENDING_NEW,
    S.STOPPED: BaseStatus.STOPPED,
    S.DONE_FOR_DAY: BaseStatus.DONE_FOR_DAY,
    S.CANCELED: BaseStatus.CANCELED,
    S.EXPIRED: BaseStatus.EXPIRED,
    S.REJECTED: BaseStatus.REJECTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """The states that an order is in at once, after a stimulus: what its reported status is chosen from."""

    base: BaseStatus
    filled_quantity: Decimal
    quantity: Decimal
    cancel_pending: bool = False
    replace_pending: bool = False


def base_after(base: BaseStatus, stimulus: Stimulus) -> BaseStatus:
    """Return what stands beneath after `stimulus`."""
    if stimulus == X.ACCEPT and base == BaseStatus.PENDING_NEW:
        return BaseStatus.WORKING
    if stimulus == X.RESTATE and base == BaseStatus.DONE_FOR_DAY:
        return BaseStatus.WORKING
    return _STANDING_AFTER.get(stimulus, base)


def by_precedence(facets: Facets) -> OrderStatus:
    """Return the highest of an order's states: FIX 4.4 Volume 4, OrdStatus precedence.

    Pending Cancel, Pending Replace, Done for Day, Filled, Stopped, Canceled = Expired, Partially Filled, and last
    New = Rejected = Pending New.
    """
    base, filled = facets.base, facets.filled_quantity
    highest_first = (
        (S.PENDING_CANCEL, facets.cancel_pending),
        (S.PENDING_REPLACE, facets.replace_pending),
        (S.DONE_FOR_DAY, base == BaseStatus.DONE_FOR_DAY),
        (S.FILLED, filled >= facets.quantity),
        (S.STOPPED, base == BaseStatus.STOPPED),
        (S.CANCELED, base == BaseStatus.CANCELED),
        (S.EXPIRED, base == BaseStatus.EXPIRED),
        (S.PARTIALLY_FILLED, filled > 0),
        (S.REJECTED, base == BaseStatus.REJECTED),
        (S.PENDING_NEW, base == BaseStatus.PENDING_NEW),
    )
    return next((status for status, holds in highest_first if holds), S.NEW)


def next_status(
    status: OrderStatus,
    stimulus: Stimulus,
    *,
    filled_quantity: Decimal,
    quantity: Decimal,
    facets: Facets | None = None,
) -> OrderStatus:
    """Return the status after `stimulus`, given the quantities after it. Raises IllegalTransition.

    Where the table leaves it to precedence, `facets` say what the order is at once; without them (a venue order)
    nothing is pending any more, and what stands beneath is what the status before it says.
    """
    require_allowed(status, stimulus)
    target = TRANSITIONS[status, stimulus]
    if target is not BY_PRECEDENCE:
        return target
    if facets is None:
        beneath = base_after(_BENEATH.get(status, BaseStatus.WORKING), stimulus)
        facets = Facets(base=beneath, filled_quantity=filled_quantity, quantity=quantity)
    return by_precedence(facets)


def leaves_quantity(
    status: OrderStatus, *, filled_quantity: Decimal, quantity: Decimal, is_carried_over: bool = False
) -> Decimal:
    """Return what may still be filled (FIX LeavesQty, tag 151): nothing once the order has ended.

    An order that is done for the day keeps it only where it `is_carried_over` to the next (A.1.b against H.1.a).
    """
    if status in TERMINAL or (status == S.DONE_FOR_DAY and not is_carried_over):
        return Decimal(0)
    return quantity - filled_quantity


def allows(status: OrderStatus, stimulus: Stimulus) -> bool:
    """Tell whether the table has a row for this status and stimulus."""
    return (status, stimulus) in TRANSITIONS


def require_allowed(status: OrderStatus, stimulus: Stimulus) -> None:
    """Raise IllegalTransition where the table has no row."""
    if not allows(status, stimulus):
        raise IllegalTransition(status, stimulus)
