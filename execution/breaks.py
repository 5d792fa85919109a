"""What reconciliation reads: the venue orders to be compared, our record of them, and the breaks that are open."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from execution.errors import VenueBreakNotFound
from execution.models import VenueBreak, VenueOrder, VenueReport
from execution.selectors import last_stored_sequence
from execution.venues.differences import DifferenceKind, Held, Terms
from orders.kernel.context import Actor
from orders.kernel.ids import first_at
from orders.permissions import SETTLE_OPERATIONS, VIEW_OPERATIONS
from orders.selectors import executions_at, orders_with
from orders.states import OrderStatus

MOST_ROWS = 200
LAST_SESSION = timedelta(days=4)
"""So long ago (recorded time) the last session may have begun: over a long weekend."""


def to_compare(venue: str, *, since: datetime | None, before: UUID | None, most: int) -> list[UUID]:
    """Return orders at a venue that are live, or whose records were not found to agree after their end: newest first.

    They are older than `before`. With `since` (recorded time) also those that agreed and were made from then on.
    """
    wanted = Q(reconciled_at=None)
    if since is not None:
        wanted |= Q(pk__gte=first_at(since))
    rows = VenueOrder.objects.filter(wanted, venue=venue)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk").values_list("pk", flat=True)[:most])


@dataclass(frozen=True)
class OurRecord:
    """Our record of a venue order, and whether it can be held against the venue's.

    Not while a report is still to be applied that the venue had sent by then, nor once one is here that it sent
    later. `discarded` are the venue's ids of executions whose reports a person discarded.
    """

    held: Held
    is_comparable: bool
    discarded: frozenset[str]


def our_records(venue: str, venue_order_ids: Sequence[UUID], *, last_sequence: int) -> dict[UUID, OurRecord]:
    """Return our records of orders at a venue, to be held against the venue's as of `last_sequence`: six queries.

    What was still to be applied is read before the records, and what came in the meantime after them.
    """
    reports = VenueReport.objects.filter(venue=venue, client_order_id__in=venue_order_ids).order_by()
    is_behind = last_stored_sequence(venue) < last_sequence
    # A dead letter is applied by nobody, nor is what waits for a missing execution: both are differences.
    waiting = _orders_of(reports.filter(applied_at=None, dead_lettered_at=None, waits_for=None))
    held = _held(venue, venue_order_ids)
    discarded: defaultdict[UUID, set[str]] = defaultdict(set)
    gone = reports.filter(dead_lettered_at__isnull=False, discarded_at__isnull=False)
    for client_order_id, body in gone.values_list("client_order_id", "body"):
        discarded[client_order_id].add(str(body.get("execution_id", "")))
    unsettled = waiting | _orders_of(reports.filter(sequence__gt=last_sequence))
    return {
        pk: OurRecord(held[pk], not is_behind and pk not in unsettled, frozenset(discarded[pk]))
        for pk in held
    }


def _orders_of(reports: "QuerySet[VenueReport]") -> set[UUID]:
    return set(reports.values_list("client_order_id", flat=True))


def _held(venue: str, venue_order_ids: Sequence[UUID]) -> dict[UUID, Held]:
    columns = ("pk", "status", "filled_quantity", "venue_order_id", "run__order_id")
    rows = list(VenueOrder.objects.filter(pk__in=venue_order_ids).order_by().values_list(*columns))
    told = (
        executions_at(venue)
        .filter(order_id__in={row[-1] for row in rows}, reported_for__in=[str(row[0]) for row in rows])
        .order_by()
    )
    trades: defaultdict[str, dict[str, Terms]] = defaultdict(dict)
    for reported_for, execution_id, *terms in told.values_list(
        "reported_for", "venue_execution_id", "quantity", "price"
    ):
        trades[reported_for][execution_id] = Terms(*terms)
    return {
        pk: Held(
            status=OrderStatus(status),
            filled_quantity=filled_quantity,
            is_acknowledged=bool(venue_order_id or trades[str(pk)]),
            trades=trades[str(pk)],
        )
        for pk, status, filled_quantity, venue_order_id, _order_id in rows
    }


@dataclass(frozen=True)
class OpenBreak:
    """A break as a person sees it; `may_settle` tells whether that person may close it. Times are recorded time."""

    id: UUID
    kind: DifferenceKind
    venue: str
    venue_order_id: UUID
    order_id: UUID
    symbol: str
    side: str
    quantity: Decimal
    subject: str
    ours: str
    venues: str
    detail: str
    first_seen_at: datetime
    last_seen_at: datetime
    may_settle: bool


def open_breaks(actor: Actor, *, after: UUID | None = None, most: int = MOST_ROWS) -> list[OpenBreak]:
    """Return up to `most` open breaks whose operations `actor` may see, in the order of their ids: one query."""
    rows = seen_breaks(actor).filter(closed_at=None)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return [_open_break(row) for row in rows.order_by("pk")[:most]]


def open_break_for(actor: Actor, break_id: UUID) -> OpenBreak:
    """Return one. Raises VenueBreakNotFound for a hidden one, an absent one, and one that is closed."""
    row = seen_breaks(actor).filter(closed_at=None, pk=break_id).first()
    if row is None:
        raise VenueBreakNotFound("there is no such open break for you")
    return _open_break(row)


def seen_breaks(actor: Actor) -> "QuerySet[Any]":
    """Return the breaks whose operations `actor` may see, each with its order's id and whether it may be closed."""
    may_settle = orders_with(actor, SETTLE_OPERATIONS).filter(pk=OuterRef("venue_order__run__order_id"))
    seen = orders_with(actor, VIEW_OPERATIONS).values("pk")
    rows = VenueBreak.objects.filter(venue_order__run__order_id__in=seen).select_related("venue_order")
    return rows.annotate(of_order=F("venue_order__run__order_id"), may_settle=Exists(may_settle))


def _open_break(row: Any) -> OpenBreak:
    return OpenBreak(
        id=row.pk,
        kind=DifferenceKind(row.kind),
        venue=row.venue_order.venue,
        venue_order_id=row.venue_order_id,
        order_id=row.of_order,
        symbol=row.venue_order.symbol,
        side=row.venue_order.side,
        quantity=row.venue_order.quantity,
        subject=row.subject,
        ours=row.ours,
        venues=row.venues,
        detail=row.detail,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        may_settle=row.may_settle,
    )
