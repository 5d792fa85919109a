"""vwap: as the market trades, by the instrument's curve of volume (volume-weighted average price)."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from pydantic import Field

from execution.algorithms.bound import Bound
from execution.algorithms.pacing import paced, reviewed_by, slots
from execution.algorithms.schedule import middle_times
from execution.algorithms.scheduled import ScheduledParameters
from execution.algorithms.situation import Situation
from execution.algorithms.terms import Asked, Market, Parent, Plan
from execution.algorithms.vwap_forecast import REVIEW, DayVolume, day_of, has_level
from execution.algorithms.working import completed
from execution.market_data.volume import VolumeCurve
from orders.terms import TimeInForce

AUCTION_LEAD = timedelta(minutes=1)
"""How long before the close the closing auction's slice is sent, or half the last slot where that is less."""


class VwapParameters(ScheduledParameters):
    """When to work, and whether in the closing auction. Times are market times."""

    closing_auction: Literal["include", "exclude"] = Field(
        default="include",
        description="Whether the auction gets its share, where the end is the close and the curve has an auction.",
    )

    def curve(self, market: Market) -> VolumeCurve:
        """Return how the day's volume is expected to be spread."""
        return day_of(market).curve

    def auction_at(self, market: Market) -> datetime | None:
        """Return when the slice for the closing auction is due; None where there is none."""
        end = self.span[1]
        is_wanted = self.closing_auction == "include" and end == market.session.close
        if not is_wanted or self.curve(market).closing_auction == 0:
            return None
        last = super().grid(market)[-1]
        return max(end - AUCTION_LEAD, last + (end - last) / 2)

    def grid(self, market: Market) -> list[datetime]:
        """Return when the slots begin, the closing auction's last."""
        auction_at = self.auction_at(market)
        return super().grid(market) + ([] if auction_at is None else [auction_at])

    def moments(self, market: Market) -> list[datetime]:
        """Return when the slices are due: in the middle of their slots, where nothing is left to chance.

        What goes at a slot's beginning is half a slot ahead of the market. The last does, to have time to be filled.
        """
        if self.randomise_time is not None and self.seed is not None:
            return self.moments_from_beginnings(market)
        slots, auction_at = super().grid(market), self.auction_at(market)
        middles = middle_times(market.session, slots)
        return middles if auction_at is None else [*middles, auction_at]

    def moments_from_beginnings(self, market: Market) -> list[datetime]:
        """Return when the slots begin, later by chance where that is asked for; the closing auction's is not late."""
        auction_at, moments = self.auction_at(market), super().moments(market)
        return moments if auction_at is None else [*moments[:-1], auction_at]

    def weights(self, volume: DayVolume) -> list[Decimal]:
        """Return the volume that the market is expected to trade in each slot."""
        grid, end = self.grid(volume.market), self.span[1]
        has_auction = self.auction_at(volume.market) is not None
        boundaries = [*(grid[:-1] if has_auction else grid), end]
        weights = [after - before for before, after in pairwise(volume.until(boundaries))]
        if has_auction:
            weights.append(volume.auction)
        return self.varied_weights(weights if any(weights) else [Decimal(1)] * len(weights))


class Vwap(Bound):
    """Version 2: every slot gets the share of the order that the market is expected to trade in it.

    Where the instrument's usual daily volume is known of ten days, the shares follow the day's own, slot by slot.
    """

    name = "vwap"
    version = 2
    title = "VWAP: as the market trades, by the instrument's volume curve"
    reads_curve = True
    parameters: type[VwapParameters] = VwapParameters

    def complete(self, given: VwapParameters, asked: Asked) -> VwapParameters:
        """Decide start, end and seed. Raises InvalidInput for what does not fit the order."""
        return completed(given, asked)

    def plan(
        self, parent: Parent, parameters: VwapParameters, *, market: Market, market_time: datetime
    ) -> Plan:
        """Give every slot its share of the expected volume, and what is late to those that remain."""
        now, terms = Situation(parent, parameters, market, market_time), self.venue_terms(parent)
        start, end = parameters.span
        weights = parameters.weights(self.volume(parameters, market, market_time))
        schedule = slots(parent, now.minimum, parameters.moments(market), weights)
        if parameters.auction_at(market) is not None:
            schedule[-1] = replace(schedule[-1], terms=replace(terms, time_in_force=TimeInForce.CLS))
        plan, look = paced(now, schedule, terms), self.next_look(parameters, market, max(market_time, start))
        return plan if look is None or now.is_over else reviewed_by(plan, look, end)

    def volume(self, parameters: VwapParameters, market: Market, market_time: datetime) -> DayVolume:
        """Return the order's volume as it is known and expected."""
        return DayVolume(market, parameters.curve(market), parameters.span[0], market_time)

    def next_look(self, parameters: VwapParameters, market: Market, moment: datetime) -> datetime | None:
        """Return when the day's own volume moves the shares next: with a slot, in five minutes or more."""
        if not has_level(market):
            return None
        return next((each for each in parameters.moments(market) if each >= moment + REVIEW), None)
