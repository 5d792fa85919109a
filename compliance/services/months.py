"""The months of the log are there before they are needed, and each is opened when it begins."""

import logging
import time
from datetime import date

from django.db import DatabaseError, connection

from orders.kernel.clock import recorded_now
from orders.kernel.transactions import service

MONTHS_AHEAD = 3
"""So many months after the one that is open have their partitions, should nobody be there to make more."""

PAUSE_S = 30.0
"""So long after a month could not be made or opened it is tried again."""

logger = logging.getLogger(__name__)


class MonthKeeper:
    """Only for the sole integrator, that asks the database when the clock is in another month than the open one."""

    def __init__(self) -> None:
        self._opened: date | None = None
        self._again_at_s = 0.0

    def turn(self) -> None:
        """Open this month and make those ahead, unless that is done. A leaf waits for none of this.

        Where the database refuses, as while somebody reads the whole log, it is tried again after PAUSE_S.
        """
        today = recorded_now().date()
        if self._opened is not None and (self._opened.year, self._opened.month) == (today.year, today.month):
            return
        if time.monotonic() < self._again_at_s:
            return
        try:
            self._opened = _open_and_make()
        except DatabaseError as error:
            self._again_at_s = time.monotonic() + PAUSE_S
            logger.warning("the months of the log are tried again in %.0f s: %s", PAUSE_S, error)


def _open_and_make() -> date:
    """Open the month that is there already before others are made, which may have to wait for readers."""
    opened = open_month()
    return open_month() if make_months_ahead() else opened


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
