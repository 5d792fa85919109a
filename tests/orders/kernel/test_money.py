"""Decimals as text: plain digits, no more and no fewer than the number has."""

from decimal import Decimal

import pytest

from orders.kernel.money import decimal_text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("100.00", "100"),
        ("1E+2", "100"),
        ("0.10", "0.1"),
        ("-1.50", "-1.5"),
        ("0.00", "0"),
        ("-0", "0"),
        ("-0.0", "0"),
    ],
)
def test_a_decimal_is_told_in_plain_digits(number: str, text: str) -> None:
    assert decimal_text(Decimal(number)) == text
