"""How long a process waits for the database, by its kind. What ends by a timeout has changed nothing.

`connect_s` bounds a connection's beginning, and waiting for one of the pool; `statement_ms` one statement, `lock_ms`
one wait for a row, `idle_ms` how long a transaction may stay open while nothing is asked in it: locks that a stuck
process holds go back then. They are the session's own settings (PostgreSQL 18, 19.11.1); 0 is no bound.
"""

from dataclasses import dataclass
from typing import Literal

ProcessKind = Literal["web", "worker", "command"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Bounds of one process's sessions."""

    connect_s: int
    statement_ms: int
    lock_ms: int
    idle_ms: int

    @property
    def session_options(self) -> str:
        """The bounds as libpq's `options`."""
        bounds = {
            "statement_timeout": self.statement_ms,
            "lock_timeout": self.lock_ms,
            "idle_in_transaction_session_timeout": self.idle_ms,
        }
        return " ".join(f"-c {name}={milliseconds}" for name, milliseconds in bounds.items())


TIMEOUTS: dict[ProcessKind, Timeouts] = {
    # Somebody waits, with a thread of ours: better told soon to come again.
    "web": Timeouts(connect_s=5, statement_ms=5_000, lock_ms=2_000, idle_ms=10_000),
    # Nobody waits, and what is given up is found again by beat or by the next start.
    "worker": Timeouts(connect_s=10, statement_ms=30_000, lock_ms=10_000, idle_ms=60_000),
    # Verification, integration, loading and seeding read and write whole tables.
    "command": Timeouts(connect_s=15, statement_ms=900_000, lock_ms=60_000, idle_ms=900_000),
}
