"""What happened to an order, request by request and version by version."""

from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import Q

from orders.kernel.ids import new_id
from orders.models.fields import choices, optional_price_field, quantity_field
from orders.models.order import Order


class ReplacementState(StrEnum):
    """How a request for new terms stands."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Replacement(models.Model):
    """A request for new terms: a row before it is a message. At most one is pending per order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    terms_revision = models.PositiveIntegerField()
    quantity = quantity_field()
    limit_price = optional_price_field()
    stop_price = optional_price_field()
    trail_price = optional_price_field()
    trail_percent = optional_price_field()
    state = models.CharField(
        max_length=8, choices=choices(ReplacementState), default=ReplacementState.PENDING
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(name="replacement_terms_revision", fields=["order", "terms_revision"]),
            models.UniqueConstraint(
                name="replacement_one_pending", fields=["order"], condition=Q(state=ReplacementState.PENDING)
            ),
            models.CheckConstraint(name="replacement_quantity_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="replacement_state_known", condition=Q(state__in=list(ReplacementState))
            ),
        ]


class OrderRevision(models.Model):
    """One version of an order: the event that made it. `order` and `version` are unique, so none is lost or doubled."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveBigIntegerField()
    event = models.CharField(max_length=32)
    actor = models.CharField(max_length=64)
    facts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    market_time = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("order", "version")
        default_permissions = ()
        constraints = [models.UniqueConstraint(name="order_revision_once", fields=["order", "version"])]


class Refusal(models.Model):
    """A request that failed before its account and instrument were known: no foreign keys, bounded text."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user_id = models.UUIDField()
    code = models.CharField(max_length=64)
    account = models.CharField(max_length=32, blank=True)
    symbol = models.CharField(max_length=32, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        default_permissions = ()
        indexes = [models.Index(fields=["user_id", "-recorded_at"], name="refusal_by_user")]
