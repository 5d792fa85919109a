"""The protocol's own closed vocabularies; those of an order's terms are in orders.terms."""

from enum import StrEnum

from orders.terms import SURVIVING, OrderType, TimeInForce

TYPES = frozenset({OrderType.MARKET, OrderType.LIMIT})
TIMES_IN_FORCE = frozenset(TimeInForce) - SURVIVING
"""Of the words of orders.terms those that the venue knows: it holds no trigger, and no order beyond a session."""


class VenueOrderState(StrEnum):
    """FIX tag 39, and the two states of an id that has no order."""

    UNKNOWN = "unknown"
    VOIDED = "voided"
    REJECTED = "rejected"
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"


OPEN_STATES = frozenset({VenueOrderState.NEW, VenueOrderState.PARTIALLY_FILLED})


class NewOrderOutcome(StrEnum):
    """How a new_order was taken."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


class CancelOutcome(StrEnum):
    """How a cancel_order was taken."""

    PENDING = "pending"
    TOO_LATE = "too_late"
    VOIDED = "voided"


class TradeChangeKind(StrEnum):
    """What the venue does to a trade after the fact: take it back (FIX trade cancel), or give it right terms."""

    CANCEL = "cancel"
    CORRECT = "correct"


class Reason(StrEnum):
    """Why an order was rejected or canceled, or a cancel rejected."""

    UNKNOWN_SYMBOL = "unknown_symbol"
    LOT_SIZE = "lot_size"
    TICK_SIZE = "tick_size"
    VOIDED = "voided"
    VENUE_ERROR = "venue_error"
    MARKET_TIME_WENT_BACK = "market_time_went_back"
    CANCEL_REQUEST = "cancel_request"
    IMMEDIATE_OR_CANCEL = "immediate_or_cancel"
    FILL_OR_KILL = "fill_or_kill"
    OPENING_AUCTION_OVER = "opening_auction_over"
    CLOSING_AUCTION_OVER = "closing_auction_over"
    ORDER_ENDED = "order_ended"
