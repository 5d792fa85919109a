"""What can be limited: kinds, their units, the denial that each leads to, and the scopes that each may have. Pure.

Which control of which rule a kind answers to stands in docs/controls.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class LimitKind(StrEnum):
    """What a limit holds down; the unit is in the name."""

    ORDER_QUANTITY = "order_quantity"
    ORDER_MINIMUM_QUANTITY = "order_minimum_quantity"
    ORDER_NOTIONAL = "order_notional"
    ORDER_VOLUME_SHARE_BPS = "order_volume_share_bps"
    PRICE_COLLAR_BPS = "price_collar_bps"
    MID_COLLAR_BPS = "mid_collar_bps"
    CLOSE_COLLAR_BPS = "close_collar_bps"
    WINDOW_COLLAR_BPS = "window_collar_bps"
    DUPLICATE_WINDOW_S = "duplicate_window_s"
    ORDERS_PER_SECOND = "orders_per_second"
    ORDERS_PER_MINUTE = "orders_per_minute"
    MESSAGES_PER_SECOND = "messages_per_second"
    MESSAGES_PER_MINUTE = "messages_per_minute"
    REPEATED_EXECUTIONS = "repeated_executions"
    POSITION_QUANTITY = "position_quantity"
    GROSS_NOTIONAL = "gross_notional"
    NET_NOTIONAL = "net_notional"
    CONCENTRATION_BPS = "concentration_bps"
    CREDIT_NOTIONAL = "credit_notional"
    CASH_MINIMUM = "cash_minimum"
    UNLOCATED_SHORT_QUANTITY = "unlocated_short_quantity"
    LOCATED_QUANTITY = "located_quantity"
    SELF_TRADE_QUANTITY = "self_trade_quantity"
    DAY_LOSS = "day_loss"
    MARGIN = "margin"
    LEAD_TIME_MINUTES = "lead_time_minutes"
    RESTRICTED = "restricted"
    PERMITTED = "permitted"


HOLDERS = ("firm", "desk", "account", "trader")
"""Whose orders or exposure a limit counts."""

INSTRUMENT, ASSET_CLASS = "instrument", "asset_class"
_SUBJECTS = ("", INSTRUMENT, ASSET_CLASS)
_EXPOSED = ("firm", "desk", "account")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is known of one kind of limit.

    `code` is the denial that it leads to, empty where no check of its own reads it. `holders` and `subjects` are the
    scopes that it may have, "" standing for none. `fixed_value` is the only value that means anything, if there is
    only one. An overridable denial may be waived once for one order by another person than its trader.
    """

    words: str
    unit: str
    code: str
    holders: tuple[str, ...] = ("", *HOLDERS)
    subjects: tuple[str, ...] = _SUBJECTS
    fixed_value: int | None = None
    is_overridable: bool = True


