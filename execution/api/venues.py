"""The venues: which there are, whether they take orders, and how it stands with each."""

from datetime import datetime

from django.http import HttpResponse
from pydantic import BaseModel, Field

from execution.venue_standings import VenueStanding, venues_for
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.breakers import BreakerState


class VenueRepresentation(BaseModel):
    """A venue. Counted are venue orders of orders that you may see."""

    code: str
    name: str
    calendar: str | None = Field(
        description="MIC whose sessions it keeps; null: those of each instrument's market"
    )
    is_open: bool | None = Field(
        description="whether that calendar's session is open; null without a calendar"
    )
    session_opens_at: datetime | None = Field(
        description="of the session that is open or opens next, market time"
    )
    session_closes_at: datetime | None
    breaker: BreakerState | None = Field(
        description="open: left alone for a while; null: no address is given here"
    )
    reports: int | None = Field(description="the sequence of the last report; null without view_operations")
    last_report_at: datetime | None = Field(description="recorded time")
    live_orders: int
    unanswered_orders: int = Field(description="about which the venue's word is missing")
    unanswered_since: datetime | None = Field(description="recorded time")


class VenueList(BaseModel):
    """Every venue, by code."""

    items: list[VenueRepresentation]


class VenueCollection(ApiView):
    """The venues."""

    @endpoint(
        "list_venues",
        "List the venues with their sessions, their circuit breakers and what is live at each",
        answers={200: VenueList},
    )
    def get(self) -> HttpResponse:
        return answer(VenueList(items=[_represent(each) for each in venues_for(self.actor)]))


def _represent(standing: VenueStanding) -> VenueRepresentation:
    session = standing.session
    return VenueRepresentation(
        code=standing.row.code,
        name=standing.row.name,
        calendar=standing.row.calendar or None,
        is_open=standing.is_open,
        session_opens_at=None if session is None else session.open,
        session_closes_at=None if session is None else session.close,
        breaker=None if standing.breaker is None else standing.breaker.state,
        reports=standing.reports,
        last_report_at=standing.last_report_at,
        live_orders=standing.live,
        unanswered_orders=standing.unanswered,
        unanswered_since=standing.unanswered_since,
    )
