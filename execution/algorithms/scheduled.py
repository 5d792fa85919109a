"""What algorithms with a schedule have in common: slots over the order's time. Pure."""

from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import Field

from execution.algorithms.jitter import varied
from execution.algorithms.schedule import delayed_times, stepped_trading_times
from execution.algorithms.terms import Market
from execution.algorithms.working import COMPLETING_TIME, WorkingParameters
from execution.session import Session

MOST_SLOTS = 80
USUAL_INTERVAL_MINUTES = 5


class ScheduledParameters(WorkingParameters):
    """When to work, and how long from slice to slice. Times are market times."""

    interval_minutes: int | None = Field(
        default=None,
        ge=1,
        le=390,
        description="Minutes of trading between two slices; 5 when absent, more where that makes over 80 slices.",
    )

    def grid(self, market: Market) -> list[datetime]:
        """Return when the slots begin, from the start on."""
        start, end = self.span
        step = timedelta(minutes=self.interval_minutes or usual_interval_minutes(market.session, start, end))
        times = stepped_trading_times(market.session, start, end, step)
        # A slot in the last minute would leave nobody the time to send what it has: the one before it has that too.
        return [times[0], *(each for each in times[1:] if each <= end - COMPLETING_TIME)]

    def moments(self, market: Market) -> list[datetime]:
        """Return when the slices of the slots are due: late by chance within their slot where that is asked for."""
        grid = self.grid(market)
        if self.randomise_time is None or self.seed is None:
            return grid
        return delayed_times(market.session, grid, self.span[1], self.randomise_time, self.seed)

    def varied_weights(self, weights: list[Decimal]) -> list[Decimal]:
        """Return the slots' weights, varied by chance where that is asked for."""
        if self.randomise_size is None or self.seed is None:
            return weights
        share, seed = self.randomise_size, self.seed
        return [weight * varied(share, seed, number) for number, weight in enumerate(weights)]

    def completing_from(self, market: Market) -> datetime:
        """From its last slot on."""
        return self.moments(market)[-1]


def usual_interval_minutes(session: Session, start: datetime, end: datetime) -> int:
    """Return 5, or how many minutes apart 80 slots are where that is more."""
    return max(USUAL_INTERVAL_MINUTES, -(-session.trading_time(start, end) // timedelta(minutes=MOST_SLOTS)))
