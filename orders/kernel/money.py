"""Quantities and prices: Decimal inside, strings in JSON; a JSON number never replaces one."""

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

DECIMAL_PATTERN = r"^[0-9]{1,12}(\.[0-9]{1,8})?$"
_DECIMAL = re.compile(DECIMAL_PATTERN, re.ASCII)
SIGNED_PATTERN = r"^-?[0-9]{1,12}(\.[0-9]{1,8})?$"
PRICE_QUANTUM = Decimal("0.00000001")


def parse_decimal(value: Any) -> Decimal:
    """Return the positive Decimal that `value` spells: what `parse_not_negative` accepts, but for zero."""
    number = parse_not_negative(value)
    if number == 0:
        raise ValueError("must be greater than zero")
    return number


def parse_not_negative(value: Any) -> Decimal:
    """Return the Decimal that `value` spells, zero or more.

    Accepts a Decimal or a string of plain digits, at most 12 before and 8 after the point; refuses JSON numbers
    (they may have lost digits on their way), exponents, signs, NaN and infinities with ValueError.
    """
    if not isinstance(value, Decimal | str):
        raise ValueError('must be a string of digits, for example "167.25": JSON numbers lose digits')
    text = format(value, "f") if isinstance(value, Decimal) else value
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError("must be plain digits, at most 12 before and 8 after the point")
    return Decimal(text)


def parse_signed_decimal(value: Any) -> Decimal:
    """Return the Decimal that `value` spells, above or below zero: a minus sign, then as `parse_decimal` has it."""
    text = format(value, "f") if isinstance(value, Decimal) else value
    if isinstance(text, str) and text.startswith("-"):
        return -parse_decimal(text[1:])
    return parse_decimal(text)


def decimal_text(value: Decimal) -> str:
    """Return `value` in plain digits without trailing zeros or a signed zero: 100.00 is "100", 1E+2 "100", -0.0 "0"."""
    text = format(value or Decimal(0), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def average_price(notional: Decimal, quantity: Decimal) -> Decimal | None:
    """Return notional / quantity in price units, rounded half-even to 8 places; None for no quantity."""
    if quantity == 0:
        return None
    return (notional / quantity).quantize(PRICE_QUANTUM, rounding=ROUND_HALF_EVEN)


_JSON_SCHEMA = WithJsonSchema({"type": "string", "pattern": DECIMAL_PATTERN, "examples": ["100", "167.25"]})
_AS_TEXT = PlainSerializer(decimal_text, return_type=str)

Quantity = Annotated[Decimal, BeforeValidator(parse_decimal), _AS_TEXT, _JSON_SCHEMA]
"""A quantity in units of the instrument, greater than zero."""

Price = Annotated[Decimal, BeforeValidator(parse_decimal), _AS_TEXT, _JSON_SCHEMA]
"""A price in the instrument's currency per unit, greater than zero."""

Money = Annotated[Decimal, BeforeValidator(parse_decimal), _AS_TEXT, _JSON_SCHEMA]
"""An amount of the instrument's currency, greater than zero."""

SignedMoney = Annotated[
    Decimal,
    BeforeValidator(parse_signed_decimal),
    _AS_TEXT,
    WithJsonSchema({"type": "string", "pattern": SIGNED_PATTERN, "examples": ["100", "-167.25"]}),
]
"""An amount of a currency, above or below zero."""

Percent = Annotated[Decimal, BeforeValidator(parse_decimal), _AS_TEXT, _JSON_SCHEMA]
"""Hundredths of something, greater than zero."""

NotNegative = Annotated[Decimal, BeforeValidator(parse_not_negative), _AS_TEXT, _JSON_SCHEMA]
"""Zero or more of whatever the field says."""

_OUTPUT_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["100"]})
Amount = Annotated[Decimal, _AS_TEXT, _OUTPUT_SCHEMA]
"""Any decimal that we send: zero and negative ones too."""
