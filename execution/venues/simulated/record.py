"""The venue's own record, read from its store's file without going through our tables.

For auditors, the demo and tests: what the venue says was filled is compared with what we say. Works while the
venue runs, and after it was killed.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from execution.venues.protocol import Execution, Report, TradeChange, parse_report
from execution.venues.simulated.rows import EXECUTIONS, StoredOrder, execution_from_row, order_from_row
from execution.venues.simulated.trade_changes import change_from_row


class RecordedExecution(NamedTuple):
    """A fill and whose it was."""

    client_order_id: UUID
    execution: Execution


class VenueRecord:
    """A read-only view; every method reads the file anew. Raises FileNotFoundError when there is none."""

    def __init__(self, store_path: Path) -> None:
        if not store_path.is_file():
            raise FileNotFoundError(f"no venue has kept a record at {store_path}")
        self._path = store_path

    def executions(self) -> list[RecordedExecution]:
        """All fills, oldest first."""
        with self._rows(f"{EXECUTIONS} ORDER BY executions.number") as rows:
            return [RecordedExecution(UUID(row["client_order_id"]), execution_from_row(row)) for row in rows]

    def trade_changes(self) -> list[TradeChange]:
        """What was done to trades after the fact, oldest first."""
        with self._rows("SELECT * FROM trade_changes ORDER BY number") as rows:
            return [change_from_row(row) for row in rows]

    def filled_quantities(self) -> dict[UUID, Decimal]:
        """Shares filled by client order id, summed over the fills; orders without a fill are absent."""
        totals: defaultdict[UUID, Decimal] = defaultdict(Decimal)
        for client_order_id, execution in self.executions():
            totals[client_order_id] += execution.quantity
        return dict(totals)

    def orders(self) -> list[StoredOrder]:
        """Every order the venue ever took or rejected, in order of arrival."""
        with self._rows("SELECT * FROM orders ORDER BY number") as rows:
            return [order_from_row(row) for row in rows]

    def open_orders(self) -> list[StoredOrder]:
        """The orders that can still be filled."""
        return [order for order in self.orders() if order.is_open]

    def reports(self) -> list[Report]:
        """Every report in order of sequence."""
        with self._rows("SELECT line FROM reports ORDER BY sequence") as rows:
            return [parse_report(row["line"]) for row in rows]

    @contextmanager
    def _rows(self, statement: str) -> Iterator[sqlite3.Cursor]:
        # Not mode=ro: after a SIGKILL the reader must be allowed to bring the write-ahead log's index back.
        with closing(sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=rw", uri=True)) as connection:
            connection.execute("PRAGMA query_only=ON")
            connection.row_factory = sqlite3.Row
            yield connection.execute(statement)