KINDS: Mapping[LimitKind, Kind] = {
    LimitKind.ORDER_QUANTITY: Kind(words="quantity per order", unit="units", code="RISK_ORDER_QUANTITY"),
    LimitKind.ORDER_MINIMUM_QUANTITY: Kind(
        words="least quantity per order", unit="units", code="RISK_ORDER_MINIMUM"
    ),
    LimitKind.ORDER_NOTIONAL: Kind(
        words="notional per order", unit="firm currency", code="RISK_ORDER_NOTIONAL"
    ),
    LimitKind.ORDER_VOLUME_SHARE_BPS: Kind(
        words="share of average daily volume per order", unit="bps", code="RISK_VOLUME_SHARE"
    ),
    LimitKind.PRICE_COLLAR_BPS: Kind(
        words="price collar around the last price", unit="bps", code="RISK_PRICE_COLLAR"
    ),
    LimitKind.MID_COLLAR_BPS: Kind(
        words="price collar around the mid of the quote", unit="bps", code="RISK_MID_COLLAR"
    ),
    LimitKind.CLOSE_COLLAR_BPS: Kind(
        words="price collar around the previous close", unit="bps", code="RISK_CLOSE_COLLAR"
    ),
    LimitKind.WINDOW_COLLAR_BPS: Kind(
        words="price collar around the average of five minutes", unit="bps", code="RISK_WINDOW_COLLAR"
    ),
    LimitKind.DUPLICATE_WINDOW_S: Kind(
        words="window in which an equal order is a duplicate", unit="seconds", code="RISK_DUPLICATE_ORDER"
    ),
    LimitKind.ORDERS_PER_SECOND: Kind(words="orders per second", unit="orders", code="RISK_ORDER_RATE"),
    LimitKind.ORDERS_PER_MINUTE: Kind(words="orders per minute", unit="orders", code="RISK_ORDER_RATE"),
    LimitKind.MESSAGES_PER_SECOND: Kind(
        words="messages per second", unit="messages", code="RISK_MESSAGE_RATE"
    ),
    LimitKind.MESSAGES_PER_MINUTE: Kind(
        words="messages per minute", unit="messages", code="RISK_MESSAGE_RATE"
    ),
    LimitKind.REPEATED_EXECUTIONS: Kind(
        words="repeated executions of an algorithm",
        unit="orders",
        code="RISK_THROTTLED",
        is_overridable=False,
    ),
    LimitKind.POSITION_QUANTITY: Kind(
        words="position per instrument", unit="units", code="RISK_POSITION_LIMIT", holders=_EXPOSED
    ),
    LimitKind.GROSS_NOTIONAL: Kind(
        words="gross exposure",
        unit="firm currency",
        code="RISK_GROSS_LIMIT",
        holders=_EXPOSED,
        subjects=("", INSTRUMENT),
    ),
    LimitKind.NET_NOTIONAL: Kind(
        words="net exposure",
        unit="firm currency",
        code="RISK_NET_LIMIT",
        holders=_EXPOSED,
        subjects=("", INSTRUMENT),
    ),
    LimitKind.CONCENTRATION_BPS: Kind(
        words="concentration in an instrument, of the gross limit",
        unit="bps",
        code="RISK_CONCENTRATION",
        holders=_EXPOSED,
    ),
    LimitKind.CREDIT_NOTIONAL: Kind(
        words="credit", unit="firm currency", code="RISK_CREDIT_LIMIT", holders=_EXPOSED, subjects=("",)
    ),
    LimitKind.CASH_MINIMUM: Kind(
        words="cash that must remain",
        unit="firm currency",
        code="RISK_CASH",
        holders=_EXPOSED,
        subjects=("",),
    ),
    LimitKind.UNLOCATED_SHORT_QUANTITY: Kind(
        words="short position beyond what is located",
        unit="units",
        code="RISK_SHORT_WITHOUT_LOCATE",
        holders=_EXPOSED,
        is_overridable=False,
    ),
    LimitKind.LOCATED_QUANTITY: Kind(
        words="located for short selling", unit="units", code="", holders=_EXPOSED, subjects=(INSTRUMENT,)
    ),
    LimitKind.SELF_TRADE_QUANTITY: Kind(
        words="own orders that may be crossed",
        unit="units",
        code="RISK_SELF_TRADE",
        holders=HOLDERS,
        is_overridable=False,
    ),
    LimitKind.DAY_LOSS: Kind(
        words="loss of a day", unit="firm currency", code="RISK_DAY_LOSS", holders=_EXPOSED, subjects=("",)
    ),
    LimitKind.MARGIN: Kind(
        words="margin", unit="firm currency", code="RISK_MARGIN", holders=_EXPOSED, subjects=("",)
    ),
    LimitKind.LEAD_TIME_MINUTES: Kind(
        words="how long before its session an order is taken", unit="minutes", code="RISK_SESSION_CLOSED"
    ),
    LimitKind.RESTRICTED: Kind(
        words="on the restricted list",
        unit="",
        code="RISK_RESTRICTED",
        subjects=(INSTRUMENT, ASSET_CLASS),
        fixed_value=0,
        is_overridable=False,
    ),
    LimitKind.PERMITTED: Kind(
        words="permission to trade",
        unit="",
        code="RISK_NOT_PERMITTED",
        holders=("trader",),
        fixed_value=1,
        is_overridable=False,
    ),
}

NEEDED_TO_TRADE = (
    LimitKind.ORDER_QUANTITY,
    LimitKind.ORDER_NOTIONAL,
    LimitKind.PRICE_COLLAR_BPS,
    LimitKind.POSITION_QUANTITY,
)
"""What an account, its desk or its firm must have in force before anything is traded: deny unless granted."""

HELD_BY_EXPOSURE = tuple(kind for kind in LimitKind if KINDS[kind].holders == _EXPOSED)
"""What is counted by account, desk or firm, and therefore needs one of them as its holder."""

WITHOUT_SUBJECT = tuple(kind for kind in LimitKind if KINDS[kind].subjects == ("",))
"""What is counted over everything that the holder has."""

OVERRIDABLE_CODES = frozenset(kind.code for kind in KINDS.values() if kind.code and kind.is_overridable)


def kinds_of(code: str) -> tuple[LimitKind, ...]:
    """Return the kinds of limit that lead to this denial."""
    return tuple(kind for kind in LimitKind if KINDS[kind].code == code)
