"""The column types that money and quantities are kept in, and what choices and scopes have in common."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import models


def quantity_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """Units of the instrument: numeric(20, 8)."""
    return models.DecimalField(max_digits=20, decimal_places=8, **options)


def optional_quantity_field(**options: Any) -> "models.DecimalField[Decimal | None, Decimal | None]":
    """A quantity that may be absent, as an order's minimum is."""
    return models.DecimalField(max_digits=20, decimal_places=8, null=True, **options)


def price_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """Currency per unit: numeric(20, 8)."""
    return models.DecimalField(max_digits=20, decimal_places=8, **options)


def optional_price_field(**options: Any) -> "models.DecimalField[Decimal | None, Decimal | None]":
    """A price that may be absent, as a market order's limit is."""
    return models.DecimalField(max_digits=20, decimal_places=8, null=True, **options)


def notional_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """Currency, quantity times price without rounding: numeric(40, 16)."""
    return models.DecimalField(max_digits=40, decimal_places=16, **options)


def optional_percent_field(**options: Any) -> "models.DecimalField[Decimal | None, Decimal | None]":
    """Percent with four places, or none: numeric(14, 4)."""
    return models.DecimalField(max_digits=14, decimal_places=4, null=True, **options)


def firm_price_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """The firm's currency per unit, a price times a rate: numeric(32, 8)."""
    return models.DecimalField(max_digits=32, decimal_places=8, **options)


def total_quantity_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """Units of all orders or trades of a position: numeric(28, 8), the largest quantity a hundred million times."""
    return models.DecimalField(max_digits=28, decimal_places=8, **options)


def total_notional_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """Currency of many trades, at any rates: numeric(68, 16), any total quantity at any mark."""
    return models.DecimalField(max_digits=68, decimal_places=16, **options)


def optional_total_notional_field(**options: Any) -> "models.DecimalField[Decimal | None, Decimal | None]":
    """A total that may be absent, as an opening equity is before the first revaluation."""
    return models.DecimalField(max_digits=68, decimal_places=16, null=True, **options)


def mark_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """The firm's currency per unit, any price at any two rates: numeric(40, 8). The market sets it, no check does."""
    return models.DecimalField(max_digits=40, decimal_places=8, **options)


def rate_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """Units of one currency for a unit of another: numeric(20, 10)."""
    return models.DecimalField(max_digits=20, decimal_places=10, **options)


def choices(words: type[StrEnum]) -> list[tuple[str, str]]:
    """Return a StrEnum as Django choices: the value and the word that a person reads."""
    return [(word.value, word.value.replace("_", " ")) for word in words]


def at_most_one_of(*names: str) -> models.Q:
    """Return the condition that at most one of these foreign keys is set."""
    allowed = models.Q(**{f"{name}__isnull": True for name in names})
    for name in names:
        others = {f"{other}__isnull": True for other in names if other != name}
        allowed |= models.Q(**{f"{name}__isnull": False}, **others)
    return allowed
