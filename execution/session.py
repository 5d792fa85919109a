"""Sessions of the markets, by MIC (ISO 10383) and date: holidays, early closes, and when the auctions are.

What the calendars know comes out of a library (orders/calendars.py); everything else here is arithmetic.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from orders import calendars
from orders.errors import MarketWithoutCalendar

NEW_YORK = ZoneInfo("America/New_York")
XNYS = "XNYS"
"""New York's calendar: that of files of bars, whose times are New York's."""
_LONGEST_PAUSE = timedelta(days=30)
"""Markets have been closed for weeks (New York from 31 July to 28 November 1914 is out of our years)."""


@dataclass(frozen=True, slots=True)
class Session:
    """One regular session, `open` and `close` in aware UTC: open at `open`, closed from `close` on.

    `day` is the date under which its market knows it: that of its local clock. `pause` is its lunch break, from its
    first moment to the first after it: part of the session, but nothing trades in it.
    """

    day: date
    open: datetime
    close: datetime
    pause: tuple[datetime, datetime] | None = None

    def __contains__(self, moment: datetime) -> bool:
        return self.open <= moment < self.close

    @property
    def opening_auction(self) -> datetime:
        """When the opening auction uncrosses: orders for it come before."""
        return self.open

    @property
    def closing_auction(self) -> datetime:
        """When the closing auction uncrosses, as far as one-minute bars of the session tell."""
        return self.close

    @property
    def length(self) -> timedelta:
        """How long it trades."""
        return self.trading_time(self.open, self.close)

    def trading_time(self, since: datetime, until: datetime) -> timedelta:
        """How long it trades from one of its moments to a later one; none where `until` is the earlier."""
        paused = timedelta(0)
        if self.pause is not None:
            paused = max(min(until, self.pause[1]) - max(since, self.pause[0]), paused)
        return max(until - since - paused, timedelta(0))

    def after(self, since: datetime, traded: timedelta = timedelta(0)) -> datetime:
        """The first trading moment by which it has traded so long since one of its moments.

        Never within the pause: without `traded` that is `since` itself, or the pause's end.
        """
        if self.pause is None:
            return since + traded
        paused, resumed = self.pause
        if paused <= since < resumed:
            since = resumed
        moment = since + traded
        return moment + (resumed - paused) if since < paused <= moment else moment


def session_on(day: date, mic: str) -> Session | None:
    """The session of a date of the market's own; None at the weekend, on a holiday and outside 1990 to 2099.

    Raises MarketWithoutCalendar for a MIC that has no calendar.
    """
    hours = calendars.hours_of_year(mic, day.year).get(day)
    return None if hours is None else Session(day, *hours)


def in_regular_session(moment: datetime, mic: str) -> bool:
    """Whether the market is in its regular session at an aware moment. Raises MarketWithoutCalendar."""
    day = moment.astimezone(calendars.zone_of(mic)).date()
    # A session of futures begins on the evening before its day.
    sessions = (session_on(day, mic), session_on(day + timedelta(days=1), mic))
    return any(moment in session for session in sessions if session is not None)


def sessions_around(utc_date: date, mic: str) -> list[Session]:
    """The sessions of which a part lies on this date in UTC, by day. Raises MarketWithoutCalendar."""
    days = (utc_date + timedelta(days=offset) for offset in (-1, 0, 1))
    sessions = (session_on(day, mic) for day in days)
    return [each for each in sessions if each and each.open.date() <= utc_date <= each.close.date()]


def session_ending_at(moment: datetime, mic: str) -> Session:
    """The session that is open just before a moment: its close, or one in it from which on nothing more is sent.

    Raises as `current_or_next_session`.
    """
    return current_or_next_session(moment - datetime.resolution, mic)


def current_or_next_session(moment: datetime, mic: str) -> Session:
    """The session that is open at an aware moment, or else the next one to open.

    Raises MarketWithoutCalendar, also where the calendar knows no session in the 30 days from there.
    """
    day = moment.astimezone(calendars.zone_of(mic)).date()
    last = day + _LONGEST_PAUSE
    while day <= last:
        session = session_on(day, mic)
        if session is not None and moment < session.close:
            return session
        day += timedelta(days=1)
    raise MarketWithoutCalendar(f"no session of {mic} is known from {moment:%F} on", mic=mic)
