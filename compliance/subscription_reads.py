"""Reads of event plugins' subscriptions and deliveries: of ids, names and errors, never of what the log says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, IntegerField, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from compliance.errors import DeliveryNotFound, SubscriptionNotFound
from compliance.models import EventDelivery, EventSubscription, Leaf, SearchEntry, TreeEntry
from compliance.models.subscription import DeliveryState
from orders import authority
from orders.kernel.context import Actor
from orders.permissions import VIEW_OPERATIONS


@dataclass(frozen=True)
class SubscriptionStanding:
    """A subscription and how it stands.

    `lag` is how many entries of the log it has not looked at; `delivered`, `waiting` and `parked` count deliveries;
    `failing` those of the waiting that have failed already; `oldest_due_at` (recorded time) is when the first of them
    is tried, None without one.
    """

    row: EventSubscription
    lag: int
    delivered: int
    waiting: int
    failing: int
    parked: int
    oldest_due_at: datetime | None


def going_subscriptions() -> dict[UUID, str]:
    """Return the plugins of the subscriptions that do not stand still, by their ids."""
    going = EventSubscription.objects.filter(stopped_at=None)
    return dict(going.values_list("pk", "plugin"))


def subscriptions_for(actor: Actor) -> list[SubscriptionStanding]:
    """Return all subscriptions by name, none without view_operations anywhere: three queries."""
    return _standings(EventSubscription.objects.all()) if _may_view(actor) else []


def subscription_for(actor: Actor, subscription_id: UUID) -> SubscriptionStanding:
    """Return one subscription. Raises SubscriptionNotFound for a hidden one and an absent one alike."""
    found = _standings(EventSubscription.objects.filter(pk=subscription_id)) if _may_view(actor) else []
    if not found:
        raise SubscriptionNotFound("there is no such subscription")
    return found[0]


def deliveries_for(actor: Actor, subscription_id: UUID | None = None) -> QuerySet[Any]:
    """Return the deliveries, newest first, with subscription, entry and `event`: none without view_operations anywhere.

    The event's name is the leaf's action, or where that is archived what a search knows of it.
    """
    rows = EventDelivery.objects.all() if _may_view(actor) else EventDelivery.objects.none()
    action = Leaf.objects.filter(pk=OuterRef("entry__leaf_id")).values("action")
    archived = SearchEntry.objects.filter(sequence=OuterRef("entry_id")).values("action")
    named = rows.annotate(event=Coalesce(Subquery(action), Subquery(archived)))
    found = named.select_related("subscription", "entry").order_by("-id")
    return found if subscription_id is None else found.filter(subscription_id=subscription_id)


def delivery_for(actor: Actor, delivery_id: UUID) -> Any:
    """Return one delivery. Raises DeliveryNotFound for a hidden one and an absent one alike."""
    found = deliveries_for(actor).filter(pk=delivery_id).first()
    if found is None:
        raise DeliveryNotFound("there is no such delivery")
    return found


def _may_view(actor: Actor) -> bool:
    return authority.may_somewhere(actor, VIEW_OPERATIONS)


def _standings(rows: QuerySet[EventSubscription]) -> list[SubscriptionStanding]:
    last = TreeEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    size = 0 if last is None else last + 1
    return [
        SubscriptionStanding(
            row=row,
            lag=max(size - row.next_sequence, 0),
            delivered=row.delivery_count - row.waiting - row.parked,
            waiting=row.waiting,
            failing=row.failing,
            parked=row.parked,
            oldest_due_at=row.oldest_due_at,
        )
        for row in rows.annotate(
            waiting=_number(Q(state=DeliveryState.WAITING)),
            failing=_number(Q(state=DeliveryState.WAITING, attempts__gt=0)),
            parked=_number(Q(state=DeliveryState.PARKED)),
            oldest_due_at=Subquery(_first_due()),
        )
    ]


def _number(condition: Q) -> Coalesce:
    """Return the count by a partial index: what was delivered, which may be everything, is never counted."""
    rows = (
        EventDelivery.objects.filter(condition, subscription=OuterRef("pk")).order_by().values("subscription")
    )
    counted = rows.annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())


def _first_due() -> "QuerySet[EventDelivery, Any]":
    waiting = EventDelivery.objects.filter(state=DeliveryState.WAITING, subscription=OuterRef("pk"))
    return waiting.order_by().values("subscription").annotate(first=Min(F("next_attempt_at"))).values("first")
