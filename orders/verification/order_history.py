"""Orders against their executions, as both were at a past moment: the history tells the columns of then.

An execution belongs to the version of its order that it made, so the two are cut at the same place.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from heapq import merge
from itertools import groupby
from typing import Any
from uuid import UUID

from orders.in_force import CHUNK_ROWS
from orders.models import Execution, OrderRevision
from orders.positions.trade import EXACT
from orders.states import BaseStatus, OrderStatus
from orders.terms import MANUAL, ExecutionKind
from orders.verification.differences import Difference, OrderColumns, order_differences

_REVISION, _EXECUTION = 0, 1
_Row = tuple[UUID, int, Any]


class _OrderThen:
    """One order: its columns folded out of its revisions, and the executions of the versions that they reach."""

    def __init__(self) -> None:
        self._columns: dict[str, Any] = {}
        self._requested: dict[str, tuple[Decimal, Decimal]] = {}
        self._is_manual = False
        self._version = 0
        self._in_force: dict[UUID, tuple[Decimal, Decimal]] = {}

    def revise(self, version: int, event: str, facts: dict[str, Any]) -> None:
        self._version = version
        self._columns.update(facts["after"])
        details = facts["details"]
        if event == "OrderPlaced":
            self._is_manual = details["instruction"]["name"] == MANUAL
        elif event == "ReplaceRequested":
            self._requested[details["client_order_id"]] = (
                Decimal(details["requested_quantity"]),
                # Not told before 0005_exposure, and then the notional is not compared either.
                Decimal(details.get("requested_worst_price", 0)),
            )
        elif event in ("OrderReplaced", "ReplaceRejected"):
            self._requested.pop(details["client_order_id"], None)

    def execute(self, row: Execution) -> None:
        if row.order_version > self._version:
            return
        if row.corrects_id is not None:
            self._in_force.pop(row.corrects_id, None)
        if row.kind != ExecutionKind.BUST:
            self._in_force[row.pk] = (row.quantity, EXACT.multiply(row.quantity, row.price))

    def differences(self, order_id: UUID) -> list[Difference]:
        """Return what does not follow; nothing for an order that was not there yet."""
        if not self._version:
            return []
        quantity = notional = Decimal(0)
        for each_quantity, each_notional in self._in_force.values():
            quantity, notional = EXACT.add(quantity, each_quantity), EXACT.add(notional, each_notional)
        return list(
            order_differences(
                f"order {order_id} at version {self._version}",
                self._as_columns(),
                executed_quantity=quantity,
                executed_notional=notional,
            )
        )

    def _as_columns(self) -> OrderColumns:
        status = OrderStatus(self._columns["status"])
        is_counted = self._is_manual or status == OrderStatus.PENDING_REPLACE
        return OrderColumns(
            status=status,
            base_status=BaseStatus(self._columns["base_status"]),
            quantity=Decimal(self._columns["quantity"]),
            filled_quantity=Decimal(self._columns["filled_quantity"]),
            filled_notional=Decimal(self._columns["filled_notional"]),
            reserved_quantity=Decimal(self._columns["reserved_quantity"]),
            reserved_notional=self._amount("reserved_notional"),
            worst_price=self._amount("worst_price"),
            requested=tuple(self._requested.values()) if is_counted else (),
        )

    def _amount(self, column: str) -> Decimal | None:
        return Decimal(self._columns[column]) if column in self._columns else None


def orders_then(recorded_by: datetime) -> Iterator[list[Difference]]:
    """Yield the differences of each order that was there at `recorded_by` (real UTC)."""
    both = merge(_revisions(recorded_by), _executions(), key=lambda row: (row[0].int, row[1]))
    for order_id, rows in groupby(both, key=lambda row: row[0]):
        then = _OrderThen()
        for _, kind, row in rows:
            if kind == _REVISION:
                then.revise(*row)
            else:
                then.execute(row)
        yield then.differences(order_id)


def _revisions(recorded_by: datetime) -> Iterator[_Row]:
    rows = OrderRevision.objects.filter(recorded_at__lte=recorded_by).order_by("order_id", "version")
    for order_id, version, event, facts in rows.values_list("order_id", "version", "event", "facts").iterator(
        CHUNK_ROWS
    ):
        yield order_id, _REVISION, (version, event, facts)


def _executions() -> Iterator[_Row]:
    for row in Execution.objects.order_by("order_id", "order_version").iterator(CHUNK_ROWS):
        yield row.order_id, _EXECUTION, row
