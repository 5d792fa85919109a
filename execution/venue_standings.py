"""How it stands with each venue: its session, its breaker, what it reported, and what is live there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery

from execution.models import Venue, VenueOrder, VenueReport
from execution.session import Session, current_or_next_session
from execution.venue_access import breaker_of, connected_venues
from execution.venues.hours import is_in_session
from orders import authority
from orders.kernel.breakers import BreakerStanding, worst_standings
from orders.kernel.context import Actor
from orders.permissions import VIEW_OPERATIONS, VIEW_ORDERS
from orders.selectors import market_now, orders_with
from orders.states import TERMINAL
from orders.terms import TimeInForce


@dataclass(frozen=True)
class VenueStanding:
    """A venue as a person sees it.

    `session` is the one that is open or opens next, None where each instrument's market says so, `is_open` whether it
    is now. `breaker` is the worst of this machine's processes, None where no address is given. `last_report_at`
    (recorded time) is when the last of `reports` came in, both None for who may see no operations. Counted are venue
    orders of orders that the person may see: those that are `live`, and those `unanswered`, the first since
    `unanswered_since` (recorded time).
    """

    row: Venue
    session: Session | None
    is_open: bool | None
    breaker: BreakerStanding | None
    reports: int | None
    last_report_at: datetime | None
    live: int
    unanswered: int
    unanswered_since: datetime | None


def venues_for(actor: Actor) -> list[VenueStanding]:
    """Return the venues to anyone who may see orders somewhere, by code: as many queries for one as for many."""
    if not authority.may_somewhere(actor, VIEW_ORDERS):
        return []
    now, live = market_now(), _live(actor)
    sees_operations = authority.may_somewhere(actor, VIEW_OPERATIONS)
    breakers = {each.name: each for each in worst_standings(map(breaker_of, connected_venues()))}
    return [
        VenueStanding(
            row=row,
            session=current_or_next_session(now, row.calendar) if row.calendar else None,
            is_open=is_in_session(row.calendar, now, TimeInForce.DAY) if row.calendar else None,
            breaker=breakers.get(breaker_of(row.code).name),
            reports=(row.newest or 0) if sees_operations else None,
            last_report_at=row.last_at if sees_operations else None,
            **live.get(row.code, _NOTHING_LIVE),
        )
        for row in _with_last_report(Venue.objects.all())
    ]


def _with_last_report(venues: "QuerySet[Venue]") -> "QuerySet[Any]":
    """Sequences count a venue's reports: the newest is read, and none is counted."""
    newest = VenueReport.objects.filter(venue=OuterRef("code")).order_by("-sequence")
    return venues.annotate(
        newest=Subquery(newest.values("sequence")[:1]), last_at=Subquery(newest.values("recorded_at")[:1])
    )


_NOTHING_LIVE: Mapping[str, Any] = {"live": 0, "unanswered": 0, "unanswered_since": None}


def _live(actor: Actor) -> dict[str, dict[str, Any]]:
    seen = orders_with(actor, VIEW_ORDERS).values("pk")
    rows = VenueOrder.objects.filter(run__order_id__in=seen, reconciled_at=None).exclude(status__in=TERMINAL)
    waits = Q(next_attempt_at__isnull=False)
    counted = rows.values("venue").annotate(
        live=Count("pk"),
        unanswered=Count("pk", filter=waits),
        unanswered_since=Min("recorded_at", filter=waits),
    )
    names = list(_NOTHING_LIVE)
    found = counted.order_by().values_list("venue", *names)
    return {venue: dict(zip(names, values, strict=True)) for venue, *values in found}
