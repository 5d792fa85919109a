"""The months of the log are there before they are needed, and each is opened when it begins."""

from datetime import date

from django.db import connection

from orders.kernel.clock import recorded_now
from orders.kernel.transactions import service

MONTHS_AHEAD = 3
"""So many months after the one that is open have their partitions, should nobody be there to make more."""


class MonthKeeper:
    """Only for the sole integrator, that asks the database when the clock is in another month than the open one."""

    def __init__(self) -> None:
        self._opened: date | None = None

    def turn(self) -> None:
        """Make the months ahead and open this one, unless it is open. A leaf waits for none of this."""
        today = recorded_now().date()
        if self._opened is not None and (self._opened.year, self._opened.month) == (today.year, today.month):
            return
        make_months_ahead()
        self._opened = open_month()


@service
def make_months_ahead() -> int:
    """Make the partitions of this month and of MONTHS_AHEAD after it that are not there; return how many were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT qtweb_leaf_months(%s)", [MONTHS_AHEAD])
        return int(cursor.fetchone()[0])


@service
def open_month() -> date:
    """Let the leaves from now on lie in the month of the database's clock, if that is made; return which is open.

    In a transaction after the one that made it: where ids begin is not undone by a rollback.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT qtweb_open_leaf_month()")
        opened: date = cursor.fetchone()[0]
        return opened
