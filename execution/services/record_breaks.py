"""Keep what a look at both records found: breaks that open, are seen again, and close when the records agree."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from execution.events import VenueBreakEvent, VenueBreakFound, VenueBreakMended
from execution.models import VenueBreak, VenueOrder
from execution.venues.differences import Difference
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service, step
from orders.selectors import market_now
from orders.states import TERMINAL


class Look(NamedTuple):
    """What was found about a venue order, and why some of it could not be booked, by the differences' subjects."""

    venue_order_id: UUID
    differences: Sequence[Difference]
    failures: Mapping[str, str]


@service
def record_looks(*, actor: Actor, looks: Sequence[Look]) -> None:
    """Open, go on with and close breaks; remember of which venue orders that have ended both records agree.

    The venue orders are locked, so that of two who look at the same time the second sees what the first has kept.
    """
    looked_at = VenueOrder.objects.filter(pk__in=[look.venue_order_id for look in looks])
    list(looked_at.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    breaks = list(VenueBreak.objects.filter(venue_order__in=looked_at).select_for_update().order_by("pk"))
    agreed = []
    for look in looks:
        if _record(actor, look, [row for row in breaks if row.venue_order_id == look.venue_order_id]):
            agreed.append(look.venue_order_id)
    ended = VenueOrder.objects.filter(pk__in=agreed, reconciled_at=None, status__in=sorted(TERMINAL))
    ended.update(reconciled_at=recorded_now())


def _record(actor: Actor, look: Look, breaks: Sequence[VenueBreak]) -> bool:
    """Keep what one look found; tells whether nothing is open then."""
    now = recorded_now()
    is_open = False
    open_rows = {(row.kind, row.subject): row for row in breaks if row.closed_at is None}
    accepted = {_said(row) for row in breaks if row.closed_at is not None and not row.is_mended}
    for difference in look.differences:
        row = open_rows.pop((difference.kind, difference.subject), None)
        if row is None and tuple(difference) in accepted:
            continue
        is_open = True
        _keep(actor, row or _new_break(look.venue_order_id, difference), difference, look.failures)
    for row in open_rows.values():
        row.closed_at, row.is_mended = now, True
        row.save(update_fields=["closed_at", "is_mended"])
        announce_break(VenueBreakMended, actor, row)
    return not is_open


def _said(row: VenueBreak) -> tuple[str, ...]:
    return (row.kind, row.subject, row.ours, row.venues)


def _new_break(venue_order_id: UUID, difference: Difference) -> VenueBreak:
    return VenueBreak(
        venue_order_id=venue_order_id,
        kind=difference.kind,
        subject=difference.subject,
        first_seen_at=recorded_now(),
    )


@step
def _keep(actor: Actor, row: VenueBreak, difference: Difference, failures: Mapping[str, str]) -> None:
    is_new = row._state.adding
    row.ours, row.venues, row.last_seen_at = difference.ours, difference.venues, recorded_now()
    row.detail = failures.get(difference.subject, row.detail)
    row.save(force_insert=is_new)
    if is_new:
        announce_break(VenueBreakFound, actor, row)


@step
def announce_break(event_class: type[VenueBreakEvent], actor: Actor, row: VenueBreak) -> None:
    """Publish what became of a break."""
    publish(
        event_class(
            actor=actor,
            object_id=str(row.pk),
            revision=0,
            market_time=market_now(),
            kind=row.kind,
            venue_order_id=row.venue_order_id,
            subject=row.subject,
            ours=row.ours,
            venues=row.venues,
            reason=row.reason,
        )
    )
