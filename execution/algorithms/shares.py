"""Shares of a whole and multiples in a request: strings of digits; 0.15 is 15 % (FIXatdl's Percentage_t). Pure."""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from orders.kernel.money import DECIMAL_PATTERN, decimal_text, parse_decimal


def _up_to(most: str) -> Callable[[Any], Decimal]:
    def parsed(value: Any) -> Decimal:
        share = parse_decimal(value)
        if share > Decimal(most):
            raise ValueError(f"must be a share of {most} at most: 0.15 is 15 %")
        return share

    return parsed


def _multiple(value: Any) -> Decimal:
    number = parse_decimal(value)
    if not 1 <= number <= 100:
        raise ValueError("must be between 1 and 100 times")
    return number


_AS_TEXT = PlainSerializer(decimal_text, return_type=str)
_JSON_SCHEMA = WithJsonSchema({"type": "string", "pattern": DECIMAL_PATTERN, "examples": ["0.15"]})

Participation = Annotated[Decimal, BeforeValidator(_up_to("0.99")), _AS_TEXT, _JSON_SCHEMA]
"""A share of all that is traded, greater than zero and below 1: of others' volume it is p / (1 - p)."""

UpToHalf = Annotated[Decimal, BeforeValidator(_up_to("0.5")), _AS_TEXT, _JSON_SCHEMA]
"""Greater than zero, 0.5 at most."""

UpToAll = Annotated[Decimal, BeforeValidator(_up_to("1")), _AS_TEXT, _JSON_SCHEMA]
"""Greater than zero, 1 at most."""

Multiple = Annotated[Decimal, BeforeValidator(_multiple), _AS_TEXT, _JSON_SCHEMA]
"""How many times something: 1 to 100."""
