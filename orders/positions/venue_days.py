"""The business days of a venue: its trading sessions."""

from datetime import date, datetime
from functools import lru_cache

from orders import calendars
from orders.positions.settlement import MARKETS, cycle_days


def date_at(mic: str, moment: datetime) -> date:
    """Return the date at one of MARKETS at an aware moment."""
    return moment.astimezone(calendars.zone_of(mic)).date()


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
    years = (trade_date.year, trade_date.year + 1)
    sessions = [day for year in years for day in calendars.hours_of_year(mic, year) if day >= trade_date]
    return sessions[days] if len(sessions) > days else None
