"""Claim what is due, and write down what came of it. Between the two, outside of any transaction, the plugin is called.

A process that is killed in between leaves a lease that ends: the delivery is claimed again, with the id that it has. So
it is made at least once, and nothing of it is lost.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from compliance.events import SubscriptionEndedByPlugin
from compliance.models import EventDelivery, EventSubscription
from compliance.models.subscription import DeliveryState
from compliance.plugins import Delivery
from compliance.plugins.retries import MOST_ATTEMPTS, wait_after
from compliance.services.subscriptions import about
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.transactions import service

NEVER_ENDED = "no attempt came to an end: the process that made it was killed, or it ended itself"
_CHANCE = random.SystemRandom()


@dataclass(frozen=True)
class Claimed:
    """A delivery that this process is to make: for whom, and with which parameters."""

    subscription_id: UUID
    delivery_id: UUID
    plugin: str
    parameters: dict[str, Any]
    delivery: Delivery


@service
def claim(*, subscription_id: UUID, most: int, recorded_at: datetime, lease: timedelta) -> list[Claimed]:
    """Claim up to `most` deliveries that are due, those due longest first: each is another's after `lease`.

    One whose last attempt never came to an end is parked. Nothing where the subscription stands still.
    """
    row = EventSubscription.objects.filter(pk=subscription_id, stopped_at=None).first()
    if row is None:
        return []
    due = EventDelivery.objects.filter(
        subscription_id=subscription_id, state=DeliveryState.WAITING, next_attempt_at__lte=recorded_at
    )
    chosen = list(
        due.select_for_update(skip_locked=True, of=("self",))
        .select_related("entry__leaf")
        .order_by("next_attempt_at", "pk")[:most]
    )
    claimed = []
    for delivery in chosen:
        if delivery.attempts >= MOST_ATTEMPTS:
            _park(delivery, recorded_at, delivery.last_error or NEVER_ENDED)
            continue
        delivery.attempts += 1
        delivery.next_attempt_at = recorded_at + lease
        claimed.append(_claimed(row, delivery))
    EventDelivery.objects.bulk_update(
        chosen, ["state", "attempts", "next_attempt_at", "parked_at", "last_error"]
    )
    return claimed


def _claimed(subscription: EventSubscription, row: EventDelivery) -> Claimed:
    leaf = row.entry.leaf
    delivery = Delivery(
        id=str(row.pk),
        event=leaf.action,
        sequence=row.entry.sequence,
        leaf_hash=bytes(row.entry.leaf_hash).hex(),
        body=leaf.body,
        recorded_at=leaf.recorded_at,
        attempt=row.attempts,
    )
    return Claimed(subscription.pk, row.pk, subscription.plugin, subscription.parameters, delivery)


@service
def record_delivered(*, delivery_id: UUID, recorded_at: datetime) -> None:
    """Write down that the plugin has taken it: whichever attempt it was, it is made."""
    EventDelivery.objects.filter(pk=delivery_id, state=DeliveryState.WAITING).update(
        state=DeliveryState.DELIVERED, next_attempt_at=None, delivered_at=recorded_at, last_error=""
    )


@service
def record_failure(*, delivery_id: UUID, attempt: int, error: str, recorded_at: datetime) -> None:
    """Let it be tried again later, or park it after the last attempt. What another attempt is at is left to that."""
    row = _lock_attempt(delivery_id, attempt)
    if row is None:
        return
    if attempt >= MOST_ATTEMPTS:
        _park(row, recorded_at, error)
    else:
        row.next_attempt_at, row.last_error = recorded_at + wait_after(attempt, _CHANCE), error
    row.save(update_fields=["state", "next_attempt_at", "parked_at", "last_error"])


@service
def record_gone(*, actor: Actor, delivery_id: UUID, attempt: int, error: str, recorded_at: datetime) -> None:
    """Stop the subscription, as its subscriber wants to hear nothing more; the delivery waits with what comes."""
    found = EventDelivery.objects.filter(pk=delivery_id).values_list("subscription_id", flat=True)
    subscription = EventSubscription.objects.select_for_update().get(pk__in=found)
    row = _lock_attempt(delivery_id, attempt)
    if row is not None:
        row.next_attempt_at, row.last_error, row.attempts = recorded_at, error, 0
        row.save(update_fields=["next_attempt_at", "last_error", "attempts"])
    if subscription.stopped_at is None:
        subscription.stopped_at, subscription.stopped_because = recorded_at, error
        subscription.version += 1
        subscription.save(update_fields=["stopped_at", "stopped_because", "version"])
        publish(SubscriptionEndedByPlugin(**about(actor, subscription)))


def _lock_attempt(delivery_id: UUID, attempt: int) -> EventDelivery | None:
    under_way = EventDelivery.objects.filter(pk=delivery_id, state=DeliveryState.WAITING, attempts=attempt)
    return under_way.select_for_update().first()


def _park(row: EventDelivery, recorded_at: datetime, error: str) -> None:
    row.state, row.parked_at, row.next_attempt_at = DeliveryState.PARKED, recorded_at, None
    row.last_error = error
