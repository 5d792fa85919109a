"""The store's tables and how their rows become values. Decimals are kept as text: SQLite has none."""

import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from execution.venues.protocol import (
    Execution,
    NewOrder,
    VenueOrderState,
)
from execution.venues.protocol.words import OPEN_STATES
from execution.venues.simulated.tick_rows import TICK_SCHEMA
from orders.terms import OrderType, Side, TimeInForce

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS store (one INTEGER PRIMARY KEY CHECK (one = 1), store_id TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS orders (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        client_order_id TEXT NOT NULL UNIQUE,
        symbol TEXT NOT NULL,
        side TEXT NOT NULL,
        type TEXT NOT NULL,
        time_in_force TEXT NOT NULL,
        quantity TEXT NOT NULL,
        limit_price TEXT,
        display_quantity TEXT,
        minimum_quantity TEXT,
        tick_size TEXT,
        lot_size TEXT,
        arrived_at TEXT NOT NULL,
        session_open TEXT NOT NULL,
        session_close TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        cumulative_quantity TEXT NOT NULL,
        cancel_pending INTEGER NOT NULL,
        model TEXT NOT NULL DEFAULT 'bar',
        effective_at TEXT,
        is_open INTEGER GENERATED ALWAYS AS (state IN ('new', 'partially_filled')) VIRTUAL
    ) STRICT""",
    "CREATE INDEX IF NOT EXISTS open_orders ON orders (symbol, number) WHERE is_open",
    "CREATE INDEX IF NOT EXISTS pending_cancels ON orders (number) WHERE cancel_pending",
    """CREATE TABLE IF NOT EXISTS voided (
        client_order_id TEXT PRIMARY KEY, market_time TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS executions (
        number INTEGER PRIMARY KEY,
        execution_id TEXT NOT NULL UNIQUE,
        client_order_id TEXT NOT NULL REFERENCES orders (client_order_id),
        quantity TEXT NOT NULL,
        price TEXT NOT NULL,
        market_time TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX IF NOT EXISTS executions_of_order ON executions (client_order_id, number)",
    "CREATE TABLE IF NOT EXISTS reports (sequence INTEGER PRIMARY KEY, line BLOB NOT NULL) STRICT",
    """CREATE TRIGGER IF NOT EXISTS reports_are_gapless BEFORE INSERT ON reports
        WHEN new.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM reports)
        BEGIN SELECT raise(ABORT, 'a report must follow the last one'); END""",
    """CREATE TABLE IF NOT EXISTS worked (symbol TEXT PRIMARY KEY, bar_start TEXT NOT NULL) STRICT""",
    *TICK_SCHEMA,
)
ADDED_COLUMNS = {"model": "TEXT NOT NULL DEFAULT 'bar'", "effective_at": "TEXT"}
"""Columns of `orders` that a store from before the tick model has not."""

_COLUMNS = (
    *("client_order_id", "symbol", "side", "type", "time_in_force", "quantity", "limit_price"),
    *("display_quantity", "minimum_quantity", "tick_size", "lot_size", "arrived_at", "session_open"),
    *("session_close", "state", "reason", "cumulative_quantity", "cancel_pending", "model", "effective_at"),
)
INSERT_ORDER = f"""INSERT INTO orders ({", ".join(_COLUMNS)})
    VALUES ({", ".join(f":{column}" for column in _COLUMNS)})"""  # noqa: S608 - names of our own columns


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order with its state; `number` is its place in time priority, 0 before it is stored.

    Tick and lot are those of its arrival, None when the symbol was unknown. `model` is the fill model that it keeps for
    life, and from `effective_at` on it takes part.
    """

    request: NewOrder
    arrived_at: datetime
    effective_at: datetime
    session_open: datetime
    session_close: datetime
    tick_size: Decimal | None
    lot_size: Decimal | None
    state: VenueOrderState
    model: str
    reason: str | None = None
    cumulative_quantity: Decimal = Decimal(0)
    cancel_pending: bool = False
    number: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it can still be filled or canceled."""
        return self.state in OPEN_STATES

    @property
    def leaves_quantity(self) -> Decimal:
        """What is open of it, in shares; nothing once it has ended (FIX tag 151)."""
        return self.request.quantity - self.cumulative_quantity if self.is_open else Decimal(0)

    def numbered(self, number: int) -> "StoredOrder":
        """The same order with its place in time priority."""
        return replace(self, number=number)


def sortable(moment: datetime) -> str:
    """A time as text that sorts as time does: UTC, always with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def time_from(text: str) -> datetime:
    """The time that `sortable` wrote."""
    return datetime.fromisoformat(text)


def column_values(order: StoredOrder) -> dict[str, str | int | None]:
    """The order's columns, without its number."""
    request = order.request
    return {
        "client_order_id": str(request.client_order_id),
        "symbol": request.symbol,
        "side": request.side.value,
        "type": request.type.value,
        "time_in_force": request.time_in_force.value,
        "quantity": str(request.quantity),
        "limit_price": _text(request.limit_price),
        "display_quantity": _text(request.display_quantity),
        "minimum_quantity": _text(request.minimum_quantity),
        "tick_size": _text(order.tick_size),
        "lot_size": _text(order.lot_size),
        "arrived_at": sortable(order.arrived_at),
        "session_open": sortable(order.session_open),
        "session_close": sortable(order.session_close),
        "state": order.state.value,
        "reason": order.reason,
        "cumulative_quantity": str(order.cumulative_quantity),
        "cancel_pending": int(order.cancel_pending),
        "model": order.model,
        "effective_at": sortable(order.effective_at),
    }


def order_from_row(row: sqlite3.Row) -> StoredOrder:
    """The order of a row of `orders`."""
    return StoredOrder(
        request=NewOrder(
            client_order_id=UUID(row["client_order_id"]),
            symbol=row["symbol"],
            side=Side(row["side"]),
            type=OrderType(row["type"]),
            time_in_force=TimeInForce(row["time_in_force"]),
            quantity=Decimal(row["quantity"]),
            limit_price=_decimal(row["limit_price"]),
            display_quantity=_decimal(row["display_quantity"]),
            minimum_quantity=_decimal(row["minimum_quantity"]),
        ),
        arrived_at=time_from(row["arrived_at"]),
        effective_at=time_from(row["effective_at"] or row["arrived_at"]),
        session_open=time_from(row["session_open"]),
        session_close=time_from(row["session_close"]),
        tick_size=_decimal(row["tick_size"]),
        lot_size=_decimal(row["lot_size"]),
        state=VenueOrderState(row["state"]),
        model=row["model"],
        reason=row["reason"],
        cumulative_quantity=Decimal(row["cumulative_quantity"]),
        cancel_pending=bool(row["cancel_pending"]),
        number=row["number"],
    )


EXECUTIONS = "SELECT executions.*, model FROM executions JOIN orders USING (client_order_id)"
"""Rows for `execution_from_row`."""


def execution_from_row(row: sqlite3.Row) -> Execution:
    """The execution of a row of `executions` with its order's model."""
    return Execution(
        execution_id=row["execution_id"],
        quantity=Decimal(row["quantity"]),
        price=Decimal(row["price"]),
        market_time=time_from(row["market_time"]),
        model=row["model"],
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
