"""Whom a limit of which kind may be for, and which values make sense of it. Pure."""

from decimal import Decimal

from orders.models.limit import HELD_BY_EXPOSURE, HOLDERS, LimitKind

FIXED = {LimitKind.RESTRICTED: Decimal(0), LimitKind.PERMITTED: Decimal(1)}
"""What is a rule or a right and no number: the value that says that it is on."""

ZERO_HAS_MEANING = frozenset(
    {
        LimitKind.PRICE_COLLAR_BPS,  # at the reference price or better only
        LimitKind.MID_COLLAR_BPS,
        LimitKind.CLOSE_COLLAR_BPS,
        LimitKind.WINDOW_COLLAR_BPS,
        LimitKind.POSITION_QUANTITY,  # what is held may only be reduced
        LimitKind.GROSS_NOTIONAL,
        LimitKind.NET_NOTIONAL,
        LimitKind.CREDIT_NOTIONAL,  # nothing on credit
        LimitKind.CASH_MINIMUM,  # what there is may be spent, no more
        LimitKind.UNLOCATED_SHORT_QUANTITY,  # no short sale without a locate
        LimitKind.SELF_TRADE_QUANTITY,  # no crossing of own orders
        LimitKind.DAY_LOSS,  # the first loss of a day ends it
        LimitKind.MARGIN,
        LimitKind.LEAD_TIME_MINUTES,  # while the session is open only
    }
)
"""Zero of any other kind would refuse every order (halt the instrument or the account for that) or nothing at all."""

WHOLE_NUMBERS = frozenset(
    {
        LimitKind.DUPLICATE_WINDOW_S,
        LimitKind.ORDERS_PER_SECOND,
        LimitKind.ORDERS_PER_MINUTE,
        LimitKind.MESSAGES_PER_SECOND,
        LimitKind.MESSAGES_PER_MINUTE,
        LimitKind.REPEATED_EXECUTIONS,
        LimitKind.LEAD_TIME_MINUTES,
    }
)
"""What is counted, or measured in whole seconds and minutes."""


SUBJECT_NEEDED = {
    LimitKind.RESTRICTED: ("instrument", "asset_class"),
    LimitKind.LOCATED_QUANTITY: ("instrument",),
}
"""What says nothing without naming what is traded, by one of these columns."""


def scope_misfit(kind: LimitKind, holder: str, subject: str) -> str | None:
    """Return why a limit of this kind cannot have this scope, None where it can.

    `holder` is firm, desk, account, trader or "" for everybody, `subject` instrument, asset_class or "" for anything.
    """
    holders = holders_of(kind)
    if holder not in holders:
        return f"a limit of the kind {kind} is for one {' or '.join(name for name in holders if name)}"
    needed = SUBJECT_NEEDED.get(kind, ())
    if needed and subject not in needed:
        return f"a limit of the kind {kind} names one {' or '.join(needed).replace('_', ' ')}"
    return None


def holders_of(kind: LimitKind) -> tuple[str, ...]:
    """Return whom a limit of this kind may be for: "" stands for everybody."""
    if kind == LimitKind.PERMITTED:
        return ("trader",)
    return ("firm", "desk", "account") if kind in HELD_BY_EXPOSURE else (*HOLDERS, "")


def value_misfit(kind: LimitKind, value: Decimal) -> str | None:
    """Return why a limit of this kind cannot have this value (in its unit, not negative), None where it can."""
    fixed = FIXED.get(kind)
    if fixed is not None:
        return None if value == fixed else f"{kind} is on or off, no number: its value is {fixed}"
    if value == 0 and kind not in ZERO_HAS_MEANING:
        return f"{kind} must be greater than zero"
    if kind in WHOLE_NUMBERS and value != value.to_integral_value():
        return f"{kind} must be a whole number"
    return None
