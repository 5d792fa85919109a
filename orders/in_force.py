"""The executions in force: those that no correction replaced and no bust took back, as trades in FIFO order."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, QuerySet, UUIDField, When
from django.db.models.expressions import RawSQL

from orders.models import Execution
from orders.positions.trade import Trade
from orders.terms import ExecutionKind, Side

CHUNK_ROWS = 2000
PositionKey = tuple[UUID, UUID]
"""The account's and the instrument's id."""

_FIRST_OF_CHAIN = """
    WITH RECURSIVE chain(id) AS (
        SELECT orders_execution.corrects_id
        UNION ALL
        SELECT earlier.corrects_id FROM orders_execution AS earlier JOIN chain ON earlier.id = chain.id
        WHERE earlier.corrects_id IS NOT NULL
    )
    SELECT first.id FROM orders_execution AS first JOIN chain ON first.id = chain.id
    WHERE first.corrects_id IS NULL
"""


def executions_in_force(*, known_at: datetime | None = None) -> QuerySet[Execution]:
    """Return the executions in force now, or among those that were recorded by `known_at` (real UTC)."""
    rows = Execution.objects.order_by()
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    return rows.exclude(kind=ExecutionKind.BUST).filter(~Exists(rows.filter(corrects=OuterRef("pk"))))


def with_place(executions: QuerySet[Execution]) -> "QuerySet[Any]":
    """Return the executions with `trade_id`, the first of each one's chain of corrections."""
    first = RawSQL(_FIRST_OF_CHAIN, (), output_field=UUIDField())  # noqa: S611 - a constant
    return executions.annotate(trade_id=Case(When(corrects=None, then=F("pk")), default=first))


def trades(executions: QuerySet[Execution]) -> Iterator[tuple[PositionKey, Trade]]:
    """Stream executions as trades, position by position (in the order of their keys) and in FIFO order within one."""
    of_position = ("order__account_id", "order__instrument_id")
    rows = (
        with_place(executions)
        .order_by(*of_position, "market_time", "trade_id")
        .values_list(*of_position, "pk", "trade_id", "order__side", "quantity", "price", "market_time")
    )
    for account, instrument, pk, trade_id, side, quantity, price, moment in rows.iterator(CHUNK_ROWS):
        yield (account, instrument), Trade(pk, trade_id, Side(side), quantity, price, moment)
