"""The checks of what account, desk and firm come to hold, and of what happened lately."""

from dataclasses import replace
from decimal import Decimal

import pytest

from orders.limit_kinds import LimitKind
from orders.risk.figures import HolderFigures, InstrumentFigures, Outcome
from orders.risk.ticket import Ticket
from orders.terms import Side
from tests.orders.risk.tickets import (
    GOOD,
    HOLDS_NOTHING,
    exposed,
    exposure_findings,
    finding_of,
    finds_nothing,
    with_limit,
)

D = Decimal
POSITION, GROSS, NET = LimitKind.POSITION_QUANTITY, LimitKind.GROSS_NOTIONAL, LimitKind.NET_NOTIONAL


def holds(net: str, *, buys: str = "0", sells: str = "0", **figures: D) -> HolderFigures:
    """Figures of a holder of one instrument at 100: `net` units, and open buys and sells in units."""
    quantities = {"net": D(net), "open_buy": D(buys), "open_sell": D(sells)}
    notionals = {f"{name}_notional": units * 100 for name, units in quantities.items()}
    worst = max(abs((D(net) + D(buys)) * 100), abs((D(net) - D(sells)) * 100))
    return HolderFigures(
        gross_notional=worst,
        **notionals,
        **figures,
        instrument=InstrumentFigures(
            **{f"{name}_quantity": units for name, units in quantities.items()},
            **notionals,
            worst_notional=worst,
        ),
    )


def limited(kind: LimitKind, value: str, subject: str = "", **terms: object) -> Ticket:
    """A buy of 100 at 100 under one limit of the account."""
    ticket = replace(with_limit(kind, value, subject=subject), limit_price=D(100), **terms)
    return replace(ticket, limits=ticket.limits[-1:])


@pytest.mark.parametrize(
    ("side", "before", "used", "with_order"),
    [
        (Side.BUY, holds("0"), 0, 100),
        (Side.BUY, holds("300", buys="200", sells="999"), 500, 600),
        (Side.BUY, holds("-50"), 0, 50),
        (Side.SELL, holds("0", sells="40"), 40, 140),
        (Side.SELL, holds("50", buys="999"), 0, 50),
        (Side.SELL, holds("500"), 0, 0),
    ],
)
def test_a_position_counts_everything_open_on_the_orders_side_as_filled(
    side: Side, before: HolderFigures, used: int, with_order: int
) -> None:
    finding = finding_of(POSITION, exposed(limited(POSITION, "1000", side=side), account=before))

    assert (finding.used, finding.with_order) == (used, with_order)


@pytest.mark.parametrize(("value", "outcome"), [("99", Outcome.DENIED), ("100", Outcome.WARNED)])
def test_a_position_may_reach_its_limit(value: str, outcome: Outcome) -> None:
    finding = finding_of(POSITION, exposed(limited(POSITION, value)))

    assert (finding.outcome, finding.code) == (outcome, "RISK_POSITION_LIMIT")


@pytest.mark.parametrize(
    ("holder", "outcome"), [("desk EQ1", Outcome.DENIED), ("firm ATLAS", Outcome.PASSED)]
)
def test_each_holder_is_held_to_its_limit_by_its_own_figures(holder: str, outcome: Outcome) -> None:
    ticket = replace(with_limit(POSITION, "500", holder=holder), limit_price=D(100))
    ticket = exposed(replace(ticket, limits=ticket.limits[-1:]), desk=holds("450"), firm=holds("-600"))

    assert finding_of(POSITION, ticket).outcome is outcome


@pytest.mark.parametrize("kind", [GROSS, NET])
@pytest.mark.parametrize(("value", "outcome"), [("9999", Outcome.DENIED), ("10000", Outcome.WARNED)])
def test_gross_and_net_are_held_to_their_limits(kind: LimitKind, value: str, outcome: Outcome) -> None:
    assert finding_of(kind, exposed(limited(kind, value))).outcome is outcome


