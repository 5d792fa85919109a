"""Quotes: best bid and offer, whenever one of them changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

LONGEST_AGE = timedelta(seconds=60)
"""A quote that is older (market time) says nothing of the market any more."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and offer of one symbol from `at` (aware UTC) on, per unit; 0 < bid <= ask."""

    symbol: str
    at: datetime
    bid: Decimal
    ask: Decimal

    @property
    def mid(self) -> Decimal:
        """The middle of bid and offer, unrounded."""
        return (self.bid + self.ask) / 2
