"""All checks in their order: the first denial gives an order its code, so the plainest reasons come first. Pure.

Those of TERMS need a ticket with terms, states, limits and market; those of EXPOSURE also what account, desk and firm
hold and what happened lately, which is read under locks, last.
"""

from orders.limit_kinds import LimitKind
from orders.risk.checks import Check
from orders.risk.exposure_checks import (
    CashRemains,
    ConcentrationWithinLimit,
    CreditWithinLimit,
    DayLossWithinLimit,
    GrossWithinLimit,
    MarginWithinLimit,
    NetWithinLimit,
    PositionWithinLimit,
    ShortIsLocated,
)
from orders.risk.price_checks import PriceWithinCollar
from orders.risk.recent_checks import NoDuplicate, NoSelfTrade, NotThrottled, RecentWithinLimit
from orders.risk.size_checks import (
    NotionalWithinLimit,
    QuantityAboveMinimum,
    QuantityWithinLimit,
    VolumeShareWithinLimit,
)
from orders.risk.state_checks import (
    AccountActive,
    InstrumentActive,
    LimitsPresent,
    MarketActive,
    MarketDataPresent,
    NotRestricted,
    PriceCountable,
    PriceOnTick,
    QuantityInLots,
    RateKnown,
    SessionNear,
    TraderPermitted,
)

TERMS: tuple[Check, ...] = (
    AccountActive(),
    InstrumentActive(),
    MarketActive(),
    LimitsPresent(),
    TraderPermitted(),
    NotRestricted(LimitKind.RESTRICTED),
    QuantityInLots(),
    PriceOnTick(),
    SessionNear(LimitKind.LEAD_TIME_MINUTES),
    QuantityWithinLimit(LimitKind.ORDER_QUANTITY),
    QuantityAboveMinimum(LimitKind.ORDER_MINIMUM_QUANTITY),
    MarketDataPresent(),
    RateKnown(),
    PriceCountable(),
    NotionalWithinLimit(LimitKind.ORDER_NOTIONAL),
    VolumeShareWithinLimit(LimitKind.ORDER_VOLUME_SHARE_BPS),
    PriceWithinCollar(LimitKind.PRICE_COLLAR_BPS, "last", "the last price"),
    PriceWithinCollar(LimitKind.MID_COLLAR_BPS, "mid", "the mid of the quote"),
    PriceWithinCollar(LimitKind.CLOSE_COLLAR_BPS, "previous_close", "the previous close"),
    PriceWithinCollar(LimitKind.WINDOW_COLLAR_BPS, "window_average", "the average of the last five minutes"),
)

EXPOSURE: tuple[Check, ...] = (
    NoDuplicate(LimitKind.DUPLICATE_WINDOW_S),
    RecentWithinLimit(LimitKind.ORDERS_PER_SECOND, "too many orders within a second"),
    RecentWithinLimit(LimitKind.ORDERS_PER_MINUTE, "too many orders within a minute"),
    RecentWithinLimit(LimitKind.MESSAGES_PER_SECOND, "too many messages within a second"),
    RecentWithinLimit(LimitKind.MESSAGES_PER_MINUTE, "too many messages within a minute"),
    NotThrottled(LimitKind.REPEATED_EXECUTIONS),
    NoSelfTrade(LimitKind.SELF_TRADE_QUANTITY),
    PositionWithinLimit(LimitKind.POSITION_QUANTITY),
    GrossWithinLimit(LimitKind.GROSS_NOTIONAL),
    NetWithinLimit(LimitKind.NET_NOTIONAL),
    ConcentrationWithinLimit(LimitKind.CONCENTRATION_BPS),
    CreditWithinLimit(LimitKind.CREDIT_NOTIONAL),
    CashRemains(LimitKind.CASH_MINIMUM),
    ShortIsLocated(LimitKind.UNLOCATED_SHORT_QUANTITY),
    DayLossWithinLimit(LimitKind.DAY_LOSS),
    MarginWithinLimit(LimitKind.MARGIN),
)

MARKET_FIGURES: dict[str, str] = {
    LimitKind.ORDER_VOLUME_SHARE_BPS: "average_daily_volume",
    LimitKind.MID_COLLAR_BPS: "mid",
    LimitKind.CLOSE_COLLAR_BPS: "previous_close",
    LimitKind.WINDOW_COLLAR_BPS: "window_average",
    LimitKind.LEAD_TIME_MINUTES: "session_opens_in_s",
}
"""What the limits of each kind need to know of the market, beside the last price."""

IN_INSTRUMENT = frozenset(
    {LimitKind.POSITION_QUANTITY, LimitKind.CONCENTRATION_BPS, LimitKind.UNLOCATED_SHORT_QUANTITY}
)
"""The kinds that look at what the holder has in the order's instrument, as a limit with a subject does."""