@pytest.mark.parametrize("kind", [GROSS, NET])
def test_a_limit_on_an_instrument_counts_that_instrument_alone(kind: LimitKind) -> None:
    elsewhere = replace(
        HOLDS_NOTHING, gross_notional=D(10**9), net_notional=D(10**9), open_buy_notional=D(10**9)
    )

    narrow = finding_of(kind, exposed(limited(kind, "20000", "instrument SPY"), account=elsewhere))
    wide = finding_of(kind, exposed(limited(kind, "20000"), account=elsewhere))

    assert (narrow.outcome, narrow.with_order) == (Outcome.PASSED, 10_000)
    assert wide.outcome is Outcome.DENIED


@pytest.mark.parametrize(
    "kind", [POSITION, GROSS, NET, LimitKind.CREDIT_NOTIONAL, LimitKind.CASH_MINIMUM, LimitKind.DAY_LOSS]
)
def test_a_sell_that_reduces_a_long_position_is_never_refused(kind: LimitKind) -> None:
    far_beyond = holds("1000", cash=D(-(10**9)), day_loss=D(10**9))
    ticket = limited(kind, "1", side=Side.SELL)

    assert not [
        each
        for each in exposure_findings(exposed(ticket, account=far_beyond))
        if each.outcome is not Outcome.PASSED
    ]


def test_a_buy_that_covers_a_short_position_reduces_it_too() -> None:
    short = holds("-1000", day_loss=D(10))

    finding = finding_of(LimitKind.DAY_LOSS, exposed(limited(LimitKind.DAY_LOSS, "1"), account=short))

    assert (finding.outcome, finding.with_order) == (Outcome.PASSED, 10)


@pytest.mark.parametrize(("value", "outcome"), [("4999", Outcome.DENIED), ("5000", Outcome.WARNED)])
def test_concentration_is_the_instruments_part_of_the_holders_tightest_gross_limit(
    value: str, outcome: Outcome
) -> None:
    ticket = replace(limited(LimitKind.CONCENTRATION_BPS, value))
    gross = [
        with_limit(GROSS, amount, holder=holder).limits[-1]
        for amount, holder in (("30000", "account ALPHA"), ("20000", "account ALPHA"), ("1", "desk EQ1"))
    ]

    finding = finding_of(
        LimitKind.CONCENTRATION_BPS, exposed(replace(ticket, limits=(*ticket.limits, *gross)))
    )

    assert (finding.outcome, finding.with_order) == (outcome, 5000)
    assert finding.numbers == {"quantity": "100", "gross_limit": "20000"}


@pytest.mark.parametrize("gross", [(), ("instrument SPY",)])
def test_concentration_without_a_gross_limit_of_the_holder_is_refused(gross: tuple[str, ...]) -> None:
    ticket = limited(LimitKind.CONCENTRATION_BPS, "10000")
    narrow = tuple(with_limit(GROSS, "20000", subject=subject).limits[-1] for subject in gross)

    finding = finding_of(
        LimitKind.CONCENTRATION_BPS, exposed(replace(ticket, limits=(*ticket.limits, *narrow)))
    )

    assert (finding.outcome, finding.code) == (Outcome.DENIED, "RISK_LIMIT_MISSING")


@pytest.mark.parametrize(("side", "outcome"), [(Side.BUY, Outcome.DENIED), (Side.SELL, Outcome.PASSED)])
def test_of_a_gross_limit_of_nothing_anything_more_is_too_much_and_less_is_let_through(
    side: Side, outcome: Outcome
) -> None:
    ticket = limited(LimitKind.CONCENTRATION_BPS, "5000", side=side)
    nothing = with_limit(GROSS, "0").limits[-1]

    finding = finding_of(
        LimitKind.CONCENTRATION_BPS,
        exposed(replace(ticket, limits=(*ticket.limits, nothing)), account=holds("100")),
    )

    assert finding.outcome is outcome


