"""What must hold over all orders at once: at every moment, on one snapshot; and when all is done."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q

from compliance.models import Leaf, LeafKind, TreeEntry
from compliance.services.verify import verify
from execution.models import Slice, VenueOrder, VenueReport
from execution.venues.simulated.record import VenueRecord
from execution.venues.simulated.rows import StoredOrder
from orders.kernel.clock import recorded_now
from orders.kernel.transactions import snapshot
from orders.models import Execution, Order
from orders.states import OPEN, OrderStatus
from orders.verification import verify_orders
from tests.execution.soak.parents import Parent

PLANS_ALL = ("direct",)
"""Algorithms that plan all of an order at once: whatever is planned, sent and filled is the order."""

_MOST_WAITING = timedelta(seconds=10)
"""How long a leaf of a row that changes while we look may wait for its place in the tree."""

PROMISES = {
    "an execution belongs to a venue order of its order": """
        SELECT e.id, e.reported_for, e.order_id
        FROM orders_execution e
        LEFT JOIN execution_venueorder v ON v.id::text = e.reported_for
        LEFT JOIN execution_run r ON r.id = v.run_id
        WHERE r.order_id IS DISTINCT FROM e.order_id""",
    "an order is filled by the sum of its executions": """
        SELECT o.id, o.filled_quantity, coalesce(sum(e.quantity), 0)
        FROM orders_order o LEFT JOIN orders_execution e ON e.order_id = o.id
        GROUP BY o.id HAVING o.filled_quantity <> coalesce(sum(e.quantity), 0)""",
    "a venue order is filled by the sum of the executions that were reported for it": """
        SELECT v.id, v.filled_quantity, coalesce(sum(e.quantity), 0)
        FROM execution_venueorder v LEFT JOIN orders_execution e ON e.reported_for = v.id::text
        GROUP BY v.id HAVING v.filled_quantity <> coalesce(sum(e.quantity), 0)""",
    "what is filled, live at the venue and planned is at most the order": """
        SELECT o.id, o.quantity, o.filled_quantity, live.quantity, planned.quantity
        FROM orders_order o JOIN execution_run r ON r.order_id = o.id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(v.quantity - v.filled_quantity), 0) AS quantity
            FROM execution_venueorder v WHERE v.run_id = r.id AND v.status = ANY(%(open)s)) AS live
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(s.quantity), 0) AS quantity
            FROM execution_slice s WHERE s.run_id = r.id AND s.state = 'planned') AS planned
        WHERE o.filled_quantity + live.quantity + planned.quantity > o.quantity""",
    "a run that plans all at once has all of its order in its slices": """
        SELECT o.id, o.quantity, earlier.quantity, planned.quantity
        FROM orders_order o JOIN execution_run r ON r.order_id = o.id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(v.filled_quantity), 0) AS quantity
            FROM execution_venueorder v JOIN execution_slice s ON s.id = v.slice_id
            WHERE v.run_id = r.id AND s.plan < r.plan) AS earlier
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(s.quantity), 0) AS quantity
            FROM execution_slice s WHERE s.run_id = r.id AND s.plan = r.plan) AS planned
        WHERE r.state = 'working' AND r.algorithm = ANY(%(plans_all)s)
        AND earlier.quantity + planned.quantity <> o.quantity""",
    "a slice has one venue order when it is sent, and none before": """
        SELECT s.id, s.state, count(v.id)
        FROM execution_slice s LEFT JOIN execution_venueorder v ON v.slice_id = s.id
        GROUP BY s.id HAVING count(v.id) <> CASE WHEN s.state = 'sent' THEN 1 ELSE 0 END""",
    "a position is the sum of its executions": """
        SELECT account_id, instrument_id, p.net_quantity, booked.quantity
        FROM orders_position p FULL JOIN (
            SELECT o.account_id, o.instrument_id,
                   sum(CASE o.side WHEN 'buy' THEN e.quantity ELSE -e.quantity END) AS quantity
            FROM orders_execution e JOIN orders_order o ON o.id = e.order_id
            GROUP BY o.account_id, o.instrument_id) AS booked USING (account_id, instrument_id)
        WHERE coalesce(p.net_quantity, 0) <> coalesce(booked.quantity, 0)""",
    "an order's revisions have no gap": """
        SELECT o.id, o.version, count(r.version), max(r.version)
        FROM orders_order o LEFT JOIN orders_orderrevision r ON r.order_id = o.id
        GROUP BY o.id HAVING count(r.version) <> o.version OR max(r.version) <> o.version OR min(r.version) <> 1""",
    "every revision of an order is in the audit log": """
        SELECT r.order_id, r.version, r.event FROM orders_orderrevision r
        WHERE NOT EXISTS (
            SELECT FROM compliance_leaf l
            WHERE l.object_id = r.order_id::text AND l.revision = r.version AND l.action = r.event)""",
    "the venue's reports are stored without a gap": """
        SELECT count(*), max(sequence) FROM execution_venuereport HAVING count(*) <> max(sequence)""",
    "nothing becomes a dead letter": """
        SELECT 'run', id, last_error FROM execution_run WHERE dead_lettered_at IS NOT NULL
        UNION ALL
        SELECT 'venue order', id, last_error FROM execution_venueorder WHERE dead_lettered_at IS NOT NULL
        UNION ALL
        SELECT 'report', id, last_error FROM execution_venuereport WHERE dead_lettered_at IS NOT NULL""",
}
"""Each with the query for what breaks it."""


class Broken(AssertionError):
    """A promise is broken; the rows that say so come with it."""


@dataclass(frozen=True)
class Counts:
    """How much was compared."""

    parents: int
    slices: int
    venue_orders: int
    fills: int
    reports: int
    leaves: int


class _Ours(NamedTuple):
    """What of our tables is held against the venue's record."""

    executions: dict[str, tuple[str, Decimal, Decimal]]
    sent: dict[UUID, tuple[str, str, Decimal]]


