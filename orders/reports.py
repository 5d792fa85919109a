"""The words of an execution report, in FIX 4.4's own codes: they are what such a report says on any wire."""

from enum import IntEnum, StrEnum

from orders.states import OrderStatus


class ExecType(StrEnum):
    """FIX ExecType (tag 150): what a report is about."""

    PENDING_NEW = "A"
    NEW = "0"
    REJECTED = "8"
    TRADE = "F"
    TRADE_CORRECT = "G"
    TRADE_CANCEL = "H"
    PENDING_CANCEL = "6"
    CANCELED = "4"
    PENDING_REPLACE = "E"
    REPLACED = "5"
    DONE_FOR_DAY = "3"
    RESTATED = "D"
    STOPPED = "7"
    EXPIRED = "C"
    ORDER_STATUS = "I"
    TRIGGERED = "L"


class CancelRejectReason(IntEnum):
    """FIX CxlRejReason (tag 102): why a request to cancel or replace was not followed."""

    TOO_LATE = 0
    UNKNOWN_ORDER = 1
    BROKER_OPTION = 2
    ALREADY_PENDING = 3
    DUPLICATE_ID = 6
    OTHER = 99


DESKS_OWN_REASONS = (CancelRejectReason.BROKER_OPTION, CancelRejectReason.OTHER)
"""What a desk may give as its reason; the others are facts about the order, which the house states itself."""


class RestatementReason(IntEnum):
    """FIX ExecRestatementReason (tag 378), as far as this house restates."""

    CORPORATE_ACTION = 0
    RENEWAL = 1
    VERBAL_CHANGE = 2
    PARTIAL_DECLINE = 5


ORD_STATUS_CODES = {
    OrderStatus.NEW: "0",
    OrderStatus.PARTIALLY_FILLED: "1",
    OrderStatus.FILLED: "2",
    OrderStatus.DONE_FOR_DAY: "3",
    OrderStatus.CANCELED: "4",
    OrderStatus.PENDING_CANCEL: "6",
    OrderStatus.STOPPED: "7",
    OrderStatus.REJECTED: "8",
    OrderStatus.PENDING_NEW: "A",
    OrderStatus.EXPIRED: "C",
    OrderStatus.PENDING_REPLACE: "E",
}
"""FIX OrdStatus (tag 39) of every status of ours."""
