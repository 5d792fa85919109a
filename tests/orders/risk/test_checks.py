"""The checks of an order's terms, each alone and in their order."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.limit_kinds import KINDS, NEEDED_TO_TRADE, OVERRIDABLE_CODES, LimitKind
from orders.risk.check_list import EXPOSURE, MARKET_FIGURES, TERMS
from orders.risk.checks import LimitCheck
from orders.risk.figures import Finding, MarketFigures, Outcome
from orders.risk.ticket import Ticket
from orders.terms import Side
from tests.orders.risk.tickets import (
    GOOD,
    LIMITS,
    a_limit,
    finding_of,
    finds_nothing,
    terms_findings,
    with_limit,
)


def codes_of(ticket: Ticket) -> list[str]:
    return [each.code for each in terms_findings(ticket) if each.outcome is Outcome.DENIED]


def market(**figures: str) -> MarketFigures:
    return MarketFigures(**{"last": Decimal(100)} | {name: Decimal(text) for name, text in figures.items()})


def test_a_good_ticket_passes() -> None:
    assert {each.outcome for each in terms_findings(GOOD)} == {Outcome.PASSED}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"account_is_active": False}, "RISK_ACCOUNT_SUSPENDED"),
        ({"instrument_is_active": False}, "RISK_INSTRUMENT_HALTED"),
        ({"market_is_active": False}, "RISK_MARKET_HALTED"),
        ({"limits": LIMITS[1:]}, "RISK_LIMIT_MISSING"),
        ({"limits": LIMITS[:4]}, "RISK_NOT_PERMITTED"),
        ({"quantity": Decimal(105)}, "RISK_QUANTITY_OFF_LOT"),
        ({"display_quantity": Decimal(5)}, "RISK_QUANTITY_OFF_LOT"),
        ({"minimum_quantity": Decimal(15)}, "RISK_QUANTITY_OFF_LOT"),
        ({"limit_price": Decimal("100.105")}, "RISK_PRICE_OFF_TICK"),
        ({"stop_price": Decimal("100.105")}, "RISK_PRICE_OFF_TICK"),
        ({"trail_price": Decimal("0.005")}, "RISK_PRICE_OFF_TICK"),
        ({"market": MarketFigures(), "limit_price": None}, "RISK_NO_REFERENCE_PRICE"),
        ({"rate": None}, "RISK_NO_EXCHANGE_RATE"),
        ({"quantity": Decimal(500)}, "RISK_ORDER_NOTIONAL"),
        ({"rate": Decimal(6)}, "RISK_ORDER_NOTIONAL"),
        ({"limit_price": Decimal("101.01")}, "RISK_PRICE_COLLAR"),
        ({"side": Side.SELL, "limit_price": Decimal("98.99")}, "RISK_PRICE_COLLAR"),
    ],
)
def test_each_rule_refuses_with_its_own_code(changes: dict[str, object], code: str) -> None:
    assert codes_of(replace(GOOD, **changes)) == [code]


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": Decimal(490), "limit_price": Decimal("101.00")},  # on the collar, 49,490 within 50,000
        {"side": Side.SELL, "limit_price": Decimal("99.00")},
        {"limit_price": None},
        {"limit_price": Decimal("1.00")},  # a passive price may be as far away as it likes
        {"stop_price": Decimal("110"), "limit_price": Decimal("111.10")},  # the market will be at the stop
    ],
)
def test_what_is_exactly_on_a_limit_passes(changes: dict[str, object]) -> None:
    assert codes_of(replace(GOOD, **changes)) == []


@pytest.mark.parametrize(
    ("changes", "is_counted"),
    [
        ({"last": "999999999999"}, True),
        ({"last": "1000000000000"}, False),
        ({"rate": Decimal("9999999999.99999999")}, True),
        ({"rate": Decimal(10) ** 10}, False),
        ({"trail_price": Decimal("999999999899.99")}, True),
        ({"trail_price": Decimal("999999999900")}, False),
        ({"trail_price": Decimal("999999999900"), "rate": Decimal("0.01")}, False),
        ({"trail_price": Decimal("999999999900"), "side": Side.SELL}, True),
    ],
)
def test_a_unit_costs_less_than_any_column_holds(changes: dict[str, Any], is_counted: bool) -> None:
    last = changes.pop("last", "100")
    ticket = replace(GOOD, limit_price=None, market=market(last=last), **changes)

    assert ("RISK_TOO_LARGE_TO_COUNT" not in codes_of(ticket)) is is_counted


def test_all_that_is_wrong_is_found_and_the_plainest_comes_first() -> None:
    wrong = replace(GOOD, account_is_active=False, quantity=Decimal(2005), limit_price=Decimal("120.005"))

    assert codes_of(wrong) == [
        "RISK_ACCOUNT_SUSPENDED",
        "RISK_QUANTITY_OFF_LOT",
        "RISK_PRICE_OFF_TICK",
        "RISK_ORDER_QUANTITY",
        "RISK_ORDER_NOTIONAL",
        "RISK_PRICE_COLLAR",
    ]


def test_a_denial_shows_the_numbers_it_saw() -> None:
    finding = finding_of(LimitKind.PRICE_COLLAR_BPS, replace(GOOD, limit_price=Decimal("102.00")))

    assert dict(finding.numbers) == {"limit_price": "102", "reference_price": "100", "collar_bps": "100"}
    assert (finding.with_order, finding.limit) == (Decimal(200), LIMITS[2])


def test_a_passive_sell_is_worth_its_limit_price() -> None:
    ticket = replace(GOOD, side=Side.SELL, quantity=Decimal(400), limit_price=Decimal("130.00"))

    assert codes_of(ticket) == ["RISK_ORDER_NOTIONAL"]


def test_of_several_limits_of_a_kind_every_one_must_hold() -> None:
    ticket = with_limit(LimitKind.ORDER_QUANTITY, "99", holder="desk EQ1")

    found = [each for each in terms_findings(ticket) if each.check == LimitKind.ORDER_QUANTITY]

    assert [(each.limit.scope, each.outcome) for each in found if each.limit] == [
        ("account ALPHA", Outcome.PASSED),
        ("desk EQ1", Outcome.DENIED),
    ]


@pytest.mark.parametrize("kind", NEEDED_TO_TRADE)
@pytest.mark.parametrize("holder", ["account ALPHA", "desk EQ1", "firm ATLAS"])
def test_a_needed_limit_may_be_the_accounts_its_desks_or_its_firms(kind: LimitKind, holder: str) -> None:
    others = tuple(each for each in LIMITS if each.kind != kind)

    assert codes_of(replace(GOOD, limits=(*others, a_limit(kind, "100000", holder=holder)))) == []


@pytest.mark.parametrize("kind", NEEDED_TO_TRADE)
@pytest.mark.parametrize("holder", ["trader ann", ""])
def test_a_traders_limit_or_everybodys_does_not_let_an_account_trade(kind: LimitKind, holder: str) -> None:
    others = tuple(each for each in LIMITS if each.kind != kind)

    found = terms_findings(replace(GOOD, limits=(*others, a_limit(kind, "100000", holder=holder))))

    (missing,) = [each for each in found if each.outcome is Outcome.DENIED]
    assert (missing.code, missing.detail) == ("RISK_LIMIT_MISSING", f"the account has no limit for {kind}")


def test_an_instrument_on_the_restricted_list_is_refused() -> None:
    ticket = with_limit(LimitKind.RESTRICTED, "0", holder="firm ATLAS", subject="instrument SPY")

    assert codes_of(ticket) == ["RISK_RESTRICTED"]


@pytest.mark.parametrize(("least", "outcome"), [("100", Outcome.PASSED), ("101", Outcome.DENIED)])
def test_an_order_has_at_least_the_minimum_quantity(least: str, outcome: Outcome) -> None:
    finding = finding_of(
        LimitKind.ORDER_MINIMUM_QUANTITY, with_limit(LimitKind.ORDER_MINIMUM_QUANTITY, least)
    )

    assert finding.outcome is outcome
    assert finding.code == ("RISK_ORDER_MINIMUM" if outcome is Outcome.DENIED else "")


@pytest.mark.parametrize(
    ("opens_in_s", "outcome"), [("0", Outcome.PASSED), ("1800", Outcome.WARNED), ("1801", Outcome.DENIED)]
)
def test_an_order_comes_at_most_so_many_minutes_before_its_session(opens_in_s: str, outcome: Outcome) -> None:
    ticket = with_limit(LimitKind.LEAD_TIME_MINUTES, "30", holder="firm ATLAS")

    finding = finding_of(
        LimitKind.LEAD_TIME_MINUTES, replace(ticket, market=market(session_opens_in_s=opens_in_s))
    )

    assert finding.outcome is outcome


def test_a_lead_time_of_nothing_takes_orders_only_in_the_session() -> None:
    ticket = with_limit(LimitKind.LEAD_TIME_MINUTES, "0")

    for opens_in_s, codes in (("0", []), ("0.5", ["RISK_SESSION_CLOSED"])):
        assert codes_of(replace(ticket, market=market(session_opens_in_s=opens_in_s))) == codes


@pytest.mark.parametrize(("volume", "outcome"), [("10001", Outcome.WARNED), ("9999", Outcome.DENIED)])
def test_the_quantity_is_held_to_a_share_of_the_average_daily_volume(volume: str, outcome: Outcome) -> None:
    ticket = with_limit(LimitKind.ORDER_VOLUME_SHARE_BPS, "100")

    finding = finding_of(
        LimitKind.ORDER_VOLUME_SHARE_BPS, replace(ticket, market=market(average_daily_volume=volume))
    )

    assert finding.outcome is outcome
    assert finding.numbers == {"average_daily_volume": volume}


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (LimitKind.ORDER_VOLUME_SHARE_BPS, "RISK_VOLUME_SHARE"),
        (LimitKind.LEAD_TIME_MINUTES, "RISK_SESSION_CLOSED"),
        (LimitKind.MID_COLLAR_BPS, "RISK_MID_COLLAR"),
        (LimitKind.CLOSE_COLLAR_BPS, "RISK_CLOSE_COLLAR"),
        (LimitKind.WINDOW_COLLAR_BPS, "RISK_WINDOW_COLLAR"),
    ],
)
def test_a_limit_whose_figure_is_not_known_refuses(kind: LimitKind, code: str) -> None:
    assert codes_of(with_limit(kind, "100")) == [code]


@pytest.mark.parametrize(
    ("kind", "figure"),
    [
        (LimitKind.MID_COLLAR_BPS, "mid"),
        (LimitKind.CLOSE_COLLAR_BPS, "previous_close"),
        (LimitKind.WINDOW_COLLAR_BPS, "window_average"),
    ],
)
def test_each_collar_looks_at_its_own_reference(kind: LimitKind, figure: str) -> None:
    ticket = with_limit(kind, "50")

    near, far = (
        finding_of(kind, replace(ticket, market=market(**{figure: price}))) for price in ("100", "99.60")
    )

    assert (near.outcome, far.outcome) == (Outcome.PASSED, Outcome.DENIED)
    assert far.numbers["reference_price"] == "99.6"
    assert MARKET_FIGURES[kind] == figure


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 10**4))
def test_a_collar_is_exceeded_exactly_where_the_exact_quotient_is_and_tells_sixteen_places(
    price: int, last: int, collar: int
) -> None:
    limit = replace(LIMITS[2], value=Decimal(collar))
    ticket = replace(GOOD, limits=(limit,), limit_price=Decimal(price), market=market(last=str(last)))

    finding = finding_of(LimitKind.PRICE_COLLAR_BPS, ticket)

    assert (finding.outcome is Outcome.DENIED) == ((price - last) * 10_000 > collar * last)
    assert finding.with_order is not None
    assert -int(finding.with_order.as_tuple().exponent) == 16


def test_a_collar_without_its_reference_says_what_is_not_known() -> None:
    found = finding_of(LimitKind.PRICE_COLLAR_BPS, replace(GOOD, market=MarketFigures()))

    assert (found.code, found.detail) == ("RISK_PRICE_COLLAR", "the last price is not known")


def test_a_market_order_has_no_price_to_hold_to_a_collar() -> None:
    assert finds_nothing(LimitKind.PRICE_COLLAR_BPS, replace(GOOD, limit_price=None))


def test_an_order_whose_worth_is_not_known_is_refused_for_that_and_not_for_its_worth() -> None:
    ticket = replace(GOOD, rate=None)

    assert (ticket.worst_price, ticket.notional) == (None, None)
    assert finds_nothing(LimitKind.ORDER_NOTIONAL, ticket)


@given(st.integers(1, 2000), st.integers(1, 100))
def test_a_check_warns_from_the_limits_own_percentage_on(quantity: int, warn_at_percent: int) -> None:
    limit = replace(LIMITS[0], warn_at_percent=warn_at_percent)
    ticket = replace(GOOD, limits=(limit,), quantity=Decimal(quantity))

    outcome = finding_of(LimitKind.ORDER_QUANTITY, ticket).outcome

    if quantity > limit.value:
        assert outcome is Outcome.DENIED
    else:
        is_near = Decimal(quantity) / limit.value * 100 >= warn_at_percent
        assert outcome is (Outcome.WARNED if is_near else Outcome.PASSED)


@given(st.decimals("0.01", "1000", places=2), st.sampled_from(Side))
def test_the_collar_refuses_exactly_what_lies_beyond_it(price: Decimal, side: Side) -> None:
    finding = finding_of(LimitKind.PRICE_COLLAR_BPS, replace(GOOD, side=side, limit_price=price))

    assert (finding.outcome is Outcome.DENIED) == (price > 101 if side == Side.BUY else price < 99)


def test_every_kind_of_limit_has_one_check_but_those_that_others_read() -> None:
    kinds = [each.kind for each in (*TERMS, *EXPOSURE) if isinstance(each, LimitCheck)]

    assert len(kinds) == len(set(kinds))
    assert set(LimitKind) - set(kinds) == {LimitKind.PERMITTED, LimitKind.LOCATED_QUANTITY}


def test_no_check_shares_its_id() -> None:
    ids = [each.id for each in (*TERMS, *EXPOSURE)]

    assert len(ids) == len(set(ids))


def test_what_nobody_may_override_is_no_overridable_code() -> None:
    never = {
        *("RISK_RESTRICTED", "RISK_NOT_PERMITTED", "RISK_SHORT_WITHOUT_LOCATE", "RISK_SELF_TRADE"),
        *("RISK_LIMIT_MISSING", "RISK_KILL_SWITCH", "RISK_ACCOUNT_SUSPENDED", "RISK_THROTTLED"),
    }

    assert not never & OVERRIDABLE_CODES
    assert {each.code for each in KINDS.values()} - never - {""} == OVERRIDABLE_CODES


def test_a_finding_tells_how_much_of_its_limit_is_used() -> None:
    used = Finding(
        check="x",
        outcome=Outcome.PASSED,
        limit=a_limit(LimitKind.ORDER_QUANTITY, "50"),
        with_order=Decimal(20),
    )

    assert used.utilisation_percent == 40
    assert replace(used, limit=a_limit(LimitKind.ORDER_QUANTITY, "0")).utilisation_percent is None
    assert replace(used, with_order=None).utilisation_percent is None
    assert replace(used, limit=None).utilisation_percent is None
