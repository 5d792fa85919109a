"""Whether a venue with a calendar of its own takes an order now. Pure."""

from datetime import datetime

from execution.session import current_or_next_session
from orders.calendars import zone_of
from orders.terms import TimeInForce


def is_in_session(calendar: str, market_time: datetime, time_in_force: TimeInForce) -> bool:
    """Whether the calendar's session is open; for the opening auction also on its day before it opens.

    `calendar` is a MIC (ISO 10383), `market_time` aware. Not in a lunch break. Raises MarketWithoutCalendar.
    """
    session = current_or_next_session(market_time, calendar)
    if session.pause is not None and session.pause[0] <= market_time < session.pause[1]:
        return False
    is_its_day = session.day == market_time.astimezone(zone_of(calendar)).date()
    return market_time in session or (time_in_force is TimeInForce.OPG and is_its_day)
