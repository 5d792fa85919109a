"""Derive daily bars from minute bars, in the transaction that brings the minutes."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from execution.models.daily_bar import DERIVE
from execution.session import sessions_around
from orders.errors import MarketWithoutCalendar
from orders.kernel.transactions import step
from orders.models import Instrument

# Whoever derives waits here for whoever else does, and reads the minutes that the other committed. Reading the days is
# not held up.
_ONE_AT_A_TIME = "LOCK TABLE execution_dailybar IN SHARE ROW EXCLUSIVE MODE"


@step
def derive_daily_bars(touched: Iterable[tuple[Instrument, date]]) -> None:
    """Write the days anew of which minutes were added: instruments, and the dates of those minutes in UTC.

    An instrument whose market has no calendar has no days, and takes no orders either.
    """
    sessions: set[tuple[UUID, date, datetime, datetime]] = set()
    for instrument, utc_date in touched:
        try:
            around = sessions_around(utc_date, instrument.mic)
        except MarketWithoutCalendar:
            continue
        sessions.update((instrument.pk, each.day, each.open, each.close) for each in around)
    if not sessions:
        return
    columns = [list(column) for column in zip(*sorted(sessions), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
        cursor.execute(DERIVE, columns)
