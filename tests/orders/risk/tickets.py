"""A ticket that passes every check, and the limits that tests put on it."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

from orders.limit_kinds import LimitKind
from orders.risk.check_list import EXPOSURE, TERMS
from orders.risk.checks import evaluate
from orders.risk.figures import Finding, Holder, HolderFigures, InstrumentFigures, LimitInForce, MarketFigures
from orders.risk.ticket import Ticket
from orders.risk.worst import with_order
from orders.terms import Side

HOLDS_NOTHING = HolderFigures(instrument=InstrumentFigures())


def a_limit(kind: LimitKind, value: str, holder: str = "account ALPHA", subject: str = "") -> LimitInForce:
    """A limit in force; its scope in words, such as "desk EQ1" and "instrument SPY"."""
    return LimitInForce(
        id=uuid4(),
        kind=kind,
        version=1,
        value=Decimal(value),
        warn_at_percent=80,
        holder_kind=holder.partition(" ")[0],
        holder=holder,
        subject_kind=subject.rpartition(" ")[0].replace(" ", "_"),
        subject=subject,
    )


LIMITS = (
    a_limit(LimitKind.ORDER_QUANTITY, "1000"),
    a_limit(LimitKind.ORDER_NOTIONAL, "50000"),
    a_limit(LimitKind.PRICE_COLLAR_BPS, "100"),
    a_limit(LimitKind.POSITION_QUANTITY, "1000"),
    a_limit(LimitKind.PERMITTED, "1", holder="trader ann"),
)
GOOD = Ticket(
    side=Side.BUY,
    quantity=Decimal(100),
    limit_price=Decimal("100.10"),
    account_is_active=True,
    instrument_is_active=True,
    market_is_active=True,
    tick_size=Decimal("0.01"),
    lot_size=Decimal(10),
    limits=LIMITS,
    market=MarketFigures(last=Decimal(100)),
)


def with_limit(kind: LimitKind, value: str, holder: str = "account ALPHA", subject: str = "") -> Ticket:
    """The good ticket under one limit more."""
    return replace(GOOD, limits=(*GOOD.limits, a_limit(kind, value, holder, subject)))


def exposed(ticket: Ticket, **before: HolderFigures) -> Ticket:
    """The ticket with what account, desk and firm have before the order, and with it."""
    figures = {holder: before.get(holder.value, HOLDS_NOTHING) for holder in Holder}
    assert ticket.notional
    after = with_order(figures, ticket.side, ticket.quantity, ticket.notional)
    return replace(ticket, before=figures, after=after)


def terms_findings(ticket: Ticket) -> list[Finding]:
    """What the checks of terms find."""
    return list(evaluate(TERMS, ticket))


def exposure_findings(ticket: Ticket) -> list[Finding]:
    """What the checks of exposure and of recent activity find."""
    return list(evaluate(EXPOSURE, ticket))


def finding_of(kind: LimitKind, ticket: Ticket) -> Finding:
    """The one finding about limits of this kind."""
    checks = [each for each in (*TERMS, *EXPOSURE) if each.id == kind]
    (finding,) = evaluate(checks, ticket)
    return finding


def finds_nothing(kind: LimitKind, ticket: Ticket) -> bool:
    """Whether the check of this kind has nothing to say."""
    return not evaluate([each for each in (*TERMS, *EXPOSURE) if each.id == kind], ticket)
