"""What each kind of limit is called, in what it is measured and what it does, for a person who decides on it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orders.kernel.admin.figures import amount
from orders.models import Limit
from orders.models.limit import HOLDERS, LimitKind


@dataclass(frozen=True)
class KindWords:
    """`title` names it, `unit` stands behind the value ("" where there is none), `meaning` says what it does."""

    title: str
    unit: str
    meaning: str


KIND_WORDS: dict[LimitKind, KindWords] = {
    LimitKind.ORDER_QUANTITY: KindWords(
        "Largest order", "units per order", "Refuses an order for more units than this."
    ),
    LimitKind.ORDER_MINIMUM_QUANTITY: KindWords(
        "Smallest order", "units per order", "Refuses an order for fewer units than this."
    ),
    LimitKind.ORDER_NOTIONAL: KindWords(
        "Largest order by worth",
        "firm currency per order",
        "Refuses an order worth more than this at the dearest of its prices and the last price.",
    ),
    LimitKind.ORDER_VOLUME_SHARE_BPS: KindWords(
        "Share of daily volume",
        "bps of average daily volume",
        "Refuses an order that is too large a part of what trades on an average day.",
    ),
    LimitKind.PRICE_COLLAR_BPS: KindWords(
        "Collar, last price",
        "bps from the last price",
        "Refuses a limit price that is worse than the last price by more than this.",
    ),
    LimitKind.MID_COLLAR_BPS: KindWords(
        "Collar, middle of quote",
        "bps from the middle of the quote",
        "Refuses a limit price that is worse than the middle of bid and ask by more than this.",
    ),
    LimitKind.CLOSE_COLLAR_BPS: KindWords(
        "Collar, previous close",
        "bps from the previous close",
        "Refuses a limit price that is worse than the close of the day before by more than this.",
    ),
    LimitKind.WINDOW_COLLAR_BPS: KindWords(
        "Collar, five minutes",
        "bps from the average price of five minutes",
        "Refuses a limit price that is worse than the average price of the last five minutes by more than this.",
    ),
    LimitKind.DUPLICATE_WINDOW_S: KindWords(
        "Duplicate orders",
        "seconds",
        "Refuses an order with the same terms as one that was placed within so many seconds.",
    ),
    LimitKind.ORDERS_PER_SECOND: KindWords(
        "Order rate, second",
        "orders per second",
        "Refuses further orders within a second; refused ones count.",
    ),
    LimitKind.ORDERS_PER_MINUTE: KindWords(
        "Order rate, minute",
        "orders per minute",
        "Refuses further orders within a minute; refused ones count.",
    ),
    LimitKind.MESSAGES_PER_SECOND: KindWords(
        "Message rate, second",
        "messages per second",
        "Counts orders, amendments and cancels within a second. A cancel is never refused.",
    ),
    LimitKind.MESSAGES_PER_MINUTE: KindWords(
        "Message rate, minute",
        "messages per minute",
        "Counts orders, amendments and cancels within a minute. A cancel is never refused.",
    ),
    LimitKind.REPEATED_EXECUTIONS: KindWords(
        "Repeated-execution throttle",
        "orders per algorithm",
        "Stops an algorithm after so many orders, until a named person lets it go on.",
    ),
    LimitKind.POSITION_QUANTITY: KindWords(
        "Position",
        "units per instrument",
        "Holds down the position with all open orders of one side filled.",
    ),
    LimitKind.GROSS_NOTIONAL: KindWords(
        "Gross exposure",
        "firm currency",
        "Holds down the sum of all positions, long and short added, with open orders at their worst.",
    ),
    LimitKind.NET_NOTIONAL: KindWords(
        "Net exposure",
        "firm currency",
        "Holds down long less short positions, with open orders at their worst.",
    ),
    LimitKind.CONCENTRATION_BPS: KindWords(
        "Concentration",
        "bps of the gross exposure limit",
        "Holds down the part of the gross exposure limit that one instrument may take.",
    ),
    LimitKind.CREDIT_NOTIONAL: KindWords(
        "Credit", "firm currency", "Refuses a buy that would need more than this beyond the cash there is."
    ),
    LimitKind.CASH_MINIMUM: KindWords(
        "Cash to keep", "firm currency", "Refuses a buy that would leave less cash than this."
    ),
    LimitKind.UNLOCATED_SHORT_QUANTITY: KindWords(
        "Short without locate",
        "units per instrument",
        "Refuses a sale that would be short by more than this beyond what is located. 0: every short sale is located.",
    ),
    LimitKind.LOCATED_QUANTITY: KindWords(
        "Locate", "units", "So many units of the instrument are located and may be sold short."
    ),
    LimitKind.SELF_TRADE_QUANTITY: KindWords(
        "Self-trade",
        "units of own open orders",
        "Refuses an order that would trade against more than this of the holder's own orders.",
    ),
    LimitKind.DAY_LOSS: KindWords(
        "Loss of the day",
        "firm currency",
        "Once the day's loss is more than this, only orders that reduce a position are admitted.",
    ),
    LimitKind.MARGIN: KindWords(
        "Margin", "firm currency", "Refuses an order with which the margin model asks for more than this."
    ),
    LimitKind.LEAD_TIME_MINUTES: KindWords(
        "Ahead of the session",
        "minutes",
        "Takes an order at most so long before the session in which it works. 0: only while the session is open.",
    ),
    LimitKind.RESTRICTED: KindWords(
        "Restricted", "", "The instrument is on the restricted list: every order for it is refused."
    ),
    LimitKind.PERMITTED: KindWords(
        "Permitted to trade",
        "",
        "The trader may place orders for it. Without a permission that fits, an order is refused.",
    ),
}


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
    return KIND_WORDS[LimitKind(kind)].title


def value_text(kind: str, value: Decimal) -> str:
    """Return a limit's value as a person reads it; "yes" for what is on and no number."""
    unit = KIND_WORDS[LimitKind(kind)].unit
    return f"{amount(value)} {unit}" if unit else "yes"


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
