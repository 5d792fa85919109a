"""The store's table of what was done to trades after the fact, and how far the venue's own errors have come."""

import sqlite3
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from execution.venues.protocol import TradeChange, TradeChangeKind
from execution.venues.simulated.rows import sortable, time_from

TRADE_CHANGES = (
    """CREATE TABLE IF NOT EXISTS trade_changes (
        number INTEGER PRIMARY KEY,
        execution_id TEXT NOT NULL UNIQUE,
        execution_ref_id TEXT NOT NULL UNIQUE,
        client_order_id TEXT NOT NULL REFERENCES orders (client_order_id),
        kind TEXT NOT NULL,
        quantity TEXT NOT NULL,
        price TEXT NOT NULL,
        market_time TEXT NOT NULL,
        reason TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX IF NOT EXISTS trade_changes_of_order ON trade_changes (client_order_id, number)",
    """CREATE TABLE IF NOT EXISTS trade_errors (
        one INTEGER PRIMARY KEY CHECK (one = 1), considered_through INTEGER NOT NULL
    ) STRICT""",
)
_STANDING = """
    SELECT client_order_id, execution_id, quantity, price FROM (
        SELECT client_order_id, execution_id, quantity, price FROM executions
        UNION ALL
        SELECT client_order_id, execution_id, quantity, price FROM trade_changes WHERE kind = 'correct'
    )
    WHERE execution_id = ? AND NOT EXISTS (SELECT 1 FROM trade_changes WHERE execution_ref_id = ?)
"""


class Trade(NamedTuple):
    """An execution, or the correction in its place, that nothing has replaced."""

    client_order_id: UUID
    execution_id: str
    quantity: Decimal
    price: Decimal


class TradeChanges:
    """Reads and writes on the store's connection, inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection, store_id: str) -> None:
        self._connection = connection
        self._store_id = store_id

    def standing(self, execution_id: str) -> Trade | None:
        """The trade under that id; None where there is none, or another has taken its place."""
        row = self._row(_STANDING, execution_id, execution_id)
        return None if row is None else _trade(row)

    def add(
        self,
        trade: Trade,
        *,
        kind: TradeChangeKind,
        quantity: Decimal,
        price: Decimal,
        market_time: datetime,
        reason: str,
    ) -> TradeChange:
        """Keep what was done to a trade; the result has its id."""
        number = self._row("SELECT coalesce(max(number), 0) + 1 AS next FROM trade_changes")["next"]
        change = TradeChange(
            f"{self._store_id}-C{number}", trade.execution_id, kind, quantity, price, market_time, reason
        )
        self._connection.execute(
            "INSERT INTO trade_changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                change.execution_id,
                change.execution_ref_id,
                str(trade.client_order_id),
                kind.value,
                str(quantity),
                str(price),
                sortable(market_time),
                reason,
            ),
        )
        return change

    def set_arrival(self, order_number: int, market_time: datetime) -> None:
        """Let an order that is open again take part from then on, behind all others: nothing before fills it."""
        self._connection.execute(
            "UPDATE orders SET arrived_at = :moment, effective_at = :moment WHERE number = :number",
            {"moment": sortable(market_time), "number": order_number},
        )
        self._connection.execute("DELETE FROM tick_orders WHERE number = ?", (order_number,))

    def of_order(self, client_order_id: UUID) -> tuple[TradeChange, ...]:
        """What was done to the order's trades, oldest first."""
        rows = self._connection.execute(
            "SELECT * FROM trade_changes WHERE client_order_id = ? ORDER BY number", (str(client_order_id),)
        )
        return tuple(change_from_row(row) for row in rows)

    def unconsidered(self, most: int) -> list[tuple[int, Trade]]:
        """The executions, by their numbers, of which nobody has decided whether they were an error."""
        row = self._row("SELECT considered_through FROM trade_errors")
        rows = self._connection.execute(
            "SELECT * FROM executions WHERE number > ? ORDER BY number LIMIT ?",
            (0 if row is None else row["considered_through"], most),
        )
        return [(row["number"], _trade(row)) for row in rows]

    def set_considered(self, number: int) -> None:
        """Remember up to which execution that is decided."""
        self._connection.execute("INSERT OR REPLACE INTO trade_errors VALUES (1, ?)", (number,))

    def _row(self, statement: str, *parameters: object) -> Any:
        return self._connection.execute(statement, parameters).fetchone()


def change_from_row(row: sqlite3.Row) -> TradeChange:
    """The change of a row of `trade_changes`."""
    return TradeChange(
        execution_id=row["execution_id"],
        execution_ref_id=row["execution_ref_id"],
        kind=TradeChangeKind(row["kind"]),
        quantity=Decimal(row["quantity"]),
        price=Decimal(row["price"]),
        market_time=time_from(row["market_time"]),
        reason=row["reason"],
    )


def _trade(row: sqlite3.Row) -> Trade:
    return Trade(
        UUID(row["client_order_id"]), row["execution_id"], Decimal(row["quantity"]), Decimal(row["price"])
    )
