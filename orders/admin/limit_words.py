"""What each kind of limit does, in which list it stands and how one is written, for a person who decides on it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orders.authority import Scope
from orders.kernel.admin.figures import amount
from orders.limit_kinds import HOLDERS, KINDS, LimitKind
from orders.models import Desk, Firm, Limit
from orders.risk.chart import CURRENCY

MEANINGS: dict[LimitKind, str] = {
    LimitKind.ORDER_QUANTITY: "Refuses an order for more units than this.",
    LimitKind.ORDER_MINIMUM_QUANTITY: "Refuses an order for fewer units than this.",
    LimitKind.ORDER_NOTIONAL: "Refuses an order worth more than this at the dearest of its prices and the last price.",
    LimitKind.ORDER_VOLUME_SHARE_BPS: "Refuses an order that is too large a part of what trades on an average day.",
    LimitKind.PRICE_COLLAR_BPS: "Refuses a limit price that is worse than the last price by more than this.",
    LimitKind.MID_COLLAR_BPS: "Refuses a limit price that is worse than the middle of the quote by more than this.",
    LimitKind.CLOSE_COLLAR_BPS: "Refuses a limit price that is worse than the previous close by more than this.",
    LimitKind.WINDOW_COLLAR_BPS: "Refuses a limit price that is worse than the average of five minutes by more.",
    LimitKind.DUPLICATE_WINDOW_S: "Refuses an order with the same terms as one that was placed within so many seconds.",
    LimitKind.ORDERS_PER_SECOND: "Refuses further orders within a second; refused ones count.",
    LimitKind.ORDERS_PER_MINUTE: "Refuses further orders within a minute; refused ones count.",
    LimitKind.MESSAGES_PER_SECOND: "Counts orders, amendments and cancels within a second. A cancel is never refused.",
    LimitKind.MESSAGES_PER_MINUTE: "Counts orders, amendments and cancels within a minute. A cancel is never refused.",
    LimitKind.REPEATED_EXECUTIONS: "Stops an algorithm after so many orders, until a named person lets it go on.",
    LimitKind.POSITION_QUANTITY: "Holds down the position with all open orders of one side filled.",
    LimitKind.GROSS_NOTIONAL: "Holds down the sum of long and short positions, with open orders at their worst.",
    LimitKind.NET_NOTIONAL: "Holds down long less short positions, with open orders at their worst.",
    LimitKind.CONCENTRATION_BPS: "Holds down the part of the gross exposure limit that one instrument may take.",
    LimitKind.CREDIT_NOTIONAL: "Refuses a buy that would need more than this beyond the cash there is.",
    LimitKind.CASH_MINIMUM: "Refuses a buy that would leave less cash than this.",
    LimitKind.UNLOCATED_SHORT_QUANTITY: "Refuses a sale short by more than this beyond what is located.",
    LimitKind.LOCATED_QUANTITY: "So many units of the instrument are located and may be sold short.",
    LimitKind.SELF_TRADE_QUANTITY: "Refuses an order that would trade against more than this of own open orders.",
    LimitKind.DAY_LOSS: "Once the day's loss is more than this, only orders that reduce a position are admitted.",
    LimitKind.MARGIN: "Refuses an order with which the margin model asks for more than this.",
    LimitKind.LEAD_TIME_MINUTES: "Takes an order at most so long before its session. 0: only while it is open.",
    LimitKind.RESTRICTED: "The instrument is on the restricted list: every order for it is refused.",
    LimitKind.PERMITTED: "The trader may place orders for it. Without a permission that fits, an order is refused.",
}
"""What each kind does, in a sentence."""


@dataclass(frozen=True)
class LimitList:
    """One of the lists in which limits are shown: its name in addresses, title, kinds, and the words for a new one."""

    name: str
    title: str
    kinds: tuple[LimitKind, ...]
    empty: str
    new: str


_APART = (LimitKind.RESTRICTED, LimitKind.PERMITTED, LimitKind.LOCATED_QUANTITY)

LISTS = (
    LimitList(
        "limits",
        "Limits",
        tuple(kind for kind in LimitKind if kind not in _APART),
        "No limit is set on anything that you see: such an account may not trade.",
        "Propose a limit",
    ),
    LimitList(
        "restricted",
        "Restricted list",
        (LimitKind.RESTRICTED,),
        "Nothing is restricted.",
        "Propose a restriction",
    ),
    LimitList(
        "permissions",
        "Permissions to trade",
        (LimitKind.PERMITTED,),
        "No trader whom you see has a permission: their orders are refused.",
        "Propose a permission",
    ),
    LimitList(
        "locates",
        "Locates",
        (LimitKind.LOCATED_QUANTITY,),
        "Nothing is located: short sales are refused where a limit asks for a locate.",
        "Propose a locate",
    ),
)


def title_of(kind: str) -> str:
    """Return what a kind of limit is called."""
    return KINDS[LimitKind(kind)].words


def value_text(kind: str, value: Decimal, scope: Scope | None) -> str:
    """Return a limit's value as a person reads it; the kind itself ("restricted") for what is on and no number.

    Of the limit of a firm, a desk or an account the firm's currency is named.
    """
    unit = KINDS[LimitKind(kind)].unit
    if unit == CURRENCY and scope is not None:
        unit = _firm_of(scope).currency
    return f"{amount(value)} {unit}" if unit else str(kind)


def _firm_of(scope: Scope) -> Firm:
    if isinstance(scope, Firm):
        return scope
    return scope.firm if isinstance(scope, Desk) else scope.desk.firm


def holder_text(limit: Limit) -> str:
    """Return whom a limit is for."""
    for name in HOLDERS:
        holder: Any = getattr(limit, name)
        if holder is not None:
            return f"{name} {holder.username if name == 'trader' else holder}"
    return "everybody"


def subject_text(limit: Limit) -> str:
    """Return what a limit is about."""
    if limit.instrument is not None:
        return limit.instrument.symbol
    return f"asset class {limit.asset_class}" if limit.asset_class else "anything"
