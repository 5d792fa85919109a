"""Made-up trading days of the whole catalogue. Pure."""

from datetime import date

from execution.market_data.bars import Bar
from execution.market_data.generator import trading_day
from qtweb.universe.catalogue import LISTINGS

_SEED = 1


def made_up_day(day: date) -> list[Bar]:
    """Return all instruments' bars of a day of trading in New York, always the same for a date. Raises ValueError."""
    return [
        bar
        for listing in LISTINGS
        for bar in trading_day(
            listing.symbol,
            day,
            seed=_SEED,
            open_price=listing.open_price,
            tick_size=listing.tick_size,
            day_volume=listing.day_volume,
        )
    ]
