"""Almgren and Chriss's lambda in a request: digits with up to 14 places, for it is a very small number. Pure."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from orders.kernel.money import decimal_text

PATTERN = r"^[0-9]{1,4}(\.[0-9]{1,14})?$"
_DIGITS = re.compile(PATTERN, re.ASCII)


def parsed(value: Any) -> Decimal:
    """Return the positive Decimal that `value` spells. Raises ValueError for anything else, JSON numbers too."""
    text = format(value, "f") if isinstance(value, Decimal) else value
    if not isinstance(text, str) or _DIGITS.fullmatch(text) is None or not Decimal(text):
        raise ValueError('must be a string of digits above zero, at most 14 after the point, like "0.000001"')
    return Decimal(text)


RiskAversion = Annotated[
    Decimal,
    BeforeValidator(parsed),
    PlainSerializer(decimal_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["0.000001"]}),
]
"""What a unit of variance is worth avoiding, per unit of the instrument's currency."""
