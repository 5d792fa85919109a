"""The engine: every connection that is taken asks the breaker first, every error is looked at on its way out.

A pooled connection that the server has closed meanwhile (a restart) is found out before it is used, without a round
trip: a healthy one that idles has nothing to read, and only one that has is asked.
"""

import select
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from psycopg_pool import ConnectionPool

from orders.kernel.breakers import Breaker, CircuitOpen
from orders.kernel.postgresql.claims import ClaimingConnection
from orders.kernel.postgresql.failures import is_outage

BREAKER = Breaker("database", most_failures=5, open_s=5)
"""This process's breaker around the database: short, because everything waits for it."""


class _Watched(DatabaseErrorWrapper):
    """Django's translation of errors, through which all of them pass; those of an outage are counted."""

    def __init__(self, connection: "DatabaseWrapper") -> None:
        super().__init__(connection)
        self._connection = connection

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(exc_value, psycopg.Error) and is_outage(exc_value):
            self._connection.has_failed = True
            BREAKER.failed(exc_value)
        super().__exit__(exc_type, exc_value, traceback)


class Operations(DatabaseOperations):
    """What Django's record of queries shows of a prepared statement: its text, whose values the server has."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        return str(super().last_executed_query(cursor, sql, params) or sql)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that does not bother a database which fails. Raises OperationalError, because of CircuitOpen."""

    ops_class = Operations
    has_failed = False

    @cached_property
    def wrap_database_errors(self) -> DatabaseErrorWrapper:
        return _Watched(self)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            BREAKER.admit()
        except CircuitOpen as is_open:
            raise OperationalError(str(is_open)) from is_open
        self.has_failed = False
        connection = super().get_new_connection(conn_params)
        while self.pool and _is_gone(connection):
            connection.close()
            self.pool.putconn(connection)
            connection = self.pool.getconn()
        # A pool and Django's own connect both make psycopg's class: what ours adds is a method, and no state.
        connection.__class__ = ClaimingConnection
        return connection

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        # It may be made in place of the thread's connection, or beside it, as `copy` does: `session` looks again.
        _of_thread.__dict__.pop("session", None)

    def execute_prepared(self, text: str, values: Sequence[Any]) -> "psycopg.RawCursor[Any]":
        """Execute a statement whose values are $1, $2 and so on: PostgreSQL binds them, and prepares it once.

        Returns the cursor with its result; the next statement takes it over.
        """
        if self.execute_wrappers or self.queries_logged:
            return self._execute_watched(text, values)
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            return self._prepared_cursor().execute(text, values)

    def _execute_watched(self, text: str, values: Sequence[Any]) -> Any:
        """The same under what Django has around a cursor: wrappers, and the record of queries."""
        cursor = self._prepare_cursor(self._prepared_cursor())  # type: ignore[attr-defined]  # the stubs leave it out
        cursor.execute(text, values)
        return cursor

    def _prepared_cursor(self) -> "psycopg.RawCursor[Any]":
        """The one cursor of a connection for them: it stays with the connection when that goes back to the pool."""
        if self.connection is None:
            self.ensure_connection()
        try:
            return self.connection.prepared_cursor
        except AttributeError:
            self.connection.prepared_cursor = psycopg.RawCursor(self.connection)
            return self.connection.prepared_cursor

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # the stubs leave it out
        BREAKER.succeeded()

    def _close(self) -> None:
        if self.connection is not None and not self.has_failed:
            BREAKER.succeeded()
        super()._close()  # type: ignore[misc]  # likewise


_of_thread = threading.local()


def session() -> DatabaseWrapper:
    """Return this thread's connection: what `django.db.connection` stands for, which asks for it at every look."""
    try:
        return _of_thread.session
    except AttributeError:
        found: DatabaseWrapper = connections[DEFAULT_DB_ALIAS]  # type: ignore[assignment]  # the settings' engine is ours
        _of_thread.session = found
        return found


def _is_gone(connection: "psycopg.Connection[Any]") -> bool:
    idle = select.poll()
    idle.register(connection.fileno(), select.POLLIN)
    if not idle.poll(0):
        return False
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.Error:
        return True
    return False
