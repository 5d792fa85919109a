"""When what happens on the replayed day, and how large it is. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from execution.session import XNYS, Session, session_on

PARENT_SHARES = Decimal(100_000)
PARENT_SLICES = 78
SMALL_SHARES = Decimal(100)
TOO_MANY_SHARES = Decimal(1_000_000)

SCENES_SPEED = 60
REPLAY_SPEED = 600

BEFORE_FIRST_ORDER = timedelta(minutes=5)
AFTER_LAST_SLICE = timedelta(minutes=45)
LATENESS = timedelta(minutes=30)
"""How late a slice may reach the venue on a busy machine: three real seconds at the speed of the replay."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """Moments of market time. No slice is due at or after `parent_end`."""

    session: Session

    @property
    def first_order(self) -> datetime:
        return self.session.open + BEFORE_FIRST_ORDER

    @property
    def parent_end(self) -> datetime:
        return self.session.close - AFTER_LAST_SLICE


def timetable_of(day: date) -> Timetable:
    """Return the moments of a New York date. Raises ValueError at the weekend and on a holiday."""
    session = session_on(day, XNYS)
    if session is None:
        raise ValueError(f"{day} has no regular session")
    return Timetable(session)
