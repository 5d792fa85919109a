"""What a process knows before it locks anything: the calendars of the markets that are listed here.

The first session that a fresh process asks for takes most of a second, and several on a machine that starts many. Read
under the lock of a run or of a firm's exposure, that is what everybody else waits for, up to their lock timeout.
"""

import logging
from collections.abc import Callable, Iterable

from django.db import DatabaseError, connection

from orders import calendars
from orders.errors import MarketWithoutCalendar
from orders.models import Instrument
from orders.selectors import market_now

logger = logging.getLogger(__name__)


def read_calendars(also: Callable[[], Iterable[str]] = tuple) -> None:
    """Read this year's calendar, in market time, of every market that an instrument is listed on, and of the MICs
    that `also` reads.

    What cannot be read now, for want of a database or of a calendar, is asked for again when it is needed.
    """
    try:
        year = market_now().year
        mics = set(Instrument.objects.order_by().values_list("mic", flat=True).distinct())
        mics |= {mic for mic in also() if mic}
    except DatabaseError as error:
        logger.warning("calendars are not read ahead, the database does not answer: %s", error)
        return
    finally:
        connection.close()
    for mic in sorted(mics):
        try:
            calendars.zone_of(mic)
            calendars.hours_of_year(mic, year)
        except MarketWithoutCalendar as error:
            logger.warning("%s", error)