def check_moment(record: VenueRecord) -> Counts:
    """Assert on one snapshot what holds at every moment; returns how much there was. Raises Broken.

    The venue's orders are read before the snapshot, for ours were committed before the venue heard of them; its
    executions after it, for the venue's were committed before we heard of them.
    """
    at_venue = record.orders()
    with snapshot():
        for promise, statement in PROMISES.items():
            _require_none(promise, statement)
        ours = _ours()
        counts = _counts()
    _check_orders(at_venue, ours)
    theirs = _executions_of(record)
    unknown = {pk: told for pk, told in ours.executions.items() if theirs.get(pk) != told}
    _require(not unknown, "an execution is as the venue has it", unknown)
    return counts


def _require_none(promise: str, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"open": sorted(OPEN), "plans_all": list(PLANS_ALL)})
        _require(not (rows := cursor.fetchall()), promise, rows)


def _require(holds: bool, promise: str, told: Any) -> None:
    if not holds:
        raise Broken(f"BROKEN: {promise}: {str(told)[:2000]}")


def _ours() -> _Ours:
    executions = Execution.objects.values_list("venue_execution_id", "reported_for", "quantity", "price")
    sent = VenueOrder.objects.values_list("pk", "symbol", "side", "quantity")
    return _Ours(
        {venue_id: (sent_as, quantity, price) for venue_id, sent_as, quantity, price in executions},
        {pk: (symbol, side, quantity) for pk, symbol, side, quantity in sent},
    )


def _counts() -> Counts:
    return Counts(
        parents=Order.objects.count(),
        slices=Slice.objects.count(),
        venue_orders=VenueOrder.objects.count(),
        fills=Execution.objects.count(),
        reports=VenueReport.objects.count(),
        leaves=Leaf.objects.count(),
    )


def _check_orders(at_venue: list[StoredOrder], ours: _Ours) -> None:
    ids = [order.request.client_order_id for order in at_venue]
    _require(len(ids) == len(set(ids)), "an order reaches the venue once", ids)
    strange = [
        request
        for request in (order.request for order in at_venue)
        if ours.sent.get(request.client_order_id) != (request.symbol, request.side, request.quantity)
    ]
    _require(not strange, "the venue has nothing that we did not send as it is", strange)


def _executions_of(record: VenueRecord) -> dict[str, tuple[str, Decimal, Decimal]]:
    return {
        row.execution.execution_id: (str(row.client_order_id), row.execution.quantity, row.execution.price)
        for row in record.executions()
    }


def all_told(record: VenueRecord) -> bool:
    """Whether every report of the venue is applied, and every leaf has its place in the audit log's tree."""
    unapplied = VenueReport.objects.filter(applied_at=None).exists()
    reports = record.reports()
    stored = VenueReport.objects.count()
    return not unapplied and stored == len(reports) and TreeEntry.objects.count() == Leaf.objects.count()


def still_open(parents: list[Parent], *, types: tuple[str, ...] = ("market", "limit")) -> list[Parent]:
    """The parents of these types that have not ended."""
    ids = Order.objects.filter(status__in=sorted(OPEN), type__in=types).values_list("pk", flat=True)
    open_ids = set(ids)
    return [parent for parent in parents if parent.order_id in open_ids]


def check_end(parents: list[Parent], record: VenueRecord) -> Counts:
    """Assert what holds when all is done: ours and theirs are equal, and nothing is left over. Raises Broken."""
    counts = check_moment(record)
    ours = _ours()
    theirs = _executions_of(record)
    _require(
        ours.executions == theirs, "our executions are the venue's", theirs.keys() ^ ours.executions.keys()
    )
    _require(not record.open_orders(), "nothing is open at the venue", record.open_orders())
    last = VenueOrder.objects.filter(status__in=sorted(OPEN)).values_list("pk", "status")
    _require(not last.exists(), "no venue order is open", list(last))
    for parent in parents:
        _check_parent(parent)
    differences: list[str] = []
    verify_orders(progress=lambda *_: None, report=lambda difference: differences.append(str(difference)))
    _require(not differences, "the books follow from the executions", differences)
    reserved = list(Order.objects.exclude(reserved_quantity=0).values_list("pk", "reserved_quantity"))
    _require(not reserved, "exposure is released", reserved)
    # Rows go on changing, as limits are sampled for ever: those of the last seconds may wait for their place, no event.
    old = Q(kind=LeafKind.EVENT) | Q(recorded_at__lt=recorded_now() - _MOST_WAITING)
    waiting = Leaf.objects.filter(old).exclude(pk__in=TreeEntry.objects.values("leaf_id"))
    verdict = verify()
    _require(verdict.broken is None and not waiting.exists(), "the audit log is whole", verdict)
    return counts


def _check_parent(parent: Parent) -> None:
    _require(parent.order_id is not None, "a parent was taken", (parent.terms, parent.refused))
    order = Order.objects.get(pk=parent.order_id)
    match order.status:
        case OrderStatus.FILLED:
            is_due = order.filled_quantity == order.quantity
        case OrderStatus.EXPIRED:
            is_due = order.limit_price is not None or order.instruction["name"] not in PLANS_ALL
        case OrderStatus.CANCELED:
            is_due = "cancel" in parent.asked
        case _:
            is_due = False
    _require(
        is_due,
        "a parent ends filled, canceled as it was asked, or expired where a limit or its algorithm's time says so",
        (
            parent.number,
            order.pk,
            order.status,
            order.filled_quantity,
            order.quantity,
            parent.terms,
            parent.asked,
        ),
    )
