"""What happens in execution, in the past tense."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from orders.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class MarketDataLoaded(Event):
    """Market data came in: `count` rows of `symbols`, from the moment `first` to the moment `last`."""

    object_type: ClassVar[str] = "market_data"

    count: int
    symbols: tuple[str, ...]
    first: datetime
    last: datetime

    def facts(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "symbols": list(self.symbols),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
        }


class BarsLoaded(MarketDataLoaded):
    """Minute bars were loaded: first and last are the minutes' starts."""


class QuotesLoaded(MarketDataLoaded):
    """Quotes were loaded."""
