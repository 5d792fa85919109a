"""The venue's store: one SQLite file, the venue's truth.

WAL with synchronous FULL: a commit is on the disk before its answer is sent, so a SIGKILL or a power cut at
any instant loses nothing that anyone was told and doubles nothing. One process at a time, by a file lock.
"""

import fcntl
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from execution.venues.protocol import Execution, Report, serialise_report
from execution.venues.simulated.bar_model import Fill
from execution.venues.simulated.rows import (
    ADDED_COLUMNS,
    EXECUTIONS,
    INSERT_ORDER,
    SCHEMA,
    StoredOrder,
    column_values,
    execution_from_row,
    order_from_row,
    sortable,
    time_from,
)
from execution.venues.simulated.trade_changes import TRADE_CHANGES, TradeChanges


class StoreInUseError(RuntimeError):
    """Another process holds the store; two venues on one store would fill one order twice."""


class Store:
    """Orders, executions, reports and the last bar worked per symbol. For one thread.

    Raises StoreInUseError when another process has the file open as a venue.
    """

    def __init__(self, path: Path) -> None:
        # Kept open: the lock lives as long as the descriptor, and dies with the process.
        self._lock = path.with_name(path.name + ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise StoreInUseError(f"another venue process uses {path}") from error
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        with self.transaction():
            for statement in (*SCHEMA, *TRADE_CHANGES):
                self._connection.execute(statement)
            self._add_missing_columns()
            self._write("INSERT OR IGNORE INTO store (one, store_id) VALUES (1, ?)", secrets.token_hex(4))
        self._store_id = str(self._row("SELECT store_id FROM store")["store_id"])
        self.trade_changes = TradeChanges(self._connection, self._store_id)

    def close(self) -> None:
        """Close the file and let go of the lock."""
        self._connection.close()
        self._lock.close()

    def _add_missing_columns(self) -> None:
        present = {row["name"] for row in self._connection.execute("PRAGMA table_info(orders)")}
        for name in ADDED_COLUMNS.keys() - present:
            self._connection.execute(f"ALTER TABLE orders ADD COLUMN {name} {ADDED_COLUMNS[name]}")

    @property
    def connection(self) -> sqlite3.Connection:
        """For what keeps tables of its own in the same file, in the same transactions."""
        return self._connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is committed together at the end, or not at all."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def venue_order_id(self, number: int) -> str:
        """The order's id; the store's own id in it keeps two stores from ever sharing one."""
        return f"{self._store_id}-O{number}"

    def order(self, client_order_id: UUID) -> StoredOrder | None:
        """The order under that id, in whatever state."""
        row = self._find("SELECT * FROM orders WHERE client_order_id = ?", str(client_order_id))
        return None if row is None else order_from_row(row)

    def open_orders(self, symbol: str, model: str) -> list[StoredOrder]:
        """The symbol's open orders under a fill model, in time priority."""
        return self._orders(
            "SELECT * FROM orders WHERE is_open AND symbol = ? AND model = ? ORDER BY number", symbol, model
        )

    def open_symbols(self, model: str) -> list[str]:
        """The symbols with an open order under a fill model."""
        rows = self._connection.execute(
            "SELECT DISTINCT symbol FROM orders WHERE is_open AND model = ? ORDER BY symbol", (model,)
        )
        return [row["symbol"] for row in rows]

    def open_orders_of_sessions_closed_by(self, moment: datetime, model: str) -> list[StoredOrder]:
        """The open orders under a fill model whose session has closed at `moment`, in time priority."""
        return self._orders(
            "SELECT * FROM orders WHERE is_open AND session_close <= ? AND model = ? ORDER BY number",
            sortable(moment),
            model,
        )

    def orders_with_pending_cancel(self) -> list[StoredOrder]:
        """The orders whose cancel is undecided, in time priority."""
        return self._orders("SELECT * FROM orders WHERE cancel_pending ORDER BY number")

    def add_order(self, order: StoredOrder) -> StoredOrder:
        """Keep a new order; the result has its number, which is its place in time priority."""
        cursor = self._connection.execute(INSERT_ORDER, column_values(order))
        return order.numbered(int(cursor.lastrowid or 0))

    def save_progress(self, order: StoredOrder) -> None:
        """Keep the order's state, cumulative quantity, reason and pending cancel."""
        self._write(
            "UPDATE orders SET state = ?, reason = ?, cumulative_quantity = ?, cancel_pending = ?"
            " WHERE number = ?",
            order.state.value,
            order.reason,
            str(order.cumulative_quantity),
            order.cancel_pending,
            order.number,
        )

    def void(self, client_order_id: UUID, market_time: datetime) -> None:
        """Remember an id under which no order may come any more; again is no change."""
        self._write("INSERT OR IGNORE INTO voided VALUES (?, ?)", str(client_order_id), sortable(market_time))

    def is_voided(self, client_order_id: UUID) -> bool:
        """Whether the id was voided."""
        return self._find("SELECT 1 FROM voided WHERE client_order_id = ?", str(client_order_id)) is not None

    def add_execution(self, order: StoredOrder, fill: Fill, market_time: datetime) -> str:
        """Keep a fill; returns its execution id."""
        row = self._row("SELECT coalesce(max(number), 0) + 1 AS next FROM executions")
        execution_id = f"{self._store_id}-E{row['next']}"
        self._write(
            "INSERT INTO executions VALUES (?, ?, ?, ?, ?, ?)",
            row["next"],
            execution_id,
            str(order.request.client_order_id),
            str(fill.quantity),
            str(fill.price),
            sortable(market_time),
        )
        return execution_id

    def executions(self, client_order_id: UUID) -> tuple[Execution, ...]:
        """The order's executions, oldest first."""
        rows = self._connection.execute(
            f"{EXECUTIONS} WHERE client_order_id = ? ORDER BY executions.number", (str(client_order_id),)
        )
        return tuple(execution_from_row(row) for row in rows)

    def append_report(self, report: Report) -> None:
        """Keep a report; its sequence must be `last_sequence() + 1`, or a trigger refuses it."""
        self._write("INSERT INTO reports VALUES (?, ?)", report.sequence, serialise_report(report))

    def last_sequence(self) -> int:
        """The sequence of the newest report; 0 before the first."""
        return int(self._row("SELECT coalesce(max(sequence), 0) AS last FROM reports")["last"])

    def report_lines(self, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Up to `limit` reports above `after`, each its sequence and its line for the wire."""
        rows = self._connection.execute(
            "SELECT sequence, line FROM reports WHERE sequence > ? ORDER BY sequence LIMIT ?", (after, limit)
        )
        return [(row["sequence"], row["line"]) for row in rows]

    def worked_through(self, symbol: str) -> datetime | None:
        """The start of the symbol's last bar that the venue has worked; no bar up to it is worked again."""
        row = self._find("SELECT bar_start FROM worked WHERE symbol = ?", symbol)
        return None if row is None else time_from(row["bar_start"])

    def set_worked_through(self, symbol: str, bar_start: datetime) -> None:
        """Remember the bar; part of the same transaction as its fills."""
        self._write("INSERT OR REPLACE INTO worked VALUES (?, ?)", symbol, sortable(bar_start))

    def _orders(self, statement: str, *parameters: str) -> list[StoredOrder]:
        rows = self._connection.execute(statement, parameters)
        return [order_from_row(row) for row in rows]

    def _find(self, statement: str, *parameters: object) -> Any:
        return self._connection.execute(statement, parameters).fetchone()

    def _row(self, statement: str) -> Any:
        return self._connection.execute(statement).fetchone()

    def _write(self, statement: str, *parameters: object) -> sqlite3.Cursor:
        return self._connection.execute(statement, parameters)


class ReportHead(NamedTuple):
    """The fields that every report begins with, in the order of its dataclass."""

    sequence: int
    client_order_id: UUID
    venue_order_id: str
    market_time: datetime
    model: str


def report_head(store: Store, order: StoredOrder, market_time: datetime) -> ReportHead:
    """The head of the next report, about this order."""
    return ReportHead(
        sequence=store.last_sequence() + 1,
        client_order_id=order.request.client_order_id,
        venue_order_id=store.venue_order_id(order.number),
        market_time=market_time,
        model=order.model,
    )
