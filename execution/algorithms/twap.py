"""twap: the same quantity in every interval of trading time (time-weighted average price)."""

from datetime import datetime
from decimal import Decimal

from pydantic import Field

from execution.algorithms.bound import Bound
from execution.algorithms.pacing import paced, slots
from execution.algorithms.schedule import even_trading_times
from execution.algorithms.scheduled import ScheduledParameters
from execution.algorithms.situation import Situation
from execution.algorithms.terms import POINTER, Asked, Market, Parent, Plan, invalid
from execution.algorithms.working import completed

DEFAULT_SLICES = 13  # half-hours of the regular session


class TwapParameters(ScheduledParameters):
    """When to work, and in how many parts. Times are market times."""

    slices: int | None = Field(
        default=None, ge=1, le=1000, description="Number of slices; 13 when nothing is given."
    )
    interval_minutes: int | None = Field(
        default=None, ge=1, le=390, description="Instead of slices: minutes of trading between two."
    )

    def grid(self, market: Market) -> list[datetime]:
        """Return when the slots begin: so many, or so long apart."""
        if self.slices is None:
            return super().grid(market)
        return even_trading_times(market.session, *self.span, self.slices)


class Twap(Bound):
    """Version 2: equal slices in whole lots, evenly spread over trading time, within the bounds of every algorithm."""

    name = "twap"
    version = 2
    title = "TWAP: equal slices, evenly spread over trading time"
    parameters = TwapParameters

    def complete(self, given: TwapParameters, asked: Asked) -> TwapParameters:
        """Decide start, end, number and seed. Raises InvalidInput for what does not fit the order."""
        if given.slices is not None and given.interval_minutes is not None:
            raise invalid(f"{POINTER}/interval_minutes", "give slices or interval_minutes, not both")
        decided = completed(given, asked)
        if decided.interval_minutes is not None:
            return decided
        return decided.model_copy(update={"slices": decided.slices or DEFAULT_SLICES})

    def plan(
        self, parent: Parent, parameters: TwapParameters, *, market: Market, market_time: datetime
    ) -> Plan:
        """Give every slot the same, and what is late to those that remain."""
        now = Situation(parent, parameters, market, market_time)
        moments = parameters.moments(market)
        weights = parameters.varied_weights([Decimal(1)] * len(moments))
        return paced(now, slots(parent, now.minimum, moments, weights), self.venue_terms(parent))
