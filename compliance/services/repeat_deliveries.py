"""Have deliveries made again, as a person wants it: the same messages, from zero attempts."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from compliance.commands import OperateSubscription
from compliance.errors import DeliveryNotFound, DeliveryUnderWay, LeafArchived
from compliance.events import DeliveriesRepeated
from compliance.models import EventDelivery
from compliance.models.subscription import DeliveryState
from compliance.month_reads import months_away
from compliance.services.subscriptions import about, lock_to_operate
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service

MOST_AT_ONCE = 10_000


@service
def repeat_delivery(*, actor: Actor, delivery_id: UUID, command: OperateSubscription) -> EventDelivery:
    """Deliver again what was parked or delivered, under the id that it has.

    Raises NotPermitted without settle_operations on everything, DeliveryNotFound, DeliveryUnderWay for one that waits
    for its next attempt, and LeafArchived.
    """
    subscription_id = (
        EventDelivery.objects.filter(pk=delivery_id).values_list("subscription_id", flat=True).first()
    )
    if subscription_id is None:
        raise DeliveryNotFound("there is no such delivery")
    subscription = lock_to_operate(actor, subscription_id)
    delivery = EventDelivery.objects.select_for_update().get(pk=delivery_id)
    if delivery.state == DeliveryState.WAITING:
        raise DeliveryUnderWay("it waits for its next attempt", next_attempt_at=str(delivery.next_attempt_at))
    if not _readable().filter(pk=delivery_id).exists():
        raise LeafArchived("the leaf of its event is archived")
    _again(delivery)
    delivery.save(update_fields=["state", "attempts", "next_attempt_at", "delivered_at", "parked_at"])
    facts: dict[str, Any] = {"reason": command.reason, "delivery_id": delivery_id, "number": 1}
    publish(DeliveriesRepeated(**facts, **about(actor, subscription)))
    return delivery


@service
def repeat_parked(*, actor: Actor, subscription_id: UUID, command: OperateSubscription) -> int:
    """Deliver again what is parked of a subscription, the oldest 10,000, and return how many.

    What is about an archived leaf stays parked.
    Raises NotPermitted without settle_operations on everything, and SubscriptionNotFound.
    """
    subscription = lock_to_operate(actor, subscription_id)
    parked = _readable().filter(subscription=subscription, state=DeliveryState.PARKED).order_by("pk")
    chosen = parked.select_for_update(of=("self",)).values_list("pk", flat=True)[:MOST_AT_ONCE]
    number = EventDelivery.objects.filter(pk__in=list(chosen)).update(
        state=DeliveryState.WAITING, attempts=0, next_attempt_at=recorded_now(), parked_at=None
    )
    if number:
        facts: dict[str, Any] = {"reason": command.reason, "delivery_id": None, "number": number}
        publish(DeliveriesRepeated(**facts, **about(actor, subscription)))
    return number


def _readable() -> "QuerySet[EventDelivery]":
    """The deliveries whose leaf is not archived: what is archived lies below everything that is not."""
    away = months_away()
    found = EventDelivery.objects.all()
    return found.filter(entry__leaf_id__gte=away[-1].ids.stop) if away else found


def _again(delivery: EventDelivery) -> None:
    delivery.state, delivery.attempts, delivery.next_attempt_at = DeliveryState.WAITING, 0, recorded_now()
    delivery.delivered_at = delivery.parked_at = None
