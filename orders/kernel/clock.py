"""Market time: where the market's clock stands, computed from one row that every process reads.

Recorded time (`recorded_now`) is real UTC and serves audit, security, deadlines and leases.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class MarketClock:
    """The market stood at `anchor` when real time was `wall_anchor`, and runs `speed` times as fast.

    A paused clock stands at `anchor`.
    """

    anchor: datetime
    wall_anchor: datetime
    speed: Decimal = Decimal(1)
    paused: bool = False

    def at(self, wall: datetime) -> datetime:
        """Return the market time at real time `wall` (both aware UTC)."""
        if self.paused:
            return self.anchor
        return self.anchor + (wall - self.wall_anchor) * float(self.speed)


def recorded_now() -> datetime:
    """Return real UTC."""
    return datetime.now(UTC)
