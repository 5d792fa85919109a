"""What the venue must be given: market time, bars, ticks where there are any, and its listings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from execution.market_data.bars import Bar
from execution.venues.simulated.ticks import TickSource


@dataclass(frozen=True, slots=True)
class Listing:
    """A symbol that trades here: price step per share, quantity step in shares, and whose sessions it keeps."""

    tick_size: Decimal
    lot_size: Decimal
    mic: str


@dataclass(frozen=True, slots=True)
class Market:
    """The venue's sources. All are called from one thread, the same for the venue's whole life.

    `clock()` is market time, aware UTC. `bars(symbol, after, until)` are the bars with
    after < start <= until in order of start. `listing(symbol)` is None for what does not trade here.
    Without `ticks` every order has the bar model.
    """

    clock: Callable[[], datetime]
    bars: Callable[[str, datetime, datetime], Sequence[Bar]]
    listing: Callable[[str], Listing | None]
    ticks: TickSource | None = None