@pytest.mark.parametrize(
    ("value", "outcome"), [("8999", Outcome.DENIED), ("9000", Outcome.WARNED), ("90000", Outcome.PASSED)]
)
def test_credit_is_how_far_cash_falls_below_nothing(value: str, outcome: Outcome) -> None:
    ticket = exposed(limited(LimitKind.CREDIT_NOTIONAL, value), account=replace(HOLDS_NOTHING, cash=D(1000)))

    finding = finding_of(LimitKind.CREDIT_NOTIONAL, ticket)

    assert (finding.outcome, finding.used, finding.with_order) == (outcome, 0, 9000)
    assert finding.numbers == {"quantity": "100", "cash": "1000"}


@pytest.mark.parametrize(
    ("cash", "outcome"),
    [
        ("10626", Outcome.PASSED),
        ("10625", Outcome.WARNED),
        ("10500", Outcome.WARNED),
        ("10499", Outcome.DENIED),
    ],
)
def test_with_all_open_buys_filled_the_minimum_of_cash_remains(cash: str, outcome: Outcome) -> None:
    ticket = exposed(limited(LimitKind.CASH_MINIMUM, "500"), account=replace(HOLDS_NOTHING, cash=D(cash)))

    finding = finding_of(LimitKind.CASH_MINIMUM, ticket)

    assert (finding.outcome, finding.code) == (outcome, "" if outcome is Outcome.PASSED else "RISK_CASH")
    assert finding.numbers["remaining"] == str(D(cash) - 10_000)


@pytest.mark.parametrize(
    ("before", "located", "outcome"),
    [
        (holds("0"), "100", Outcome.PASSED),
        (holds("0"), "99", Outcome.DENIED),
        (holds("60"), "40", Outcome.PASSED),
        (holds("60", sells="1"), "40", Outcome.DENIED),
        (holds("100"), "0", Outcome.PASSED),
    ],
)
def test_what_is_sold_short_is_located_by_the_same_holder(
    before: HolderFigures, located: str, outcome: Outcome
) -> None:
    ticket = limited(LimitKind.UNLOCATED_SHORT_QUANTITY, "0", side=Side.SELL)
    locates = [
        with_limit(LimitKind.LOCATED_QUANTITY, units, holder, "instrument SPY").limits[-1]
        for units, holder in ((located, "account ALPHA"), ("1000", "desk EQ1"))
    ]

    finding = finding_of(
        LimitKind.UNLOCATED_SHORT_QUANTITY,
        exposed(replace(ticket, limits=(*ticket.limits, *locates)), account=before),
    )

    assert finding.outcome is outcome
    assert finding.numbers == {"quantity": "100", "located": located}


def test_a_buy_is_no_short_sale() -> None:
    assert finds_nothing(
        LimitKind.UNLOCATED_SHORT_QUANTITY, exposed(limited(LimitKind.UNLOCATED_SHORT_QUANTITY, "0"))
    )


@pytest.mark.parametrize(
    ("loss", "outcome"), [("101", Outcome.DENIED), ("100", Outcome.WARNED), ("-500", Outcome.PASSED)]
)
def test_after_too_large_a_loss_of_the_day_a_position_is_not_enlarged(loss: str, outcome: Outcome) -> None:
    ticket = exposed(limited(LimitKind.DAY_LOSS, "100"), account=replace(HOLDS_NOTHING, day_loss=D(loss)))

    finding = finding_of(LimitKind.DAY_LOSS, ticket)

    assert (finding.outcome, finding.numbers["loss"]) == (outcome, loss)


@pytest.mark.parametrize(
    ("before", "outcome"), [(holds("0"), Outcome.DENIED), (holds("-100"), Outcome.PASSED)]
)
def test_before_the_day_is_valued_only_what_reduces_a_position_is_let_through(
    before: HolderFigures, outcome: Outcome
) -> None:
    ticket = exposed(limited(LimitKind.DAY_LOSS, "100"), account=before)

    assert finding_of(LimitKind.DAY_LOSS, ticket).outcome is outcome


