"""Half-open periods of recorded time. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on, until before `end`; None is without an end. One that ends before it starts has no moment."""

    start: datetime
    end: datetime | None = None

    def contains(self, moment: datetime) -> bool:
        """Tell whether the moment is in it."""
        return self.start <= moment and (self.end is None or moment < self.end)

    def overlaps(self, other: "Period") -> bool:
        """Tell whether there is a moment in both."""
        start = max(self.start, other.start)
        return self.contains(start) and other.contains(start)

    def covers(self, other: "Period") -> bool:
        """Tell whether every moment of the other is in it."""
        return self.start <= other.start and (
            self.end is None or (other.end is not None and other.end <= self.end)
        )


def cover_until(periods: Iterable[Period], moment: datetime) -> datetime | None:
    """Return when the cover without a gap that `moment` is in comes to its end, None where it never does.

    A period that starts at the very end of another goes on with it. Without any cover that is `moment` itself.
    """
    end = moment
    for period in sorted(periods, key=lambda each: each.start):
        if period.start > end:
            break
        if period.end is None:
            return None
        end = max(end, period.end)
    return end


def earliest(*moments: datetime | None) -> datetime | None:
    """Return the earliest of the ends, of which None is never."""
    return min((each for each in moments if each is not None), default=None)
