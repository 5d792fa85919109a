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
