"""The business days of a venue: its trading sessions, as `exchange_calendars` knows them."""

from datetime import date, datetime
from functools import lru_cache

import pandas
from exchange_calendars import ExchangeCalendar, get_calendar

from orders.positions.settlement import MARKETS, cycle_days

_CALENDAR_OF = {"IEXG": "XNYS"}
"""Markets that the library does not know and that keep another one's days."""


@lru_cache(maxsize=64)
def _calendar(mic: str, year: int) -> ExchangeCalendar:
    return get_calendar(_CALENDAR_OF.get(mic, mic), start=f"{year}-01-01", end=f"{year + 1}-12-31")


def date_at(mic: str, moment: datetime) -> date:
    """Return the date at one of MARKETS at an aware moment."""
    return moment.astimezone(_calendar(mic, moment.year).tz).date()


def settlement_date(mic: str, moment: datetime) -> date | None:
    """Return the date on which a trade at an aware `moment` settles; None where the venue's cycle is not known.

    Business days are counted from the trade's date at the venue, a trade on none of them as one of the next.
    """
    return None if mic not in MARKETS else _business_days_after(mic, date_at(mic, moment))


@lru_cache(maxsize=4096)
def _business_days_after(mic: str, trade_date: date) -> date | None:
    days = cycle_days(mic, trade_date)
    if days is None:
        return None
    calendar = _calendar(mic, trade_date.year)
    session = calendar.date_to_session(pandas.Timestamp(trade_date), direction="next")
    settles: date = calendar.session_offset(session, days).date()
    return settles
