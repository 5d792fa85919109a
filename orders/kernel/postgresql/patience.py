"""Acts that lock whole tables: each waits briefly, since whoever writes queues behind it, and comes again later."""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg
from django.db import Error

from orders.kernel.postgresql.failures import DEADLOCK, LOCK_NOT_AVAILABLE, sqlstate

R = TypeVar("R")

PAUSES_S = (0.5, 1.0, 2.0)
IN_THE_WAY = frozenset({LOCK_NOT_AVAILABLE, DEADLOCK})


def patiently(act: Callable[[], R]) -> R:
    """Do `act`, a transaction of its own with a lock_timeout; again after each of PAUSES_S if others are in its way.

    Raises what the last attempt raised.
    """
    for pause_s in PAUSES_S:
        try:
            return act()
        except (Error, psycopg.Error) as error:
            if sqlstate(error) not in IN_THE_WAY:
                raise
        time.sleep(pause_s)
    return act()
