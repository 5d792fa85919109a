"""Which scopes and values of a limit make sense, by its kind. Pure."""

from decimal import Decimal

from orders.limit_kinds import KINDS, LimitKind

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


def scope_misfit(kind: LimitKind, holder: str, subject: str) -> str | None:
    """Return why a limit of this kind cannot have this scope, None where it can.

    `holder` is firm, desk, account, trader or "" for everybody, `subject` instrument, asset_class or "" for anything.
    """
    known = KINDS[kind]
    if holder not in known.holders:
        return f"a limit of the kind {kind} is for one {_either(known.holders)}"
    if subject in known.subjects:
        return None
    if known.subjects == ("",):
        return f"a limit of the kind {kind} is about everything: give neither symbol nor asset_class"
    return f"a limit of the kind {kind} is about one {_either(known.subjects)}"


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(word.replace("_", " ") for word in words if word)


def value_misfit(kind: LimitKind, value: Decimal) -> str | None:
    """Return why a limit of this kind cannot have this value (in its unit, not negative), None where it can."""
    fixed = KINDS[kind].fixed_value
    if fixed is not None:
        return None if value == fixed else f"{kind} is on or off, no number: its value is {fixed}"
    if value == 0 and kind not in ZERO_HAS_MEANING:
        return f"{kind} must be greater than zero"
    if kind in WHOLE_NUMBERS and value != value.to_integral_value():
        return f"{kind} must be a whole number"
    return None
