"""The site's circuit breakers, and how they stand."""

from execution.venue_access import breaker_of, connected_venues
from orders.kernel.breakers import BreakerStanding, worst_standings
from orders.kernel.postgresql.base import BREAKER as DATABASE


def standings() -> list[BreakerStanding]:
    """Return how each breaker stands in the process of this machine that is worst off."""
    return worst_standings([DATABASE, *map(breaker_of, connected_venues())])
