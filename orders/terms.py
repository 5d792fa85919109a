"""The words of an order's terms, as the API and the venue spell them."""

from enum import StrEnum


class Side(StrEnum):
    """FIX Side (tag 54)."""

    BUY = "buy"
    SELL = "sell"


class OrderType(StrEnum):
    """FIX OrdType (tag 40)."""

    LIMIT = "limit"
    MARKET = "market"


class TimeInForce(StrEnum):
    """FIX TimeInForce (tag 59)."""

    DAY = "day"
    IOC = "ioc"
    GTC = "gtc"


CARRIED_OVER = frozenset({TimeInForce.GTC})
"""Times in force that outlive the day: done for the day, such an order keeps what is left of it."""

MANUAL = "manual"
"""The one instruction that this app knows: nobody but the desk answers, and until it does a request stays pending."""


class ExecutionKind(StrEnum):
    """What a row of executions is: FIX ExecType F, G and H."""

    TRADE = "trade"
    CORRECTION = "correction"
    BUST = "bust"
