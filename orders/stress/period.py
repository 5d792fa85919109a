"""The days whose orders are judged anew. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from orders.kernel.moments import first_moment_of, last_moment_of

MONTH_DAYS = 30
"""How far back is looked where nobody says how far."""


@dataclass(frozen=True)
class Period:
    """Whole days of recorded time (UTC), the first and the last one included."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        """When it begins."""
        return first_moment_of(self.first)

    @property
    def until(self) -> datetime:
        """The last moment in it."""
        return last_moment_of(self.last)


def period(first: date | None, last: date | None, *, today: date) -> Period:
    """Return the period that was asked for: until today, and thirty days long, where nothing else was said.

    Raises ValueError where it ends before it begins.
    """
    last = last or today
    first = first or last - timedelta(days=MONTH_DAYS - 1)
    if first > last:
        raise ValueError(f"the period ends ({last}) before it begins ({first})")
    return Period(first, last)
