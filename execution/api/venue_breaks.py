"""Where a venue's record and ours disagree, and how a person closes that."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from execution.breaks import OpenBreak, open_breaks
from execution.commands import SettleVenueBreak
from execution.errors import VenueBreakClosed, VenueBreakNotFound
from execution.services.settle_break import settle_venue_break
from execution.venues.differences import DifferenceKind
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.clock import recorded_now
from orders.kernel.errors import NotPermitted
from orders.kernel.money import Amount

BY_ID = Keyset("id", UUID)
_BREAKS = "VenueBreak"


class VenueBreakRepresentation(BaseModel):
    """A difference that booking did not mend; times are recorded time."""

    id: UUID
    kind: DifferenceKind
    venue: str
    venue_order_id: UUID = Field(description="the client order id at the venue")
    order_id: UUID
    symbol: str
    side: str
    quantity: Amount
    subject: str | None = Field(description="the venue's id of the execution; null for the whole venue order")
    ours: str = Field(description="what our record says, for people")
    venues: str = Field(description="what the venue's record says, for people")
    detail: str | None = Field(description="why it could not be booked")
    first_seen_at: datetime
    last_seen_at: datetime
    age_s: int = Field(description="whole seconds since it was first seen")
    may_settle: bool = Field(description="whether you may close it")


class VenueBreakPage(Page[VenueBreakRepresentation]):
    """Open breaks, oldest first."""


class ClosedBreakRepresentation(BaseModel):
    """What was closed."""

    id: UUID
    closed_at: datetime


class VenueBreakCollection(ApiView):
    """The open breaks of the orders whose operations the asker may see."""

    @endpoint(
        "list_venue_breaks",
        "List where a venue's record and ours disagree",
        query=PageQuery,
        answers={200: VenueBreakPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: PageQuery) -> HttpResponse:
        after = BY_ID.after(_BREAKS, query)
        breaks = open_breaks(self.actor, after=after, most=query.limit + 1)
        page, following = BY_ID.page_of(breaks, _BREAKS, query)
        return answer(VenueBreakPage(items=[_represent(each) for each in page], next=following))


class VenueBreakSettle(ApiView):
    """The end of one break by a person's word."""

    @endpoint(
        "settle_venue_break",
        "Close a difference between a venue's record and ours",
        body=SettleVenueBreak,
        answers={200: ClosedBreakRepresentation},
        refusals=(NotPermitted, VenueBreakNotFound, VenueBreakClosed),
    )
    def post(self, break_id: UUID, body: SettleVenueBreak) -> HttpResponse:
        """Both records stay as they are; it opens again only where one of them changes."""
        row = settle_venue_break(actor=self.actor, break_id=break_id, reason=body.reason)
        return answer(ClosedBreakRepresentation(id=row.pk, closed_at=row.closed_at or recorded_now()))


def _represent(found: OpenBreak) -> VenueBreakRepresentation:
    age = recorded_now() - found.first_seen_at
    return VenueBreakRepresentation(
        id=found.id,
        kind=found.kind,
        venue=found.venue,
        venue_order_id=found.venue_order_id,
        order_id=found.order_id,
        symbol=found.symbol,
        side=found.side,
        quantity=found.quantity,
        subject=found.subject or None,
        ours=found.ours,
        venues=found.venues,
        detail=found.detail or None,
        first_seen_at=found.first_seen_at,
        last_seen_at=found.last_seen_at,
        age_s=int(age.total_seconds()),
        may_settle=found.may_settle,
    )
