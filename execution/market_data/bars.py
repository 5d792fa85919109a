"""A minute bar of trades."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

BAR_LENGTH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """Trades of one symbol in the minute from `start` (aware UTC); prices per share, `volume` in shares."""

    symbol: str
    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    @property
    def end(self) -> datetime:
        """The first moment after the bar: only from here on may anyone know its prices."""
        return self.start + BAR_LENGTH

    @property
    def typical_price(self) -> Decimal:
        """(high + low + close) / 3, unrounded: the usual stand-in for the bar's own average price."""
        return (self.high + self.low + self.close) / 3
