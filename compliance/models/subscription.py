"""Which plugin is told of which events, and every event that each of them is told."""

from enum import StrEnum
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from compliance.models.audit import TreeEntry
from orders.kernel.ids import new_id
from orders.models.fields import choices


class DeliveryState(StrEnum):
    """waiting: to be delivered, perhaps again. delivered: the plugin returned. parked: tried too often."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    PARKED = "parked"


class EventSubscription(models.Model):
    """A plugin that is told of events: those of the audit log from `next_sequence` on whose action is in `events`.

    Everything below `next_sequence` was looked at and, where it is wanted, has its delivery: `delivery_count` of them.
    `parameters` are what the plugin's model let pass. `stopped_at` (recorded time) and `stopped_because` are set while
    it stands still. `version` counts the changes by persons, and its stopping.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=64, unique=True)
    plugin = models.CharField(max_length=64)
    events = ArrayField(models.CharField(max_length=64))
    parameters: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    next_sequence = models.PositiveBigIntegerField()
    delivery_count = models.PositiveBigIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True)
    stopped_because = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                name="event_subscription_stopped_for_a_reason",
                condition=Q(stopped_at=None, stopped_because="")
                | Q(Q(stopped_at__isnull=False) & ~Q(stopped_because="")),
            ),
            models.CheckConstraint(name="event_subscription_hears_something", condition=Q(events__len__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name


class EventDelivery(models.Model):
    """One event for one subscription; its id is the message's, however often it is delivered.

    `entry` is the leaf's place in the log. `next_attempt_at` (recorded time) is when it is due, and while a process is
    at it, when another one asks after it. `attempts` counts those that began.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(
        EventSubscription, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    entry = models.ForeignKey(TreeEntry, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=9, choices=choices(DeliveryState), default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    delivered_at = models.DateTimeField(null=True)
    parked_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(name="event_delivery_once", fields=["subscription", "entry"]),
            models.CheckConstraint(
                name="event_delivery_state_said_once",
                condition=Q(
                    state=DeliveryState.WAITING,
                    next_attempt_at__isnull=False,
                    delivered_at=None,
                    parked_at=None,
                )
                | Q(
                    state=DeliveryState.DELIVERED,
                    next_attempt_at=None,
                    delivered_at__isnull=False,
                    parked_at=None,
                )
                | Q(
                    state=DeliveryState.PARKED,
                    next_attempt_at=None,
                    delivered_at=None,
                    parked_at__isnull=False,
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["subscription", "next_attempt_at"],
                name="event_delivery_due",
                condition=Q(state=DeliveryState.WAITING),
            ),
            models.Index(
                fields=["subscription", "id"],
                name="event_delivery_parked",
                condition=Q(state=DeliveryState.PARKED),
            ),
        ]
