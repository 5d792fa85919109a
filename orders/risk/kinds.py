"""What each kind of limit is: the denial it leads to, its unit, which way it bounds, whose it may be."""

from dataclasses import dataclass
from enum import StrEnum

from orders.models.limit import HOLDERS, LimitKind
from orders.risk.figures import Holder


class Bound(StrEnum):
    """Which way a limit bounds what is counted: a rule has no number to fill, a supply is used by another kind."""

    MOST = "most"
    LEAST = "least"
    RULE = "rule"
    SUPPLY = "supply"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFacts:
    """`code` is the denial that the kind leads to, "" for one without a check of its own; `unit` that of its value.

    `holders` are the columns that may hold it, "" for nobody in particular. `is_overridable`: one order may be let
    through by a named person.
    """

    code: str
    unit: str
    bound: Bound = Bound.MOST
    is_overridable: bool = True
    holders: tuple[str, ...] = ("", *HOLDERS)


_EXPOSURE = tuple(str(holder) for holder in Holder)
_CURRENCY = "firm currency"

KINDS: dict[LimitKind, KindFacts] = {
    LimitKind.ORDER_QUANTITY: KindFacts(code="RISK_ORDER_QUANTITY", unit="units"),
    LimitKind.ORDER_MINIMUM_QUANTITY: KindFacts(code="RISK_ORDER_MINIMUM", unit="units", bound=Bound.LEAST),
    LimitKind.ORDER_NOTIONAL: KindFacts(code="RISK_ORDER_NOTIONAL", unit=_CURRENCY),
    LimitKind.ORDER_VOLUME_SHARE_BPS: KindFacts(code="RISK_VOLUME_SHARE", unit="bps"),
    LimitKind.PRICE_COLLAR_BPS: KindFacts(code="RISK_PRICE_COLLAR", unit="bps"),
    LimitKind.MID_COLLAR_BPS: KindFacts(code="RISK_MID_COLLAR", unit="bps"),
    LimitKind.CLOSE_COLLAR_BPS: KindFacts(code="RISK_CLOSE_COLLAR", unit="bps"),
    LimitKind.WINDOW_COLLAR_BPS: KindFacts(code="RISK_WINDOW_COLLAR", unit="bps"),
    LimitKind.DUPLICATE_WINDOW_S: KindFacts(code="RISK_DUPLICATE_ORDER", unit="s", bound=Bound.RULE),
    LimitKind.ORDERS_PER_SECOND: KindFacts(code="RISK_ORDER_RATE", unit="orders"),
    LimitKind.ORDERS_PER_MINUTE: KindFacts(code="RISK_ORDER_RATE", unit="orders"),
    LimitKind.MESSAGES_PER_SECOND: KindFacts(code="RISK_MESSAGE_RATE", unit="messages"),
    LimitKind.MESSAGES_PER_MINUTE: KindFacts(code="RISK_MESSAGE_RATE", unit="messages"),
    LimitKind.REPEATED_EXECUTIONS: KindFacts(code="RISK_THROTTLED", unit="orders"),
    LimitKind.POSITION_QUANTITY: KindFacts(code="RISK_POSITION_LIMIT", unit="units", holders=_EXPOSURE),
    LimitKind.GROSS_NOTIONAL: KindFacts(code="RISK_GROSS_LIMIT", unit=_CURRENCY, holders=_EXPOSURE),
    LimitKind.NET_NOTIONAL: KindFacts(code="RISK_NET_LIMIT", unit=_CURRENCY, holders=_EXPOSURE),
    LimitKind.CONCENTRATION_BPS: KindFacts(code="RISK_CONCENTRATION", unit="bps", holders=_EXPOSURE),
    LimitKind.CREDIT_NOTIONAL: KindFacts(code="RISK_CREDIT_LIMIT", unit=_CURRENCY, holders=_EXPOSURE),
    LimitKind.CASH_MINIMUM: KindFacts(code="RISK_CASH", unit=_CURRENCY, bound=Bound.LEAST, holders=_EXPOSURE),
    LimitKind.UNLOCATED_SHORT_QUANTITY: KindFacts(
        code="RISK_SHORT_WITHOUT_LOCATE", unit="units", is_overridable=False, holders=_EXPOSURE
    ),
    LimitKind.LOCATED_QUANTITY: KindFacts(
        code="", unit="units", bound=Bound.SUPPLY, is_overridable=False, holders=_EXPOSURE
    ),
    LimitKind.SELF_TRADE_QUANTITY: KindFacts(code="RISK_SELF_TRADE", unit="units", is_overridable=False),
    LimitKind.DAY_LOSS: KindFacts(code="RISK_DAY_LOSS", unit=_CURRENCY, holders=_EXPOSURE),
    LimitKind.MARGIN: KindFacts(code="RISK_MARGIN", unit=_CURRENCY, holders=_EXPOSURE),
    LimitKind.LEAD_TIME_MINUTES: KindFacts(code="RISK_SESSION_CLOSED", unit="minutes"),
    LimitKind.RESTRICTED: KindFacts(code="RISK_RESTRICTED", unit="", bound=Bound.RULE, is_overridable=False),
    LimitKind.PERMITTED: KindFacts(
        code="RISK_NOT_PERMITTED", unit="", bound=Bound.RULE, is_overridable=False, holders=("trader",)
    ),
}
"""Every kind. Those of orders.models.limit.HELD_BY_EXPOSURE are held by who has exposure, and by nobody else."""


def kinds_of(code: str) -> tuple[LimitKind, ...]:
    """Return the kinds of limits that may lead to this denial; none where it holds always."""
    return tuple(kind for kind, facts in KINDS.items() if facts.code == code)


def is_overridable(code: str) -> bool:
    """Tell whether a named person may let one order through that this denial refused."""
    return any(facts.is_overridable for facts in KINDS.values() if facts.code == code)
