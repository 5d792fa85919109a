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
    """FIX TimeInForce (tag 59).

    day: until the session's close. gtc: until it is filled or cancelled. gtd: to the close of the last session up to
    a date. ioc: what can be had at once, the rest is cancelled. fok: all of it at once, or nothing. opg, cls: in the
    session's opening or closing auction, the rest is cancelled.
    """

    DAY = "day"
    GTC = "gtc"
    GTD = "gtd"
    IOC = "ioc"
    FOK = "fok"
    OPG = "opg"
    CLS = "cls"


RESTING = frozenset({TimeInForce.DAY, TimeInForce.GTC, TimeInForce.GTD})
"""They wait in the book; the others end by themselves with what they found."""
SURVIVING = frozenset({TimeInForce.GTC, TimeInForce.GTD})
"""They work on in the next session."""
AUCTIONS = frozenset({TimeInForce.OPG, TimeInForce.CLS})
