"""Dead letters: what was tried too often, or what the venue's word is missing of, and waits for an operator.

One list of three kinds of rows, each known by its own id: ids are unique over all tables.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, F, Max, Model, OuterRef, Q, QuerySet, Subquery

from execution.errors import DeadLetterNotFound, DeadLetterSettled
from execution.models import Run, VenueOrder, VenueReport
from execution.models.run import UNDER_WAY, RunState
from orders.authority import may_somewhere
from orders.kernel.context import Actor
from orders.kernel.money import decimal_text
from orders.permissions import SETTLE_OPERATIONS, VIEW_OPERATIONS
from orders.selectors import orders_with
from orders.states import OPEN, OrderStatus

M = TypeVar("M", bound=Model)
MOST_ROWS = 200
_UNCERTAIN = (OrderStatus.PENDING_NEW, OrderStatus.PENDING_CANCEL)
_TELLS_NO_END = ("accepted", "cancel_rejected")
SETTLED = "this is no dead letter, or was settled already"
_NEVER_APPLIED = "A report on it was discarded: what the venue has of it may not be what is here."


class LetterKind(StrEnum):
    """run: could not be planned, or a slice of it not sent. venue_order: its fate is not known. report: not applied."""

    RUN = "run"
    VENUE_ORDER = "venue_order"
    REPORT = "report"


@dataclass(frozen=True)
class DeadLetter:
    """A dead letter as a person sees it.

    `order_id` is None for a report on an order that is not ours. `may_settle` tells whether the person may retry and
    discard it, `can_retry` whether trying again could help. Times are recorded time.
    """

    id: UUID
    kind: LetterKind
    order_id: UUID | None
    subject: str
    attempts: int
    last_error: str
    dead_lettered_at: datetime
    can_retry: bool
    may_settle: bool


@dataclass(frozen=True)
class LetterPlace:
    """Where a row is that is, or was, a dead letter."""

    id: UUID
    kind: LetterKind
    order_id: UUID | None


def dead_runs() -> QuerySet[Run]:
    """Return the runs that nobody plans or sends any more. One that is stopped or done waits for no operator."""
    return Run.objects.filter(dead_lettered_at__isnull=False, state__in=sorted(UNDER_WAY))


def dead_venue_orders() -> QuerySet[VenueOrder]:
    """Return the venue orders of whose fate nobody knows.

    Those whose answers were not understood, until the venue's word comes otherwise; and those that are open here
    though a report that may have ended them was discarded.
    """
    unanswered = VenueOrder.objects.filter(dead_lettered_at__isnull=False, status__in=_UNCERTAIN)
    robbed = _discarded_ends().order_by().values("client_order_id")
    # Two sets of ids, each found by its index: with OR the whole table would be read.
    either = unanswered.order_by().values("pk").union(robbed, all=True)
    return VenueOrder.objects.filter(pk__in=either, status__in=sorted(OPEN))


def dead_reports() -> QuerySet[VenueReport]:
    """Return the reports that could not be applied, and that nobody has discarded."""
    return VenueReport.objects.filter(dead_lettered_at__isnull=False, discarded_at=None, applied_at=None)


def is_asked_in_vain(venue_order: VenueOrder) -> bool:
    """Tell whether asking the venue would tell nothing new: it has told, and that was discarded."""
    return venue_order.dead_lettered_at is None or venue_order.status not in _UNCERTAIN


def dead_letters(actor: Actor, *, after: UUID | None = None, most: int = MOST_ROWS) -> list[DeadLetter]:
    """Return up to `most` dead letters whose operations `actor` may see, in the order of their ids: five queries.

    A report on an order that is not ours at all is shown to everyone who may see operations anywhere.
    """
    return _read(_Window(actor, Q() if after is None else Q(pk__gt=after), most))


def dead_letter_for(actor: Actor, letter_id: UUID) -> DeadLetter:
    """Return one dead letter. Raises what `place_of` raises, and DeadLetterSettled for what is none (any more)."""
    found = _read(_Window(actor, Q(pk=letter_id), 1))
    if not found:
        place_of(actor, letter_id)
        raise DeadLetterSettled(SETTLED)
    return found[0]


def place_of(actor: Actor, letter_id: UUID) -> LetterPlace:
    """Return where the row with this id is. Raises DeadLetterNotFound for a hidden one and an absent one alike."""
    seen = orders_with(actor, VIEW_OPERATIONS).values("pk")
    in_tables: tuple[tuple[LetterKind, QuerySet[Any], str], ...] = (
        (LetterKind.RUN, Run.objects.filter(order_id__in=seen), "order_id"),
        (LetterKind.VENUE_ORDER, VenueOrder.objects.filter(run__order_id__in=seen), "run__order_id"),
        (LetterKind.REPORT, _seen_reports(actor, VenueReport.objects.all()), "of_order"),
    )
    for kind, rows, order_id in in_tables:
        found = rows.filter(pk=letter_id).values_list(order_id).first()
        if found is not None:
            return LetterPlace(letter_id, kind, found[0])
    raise DeadLetterNotFound("there is no such dead letter for you")


@dataclass(frozen=True)
class _Window:
    """Which dead letters of each kind are read: `actor`'s, of those the `wanted`, and at most so many."""

    actor: Actor
    wanted: Q
    most: int

    def narrow(self, rows: "QuerySet[M]", order_id: str) -> "QuerySet[Any]":
        """Return the window's part of `rows`, which have the order's id in the column `order_id`."""
        may_settle = orders_with(self.actor, SETTLE_OPERATIONS).filter(pk=OuterRef(order_id))
        return rows.filter(self.wanted).annotate(may_settle=Exists(may_settle)).order_by("pk")[: self.most]


