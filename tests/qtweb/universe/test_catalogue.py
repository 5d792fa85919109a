"""The universe is true where it says so, whole, and has room for the demo."""

from __future__ import annotations

import pytest
from stdnum import isin

from compliance.roles import ROLES
from orders.limit_kinds import NEEDED_TO_TRADE
from qtweb.demo.timetable import PARENT_SHARES, TOO_MANY_SHARES
from qtweb.universe.catalogue import ACCOUNTS, LIMITS, LISTINGS, PEOPLE, Listing

US_MARKETS = {"XNAS", "XNYS", "ARCX"}  # ISO 10383: Nasdaq, New York Stock Exchange, NYSE Arca


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.symbol)
def test_every_instrument_has_a_valid_isin_and_market(listing: Listing) -> None:
    assert isin.is_valid(listing.isin)
    assert listing.isin.startswith("US")
    assert listing.mic in US_MARKETS
    assert listing.open_price % listing.tick_size == 0


def test_no_isin_and_no_symbol_stands_twice() -> None:
    assert len({listing.isin for listing in LISTINGS}) == len({listing.symbol for listing in LISTINGS}) == 8


def test_every_limit_that_trading_needs_is_set_so_that_accounts_may_trade() -> None:
    assert set(LIMITS) >= {str(kind) for kind in NEEDED_TO_TRADE}


def test_limits_admit_the_parent_order_in_every_instrument_and_refuse_the_order_that_is_too_large() -> None:
    dearest = max(listing.open_price for listing in LISTINGS)
    assert LIMITS["order_quantity"] >= PARENT_SHARES
    assert LIMITS["order_notional"] >= PARENT_SHARES * dearest
    assert LIMITS["position_quantity"] > PARENT_SHARES
    assert LIMITS["order_quantity"] < TOO_MANY_SHARES


def test_every_role_has_a_person_and_every_desk_a_trader_and_two_accounts() -> None:
    assert {person.role for person in PEOPLE} == set(ROLES)
    assert {person.desk for person in PEOPLE if person.role == "trader"} == set(ACCOUNTS)
    assert all(len(accounts) >= 2 for accounts in ACCOUNTS.values())
