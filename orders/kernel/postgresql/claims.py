"""What each transaction claims of itself, for the triggers that write the audit log: sent along with its BEGIN.

PostgreSQL is told in the same message, so it costs no round trip. Claims are what this process says; a leaf has the
session's role and the transaction's number beside them, which nobody can claim.
"""

from typing import Any

import psycopg
from psycopg import errors, generators
from psycopg.abc import PQGen
from psycopg.pq import ExecStatus, TransactionStatus

from orders.kernel.context import act, correlation_id, on_behalf_of, origin

SETTING = "qtweb.context"
SEPARATOR = "\x1f"
"""Between the claims: actor, correlation id, door, on behalf of whom, from where, by which service; "" for none."""


class ClaimingConnection(psycopg.Connection[Any]):
    """A connection whose transactions begin with their claims."""

    def _start_query(self) -> PQGen[None]:
        """psycopg's own way to begin a transaction before the first statement, which takes one command only."""
        if self._autocommit or self.pgconn.transaction_status != TransactionStatus.IDLE:
            return
        if self._pipeline:  # which takes one command at a time; nothing of ours is written by it
            yield from super()._start_query()
            return
        self._check_connection_ok()
        self.pgconn.send_query(self._get_tx_start_command() + _set_claims(claims()))
        for result in (yield from generators.execute(self.pgconn)):
            if result.status != ExecStatus.COMMAND_OK:
                raise errors.error_from_result(result, encoding=self.pgconn._encoding)


def claims() -> str:
    """Return the claims of what runs now, as one text."""
    running, came = act(), origin()
    actor = None if running is None else running.actor
    said = (
        "" if actor is None else actor.reference,
        correlation_id(),
        "" if actor is None else actor.door.value,
        on_behalf_of() or "",
        came.source,
        "" if running is None else running.service,
    )
    return SEPARATOR.join(each.replace(SEPARATOR, " ") for each in said)


def _set_claims(said: str) -> bytes:
    literal = said.replace("\0", "").replace("'", "''")
    return f"; SET LOCAL {SETTING} = '{literal}'".encode(errors="replace")
