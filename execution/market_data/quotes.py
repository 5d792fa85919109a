"""Quotes: best bid and offer, whenever one of them changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

LONGEST_AGE = timedelta(seconds=60)
"""A quote that is older (market time) says nothing of the market any more."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and offer of one symbol from `at` (aware UTC) on, per unit; 0 < bid <= ask.

    The sizes are what is displayed there in units, not negative; both are None where they are not known.
    """

    symbol: str
    at: datetime
    bid: Decimal
    ask: Decimal
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None

    @property
    def mid(self) -> Decimal:
        """The middle of bid and offer, unrounded."""
        return (self.bid + self.ask) / 2
