"""The regular session of US equities: 09:30 to 16:00 in New York, Monday to Friday.

Holidays and early closes are not known here: on a holiday there is no bar, so nothing fills and day orders
expire at 16:00 as on any day.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
_OPEN = time(9, 30)
_CLOSE = time(16, 0)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Session:
    """One day's regular session, aware UTC: open at `open`, closed from `close` on."""

    open: datetime
    close: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.open <= moment < self.close


def session_on(day: date) -> Session | None:
    """The session of a New York date; None at the weekend."""
    if day.weekday() >= _SATURDAY:
        return None
    return Session(
        open=datetime.combine(day, _OPEN, NEW_YORK).astimezone(UTC),
        close=datetime.combine(day, _CLOSE, NEW_YORK).astimezone(UTC),
    )


def in_regular_session(moment: datetime) -> bool:
    """Whether the market is in its regular session at an aware moment."""
    session = session_on(moment.astimezone(NEW_YORK).date())
    return session is not None and moment in session


def current_or_next_session(moment: datetime) -> Session:
    """The session that is open at an aware moment, or else the next one to open."""
    day = moment.astimezone(NEW_YORK).date()
    while True:
        session = session_on(day)
        if session is not None and moment < session.close:
            return session
        day += timedelta(days=1)
