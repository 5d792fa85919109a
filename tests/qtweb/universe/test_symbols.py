"""Any symbol that a file may hold gets an identifier that is valid, nobody's, and its own."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import isin

from qtweb.universe.symbols import stand_in_isin, stand_in_tick

SYMBOLS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9./-]{0,31}", fullmatch=True)


def test_plain_symbol_can_be_read_in_its_stand_in_isin() -> None:
    assert stand_in_isin("ZVZZT") == isin.from_natid("XF", "0000ZVZZT")


@given(SYMBOLS)
def test_stand_in_isin_is_valid_and_marked_as_internal(symbol: str) -> None:
    assert isin.is_valid(stand_in_isin(symbol))
    assert stand_in_isin(symbol).startswith("XF")


@given(st.lists(SYMBOLS, min_size=2, max_size=50, unique=True))
def test_different_symbols_have_different_stand_in_isins(symbols: list[str]) -> None:
    assert len({stand_in_isin(symbol) for symbol in symbols}) == len(symbols)


@pytest.mark.parametrize("pair", [("SPY", "0SPY"), ("BRKB", "BRK.B"), ("aapl", "AAPL"), ("A" * 9, "A" * 10)])
def test_symbols_that_look_alike_are_kept_apart(pair: tuple[str, str]) -> None:
    assert stand_in_isin(pair[0]) != stand_in_isin(pair[1])


def test_tick_is_a_cent_from_one_dollar_on() -> None:
    assert (stand_in_tick(Decimal(1)), stand_in_tick(Decimal("0.99"))) == (Decimal("0.01"), Decimal("0.0001"))