@pytest.mark.parametrize(
    ("margin", "outcome", "code"),
    [
        (D("10.01"), Outcome.DENIED, "RISK_MARGIN"),
        (D(10), Outcome.WARNED, "RISK_MARGIN"),
        (None, Outcome.DENIED, "RISK_MARGIN_UNKNOWN"),
    ],
)
def test_margin_is_what_the_model_says(margin: D | None, outcome: Outcome, code: str) -> None:
    ticket = exposed(limited(LimitKind.MARGIN, "10"))
    ticket = replace(ticket, margins={ticket.limits[0].id: margin})

    finding = finding_of(LimitKind.MARGIN, ticket)

    assert (finding.outcome, finding.code) == (outcome, code)


RATES = [
    (LimitKind.ORDERS_PER_SECOND, "RISK_ORDER_RATE"),
    (LimitKind.ORDERS_PER_MINUTE, "RISK_ORDER_RATE"),
    (LimitKind.MESSAGES_PER_SECOND, "RISK_MESSAGE_RATE"),
    (LimitKind.MESSAGES_PER_MINUTE, "RISK_MESSAGE_RATE"),
    (LimitKind.REPEATED_EXECUTIONS, "RISK_THROTTLED"),
]


@pytest.mark.parametrize(("kind", "code"), RATES)
def test_what_happened_lately_and_this_order_are_within_the_limit(kind: LimitKind, code: str) -> None:
    ticket = limited(kind, "10")

    found = [finding_of(kind, replace(ticket, recent={ticket.limits[0].id: D(used)})) for used in (6, 9, 10)]

    assert [each.outcome for each in found] == [Outcome.PASSED, Outcome.WARNED, Outcome.DENIED]
    assert (found[2].code, found[2].used, found[2].with_order) == (code, 10, 11)


def test_an_equal_order_within_the_window_is_a_duplicate() -> None:
    ticket = limited(LimitKind.DUPLICATE_WINDOW_S, "5")

    none, one = (
        finding_of(LimitKind.DUPLICATE_WINDOW_S, replace(ticket, recent={ticket.limits[0].id: D(equal)}))
        for equal in (0, 1)
    )

    assert (none.outcome, one.outcome, one.code) == (Outcome.PASSED, Outcome.DENIED, "RISK_DUPLICATE_ORDER")
    assert one.numbers == {"window_s": "5", "orders": "1"}


@pytest.mark.parametrize(
    ("crossing", "outcome"), [("10", Outcome.WARNED), ("11", Outcome.DENIED), ("0", Outcome.PASSED)]
)
def test_an_order_does_not_trade_with_its_holders_own(crossing: str, outcome: Outcome) -> None:
    ticket = limited(LimitKind.SELF_TRADE_QUANTITY, "10")

    finding = finding_of(
        LimitKind.SELF_TRADE_QUANTITY, replace(ticket, recent={ticket.limits[0].id: D(crossing)})
    )

    assert finding.outcome is outcome


@pytest.mark.parametrize(
    "kind", [*(kind for kind, _code in RATES), LimitKind.DUPLICATE_WINDOW_S, LimitKind.SELF_TRADE_QUANTITY]
)
def test_what_was_not_counted_is_not_judged(kind: LimitKind) -> None:
    assert finds_nothing(kind, limited(kind, "1"))


def test_figures_that_were_not_read_are_no_zeros() -> None:
    ticket = exposed(limited(POSITION, "1000"))
    unread = dict.fromkeys(ticket.before, HolderFigures())

    with pytest.raises(LookupError):
        finding_of(POSITION, replace(ticket, before=unread))


def test_what_is_not_limited_is_not_looked_at() -> None:
    assert [each.check for each in exposure_findings(exposed(GOOD))] == [POSITION]