def _read(window: _Window) -> list[DeadLetter]:
    found = [*_runs(window), *_venue_orders(window), *_reports(window)]
    return sorted(found, key=attrgetter("id"))[: window.most]


def _runs(window: _Window) -> list[DeadLetter]:
    seen = orders_with(window.actor, VIEW_OPERATIONS).values("pk")
    return [
        DeadLetter(
            id=row.pk,
            kind=LetterKind.RUN,
            order_id=row.order_id,
            subject=f"{'Slice' if row.state == RunState.WORKING else 'Plan'} of {row.algorithm}",
            attempts=row.attempts,
            last_error=row.last_error,
            dead_lettered_at=row.dead_lettered_at or row.recorded_at,
            can_retry=True,
            may_settle=row.may_settle,
        )
        for row in window.narrow(dead_runs().filter(order_id__in=seen), "order_id")
    ]


def _venue_orders(window: _Window) -> list[DeadLetter]:
    seen = orders_with(window.actor, VIEW_OPERATIONS).values("pk")
    robbed = _discarded_ends().filter(client_order_id=OuterRef("pk")).order_by().values("client_order_id")
    last = robbed.annotate(last=Max("discarded_at")).values("last")
    rows = dead_venue_orders().filter(run__order_id__in=seen)
    annotated = rows.annotate(of_order=F("run__order_id"), discarded_at=Subquery(last))
    return [
        DeadLetter(
            id=row.pk,
            kind=LetterKind.VENUE_ORDER,
            order_id=row.of_order,
            subject=f"Venue order to {row.side} {decimal_text(row.quantity)} {row.symbol} at {row.venue}",
            attempts=row.attempts,
            last_error=_NEVER_APPLIED if is_asked_in_vain(row) else row.last_error,
            dead_lettered_at=row.discarded_at if is_asked_in_vain(row) else row.dead_lettered_at,
            can_retry=not is_asked_in_vain(row),
            may_settle=row.may_settle,
        )
        for row in window.narrow(annotated, "run__order_id")
    ]


def _reports(window: _Window) -> list[DeadLetter]:
    may_settle_strays = may_somewhere(window.actor, SETTLE_OPERATIONS)
    return [
        DeadLetter(
            id=row.pk,
            kind=LetterKind.REPORT,
            order_id=row.of_order,
            subject=f"Report {row.sequence} ({row.kind}) of {row.venue} on {_named(row)}",
            attempts=row.attempts,
            last_error=row.last_error,
            dead_lettered_at=row.dead_lettered_at,
            can_retry=True,
            may_settle=row.may_settle if row.of_order else may_settle_strays,
        )
        for row in window.narrow(_seen_reports(window.actor, dead_reports()), "of_order")
    ]


def _named(report: Any) -> str:
    """Return the venue order that a report is on: by its whole id where nothing here leads to it."""
    name = str(report.client_order_id)
    return f"venue order …{name[-8:]}" if report.of_order else f"venue order {name}"


def _seen_reports(actor: Actor, reports: "QuerySet[VenueReport]") -> "QuerySet[Any]":
    ours = VenueOrder.objects.filter(pk=OuterRef("client_order_id")).order_by()
    annotated = reports.annotate(of_order=Subquery(ours.values("run__order_id")))
    visible = Q(of_order__in=orders_with(actor, VIEW_OPERATIONS).values("pk"))
    if may_somewhere(actor, VIEW_OPERATIONS):
        visible |= Q(of_order=None)
    return annotated.filter(visible)


def _discarded_ends() -> "QuerySet[VenueReport]":
    """Return the reports that may have told a venue order's end, or part of what was filled, and never will."""
    discarded = VenueReport.objects.filter(dead_lettered_at__isnull=False, discarded_at__isnull=False)
    return discarded.exclude(kind__in=_TELLS_NO_END)
