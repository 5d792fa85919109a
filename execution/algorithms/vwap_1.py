"""vwap in version 1, for the orders that started with it: it knows half hours, and its own days alone."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from execution.algorithms.terms import Market
from execution.algorithms.vwap import Vwap, VwapParameters
from execution.algorithms.vwap_forecast import REVIEW, DayVolume
from execution.market_data.volume import VolumeCurve
from execution.market_data.volume_curve import FEWEST_DAYS, USUAL_SHARES

MOST_CORRECTION = Decimal(2)
"""A day is taken for no more than twice as busy, or half as busy, as usual."""


class FirstVwapParameters(VwapParameters):
    """When to work, and whether in the closing auction. Times are market times."""

    def curve(self, market: Market) -> VolumeCurve:
        """Return the instrument's own curve, or the usual U where it is made of fewer than three days."""
        if market.curve is None or market.curve.days < FEWEST_DAYS:
            return USUAL_SHARES
        return market.curve

    def moments(self, market: Market) -> list[datetime]:
        """Return when the slices are due: when their slots begin, or late by chance."""
        return self.moments_from_beginnings(market)


@dataclass(frozen=True, slots=True)
class FirstDayVolume(DayVolume):
    """What is still to come is corrected by the square root of how much busier than usual the day has been."""

    @property
    def expected_day(self) -> Decimal | None:
        """What a day as busy as this one trades, in units; None where the curve alone speaks."""
        pace, usual = self.pace, self.market.average_daily_volume
        if pace is None or usual is None:
            return None
        return usual * min(max(pace.ratio.sqrt(), 1 / MOST_CORRECTION), MOST_CORRECTION)


class FirstVwap(Vwap):
    """Version 1: every slot gets the share of the order that the market is expected to trade in it.

    Where the instrument's usual daily volume is known, the shares follow the day's own volume every five minutes.
    """

    version = 1
    parameters = FirstVwapParameters

    def volume(self, parameters: VwapParameters, market: Market, market_time: datetime) -> DayVolume:
        """Return the order's volume as it is known and expected."""
        return FirstDayVolume(market, parameters.curve(market), parameters.span[0], market_time)

    def next_look(self, parameters: VwapParameters, market: Market, moment: datetime) -> datetime | None:
        """Return the first five-minute mark of the session after a moment, where the usual volume is known."""
        if market.average_daily_volume is None:
            return None
        opened = market.session.open
        return opened + REVIEW * ((moment - opened) // REVIEW + 1)
