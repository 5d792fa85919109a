"""The stateless checks, each alone and in their order."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.limit_kinds import NEEDED_TO_TRADE
from orders.risk.checks import CHECKS, LimitsPresent, PriceWithinCollar, Ticket, first_denial
from orders.terms import Side

GOOD = Ticket(
    side=Side.BUY,
    quantity=Decimal(100),
    limit_price=Decimal("100.10"),
    account_is_active=True,
    instrument_is_active=True,
    tick_size=Decimal("0.01"),
    lot_size=Decimal(10),
    limits={
        "order_quantity": Decimal(1000),
        "order_notional": Decimal(50_000),
        "price_collar_bps": Decimal(100),
        "position_quantity": Decimal(1000),
    },
    reference_price=Decimal(100),
)


def code_of(ticket: Ticket) -> str | None:
    denial = first_denial(CHECKS, ticket)
    return denial.code if denial else None


def test_a_good_ticket_passes() -> None:
    assert code_of(GOOD) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"account_is_active": False}, "RISK_ACCOUNT_SUSPENDED"),
        ({"instrument_is_active": False}, "RISK_INSTRUMENT_HALTED"),
        ({"limits": {}}, "RISK_LIMIT_MISSING"),
        ({"quantity": Decimal(105)}, "RISK_QUANTITY_OFF_LOT"),
        ({"limit_price": Decimal("100.105")}, "RISK_PRICE_OFF_TICK"),
        ({"quantity": Decimal(1010)}, "RISK_ORDER_QUANTITY"),
        ({"reference_price": None}, "RISK_NO_REFERENCE_PRICE"),
        ({"quantity": Decimal(500)}, "RISK_ORDER_NOTIONAL"),
        ({"limit_price": Decimal("101.01")}, "RISK_PRICE_COLLAR"),
        ({"side": Side.SELL, "limit_price": Decimal("98.99")}, "RISK_PRICE_COLLAR"),
    ],
)
def test_each_rule_refuses_with_its_own_code(changes: dict[str, object], code: str) -> None:
    assert code_of(replace(GOOD, **changes)) == code


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": Decimal(490), "limit_price": Decimal("101.00")},  # on the collar, 49,490 within 50,000
        {"side": Side.SELL, "limit_price": Decimal("99.00")},
        {"limit_price": None},
        {"limit_price": Decimal("1.00")},  # a passive price may be as far away as it likes
    ],
)
def test_what_is_exactly_on_a_limit_passes(changes: dict[str, object]) -> None:
    assert code_of(replace(GOOD, **changes)) is None


def test_a_denial_shows_the_numbers_it_saw() -> None:
    denial = first_denial(CHECKS, replace(GOOD, limit_price=Decimal("102.00")))

    assert denial is not None
    assert dict(denial.numbers) == {"limit_price": "102", "reference_price": "100", "collar_bps": "100"}


def test_a_passive_sell_is_worth_its_limit_price() -> None:
    ticket = replace(GOOD, side=Side.SELL, quantity=Decimal(400), limit_price=Decimal("130.00"))

    assert code_of(ticket) == "RISK_ORDER_NOTIONAL"


def test_the_needed_limits_are_those_that_trading_needs() -> None:
    assert set(LimitsPresent.needed) == set(NEEDED_TO_TRADE)


@given(st.decimals("0.01", "1000", places=2), st.sampled_from(Side))
def test_the_collar_refuses_exactly_what_lies_beyond_it(price: Decimal, side: Side) -> None:
    denied = PriceWithinCollar()(replace(GOOD, side=side, limit_price=price)) is not None

    assert denied == (price > 101 if side == Side.BUY else price < 99)
