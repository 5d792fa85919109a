"""The words of an order's terms, as the API and the venue spell them."""

from enum import StrEnum


class Side(StrEnum):
    """FIX Side (tag 54)."""

    BUY = "buy"
    SELL = "sell"


class OrderType(StrEnum):
    """FIX OrdType (tag 40); a trailing stop is P (pegged) there.

    stop, stop_limit: the market has to reach the stop price first, coming from the passive side. market_if_touched:
    coming back to it. trailing_stop: the stop price follows the best price at an offset.
    """

    LIMIT = "limit"
    MARKET = "market"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    MARKET_IF_TOUCHED = "market_if_touched"
    TRAILING_STOP = "trailing_stop"


TRIGGERED_TYPES = frozenset(OrderType) - {OrderType.LIMIT, OrderType.MARKET}
"""They wait until the market triggers them."""


def live_type(order_type: OrderType) -> OrderType:
    """Return as what an order works once nothing keeps it waiting: limit or market."""
    if order_type is OrderType.STOP_LIMIT:
        return OrderType.LIMIT
    return OrderType.MARKET if order_type in TRIGGERED_TYPES else order_type


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

MANUAL = "manual"
"""Nobody but the desk answers, and until it does a request stays pending."""
DIRECT = "direct"
"""The order goes to the venue as it is: what an order without an instruction gets. No other names are known here."""


class ExecutionKind(StrEnum):
    """What a row of executions is: FIX ExecType F, G and H."""

    TRADE = "trade"
    CORRECTION = "correction"
    BUST = "bust"


class KillSwitchScope(StrEnum):
    """What a kill switch stops: all orders of one of these."""

    FIRM = "firm"
    DESK = "desk"
    ACCOUNT = "account"
    TRADER = "trader"
    ALGORITHM = "algorithm"
    INSTRUMENT = "instrument"
