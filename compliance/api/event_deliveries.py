"""Event plugins' subscriptions, what was delivered to them, and another delivery of one event."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.commands import OperateSubscription
from compliance.errors import DeliveryNotFound, DeliveryUnderWay, LeafArchived
from compliance.models.subscription import DeliveryState
from compliance.services.repeat_deliveries import repeat_delivery
from compliance.subscription_reads import (
    SubscriptionStanding,
    deliveries_for,
    delivery_for,
    subscriptions_for,
)
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted

BY_ID = Keyset("id", UUID)
NEWEST_FIRST = Keyset("id", UUID, descending=True)
_SUBSCRIPTIONS = "EventSubscription"


class SubscriptionRepresentation(BaseModel):
    """A plugin that is told of events, and how that goes."""

    id: UUID
    name: str
    plugin: str
    events: list[str]
    stopped_at: datetime | None = Field(description="set while it stands still")
    stopped_because: str
    entries_behind: int = Field(description="how many entries of the audit log it has not looked at")
    delivered: int
    waiting: int
    parked: int = Field(description="tried too often, and given up until somebody has them delivered again")


class SubscriptionPage(Page[SubscriptionRepresentation]):
    """Subscriptions, oldest first."""


class DeliveryRepresentation(BaseModel):
    """One event for one subscription. Its id is the message's, however often it is delivered."""

    id: UUID
    subscription: str
    event: str
    sequence: int = Field(description="the event's place in the audit log")
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    parked_at: datetime | None
    last_error: str


class DeliveryPage(Page[DeliveryRepresentation]):
    """Deliveries, newest first."""


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    state: DeliveryState | None = Field(default=None, description="only those in this state")


def _represent_subscription(standing: SubscriptionStanding) -> SubscriptionRepresentation:
    row = standing.row
    return SubscriptionRepresentation(
        id=row.pk,
        name=row.name,
        plugin=row.plugin,
        events=row.events,
        stopped_at=row.stopped_at,
        stopped_because=row.stopped_because,
        entries_behind=standing.lag,
        delivered=standing.delivered,
        waiting=standing.waiting,
        parked=standing.parked,
    )


def _represent_delivery(row: Any) -> DeliveryRepresentation:
    return DeliveryRepresentation(
        id=row.pk,
        subscription=row.subscription.name,
        event=row.event,
        sequence=row.entry.sequence,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        delivered_at=row.delivered_at,
        parked_at=row.parked_at,
        last_error=row.last_error,
    )


class SubscriptionCollection(ApiView):
    """The subscriptions of event plugins."""

    @endpoint(
        "list_event_subscriptions",
        "List who is told of which events, and how that goes",
        query=PageQuery,
        answers={200: SubscriptionPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: PageQuery) -> HttpResponse:
        found = map(_represent_subscription, subscriptions_for(self.actor))
        page, following = BY_ID.page_of(found, _SUBSCRIPTIONS, query)
        return answer(SubscriptionPage(items=page, next=following))


class DeliveryCollection(ApiView):
    """The deliveries of events to plugins."""

    @endpoint(
        "list_event_deliveries",
        "List deliveries of events to plugins, newest first",
        query=DeliveryQuery,
        answers={200: DeliveryPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: DeliveryQuery) -> HttpResponse:
        found = deliveries_for(self.actor)
        if query.state is not None:
            found = found.filter(state=query.state)
        rows, following = NEWEST_FIRST.page(found, query)
        return answer(DeliveryPage(items=list(map(_represent_delivery, rows)), next=following))


class DeliveryRepeat(ApiView):
    """Another delivery of one event."""

    @endpoint(
        "repeat_event_delivery",
        "Deliver an event again that was delivered or parked",
        body=OperateSubscription,
        answers={200: DeliveryRepresentation},
        refusals=(NotPermitted, DeliveryNotFound, DeliveryUnderWay, LeafArchived),
    )
    def post(self, delivery_id: UUID, body: OperateSubscription) -> HttpResponse:
        """The message keeps its id; it is delivered soon, and as often as at first where that fails."""
        repeat_delivery(actor=self.actor, delivery_id=delivery_id, command=body)
        return answer(_represent_delivery(delivery_for(self.actor, delivery_id)))
