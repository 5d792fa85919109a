"""What a failure of the database says about the database."""

import psycopg
from django.db import Error

DEADLOCK = "40P01"
SERIALIZATION_FAILURE = "40001"
LOCK_NOT_AVAILABLE = "55P03"
QUERY_CANCELED = "57014"
TOO_MANY_CONNECTIONS = "53300"

RETRYABLE = frozenset({DEADLOCK, SERIALIZATION_FAILURE})
"""Another transaction was in the way, nothing was kept, and the same call again may well succeed at once.

Not among them is a lock timeout: the wait that it ended was the attempt already. See docs/decisions/timing.md.
"""
BUSY = RETRYABLE | {LOCK_NOT_AVAILABLE, QUERY_CANCELED, TOO_MANY_CONNECTIONS}
"""The database answers, only not to this just now."""
_OUTAGES = ("08", "53", "57", "58", "25P03", "XX")
"""Connections, resources, intervention (shutdown, statement timeout), system, a session ended for idling, internal.

https://www.postgresql.org/docs/18/errcodes-appendix.html
"""


def sqlstate(error: BaseException) -> str | None:
    """Return the SQLSTATE of a database error, Django's or psycopg's; None for a connection that just broke."""
    raised = error.__cause__ if isinstance(error, Error) else error
    return raised.sqlstate if isinstance(raised, psycopg.Error) else None


def is_outage(error: BaseException) -> bool:
    """Tell whether a psycopg error is held against the database: no connection, no answer in time, no resources."""
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError):
        return False
    state = sqlstate(error)
    return state is None or state.startswith(_OUTAGES)
