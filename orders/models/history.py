"""What happened to an order, request by request and version by version."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import Q

from orders.kernel.ids import new_id
from orders.models.fields import choices, firm_price_field, optional_price_field, quantity_field
from orders.models.kill_switch import KillSwitch
from orders.models.order import Order
from orders.models.organisation import Account
from orders.reports import ExecType
from orders.states import OrderStatus


class RequestKind(StrEnum):
    """What was asked of an order."""

    REPLACE = "replace"
    CANCEL = "cancel"


class RequestState(StrEnum):
    """How a request stands: received and not answered, acknowledged as pending, followed, or not."""

    RECEIVED = "received"
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


OUTSTANDING = (RequestState.RECEIVED, RequestState.PENDING)
"""Nobody has decided yet."""


class OrderRequest(models.Model):
    """A request to replace or cancel an order: a row before it is a message, and a link of the order's chain.

    `client_order_id` is the request's own and `orig_client_order_id` the one that it follows. The account uses an
    id once for ever, over orders and requests (UsedClientOrderId). `digest` identifies the request, so that the same
    request again gets the same answer: `denial_code` and `denial_detail` where a check refused it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=choices(RequestKind))
    client_order_id = models.CharField(max_length=64)
    orig_client_order_id = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=choices(RequestState), default=RequestState.PENDING)
    reject_reason = models.PositiveSmallIntegerField(null=True)
    denial_code = models.CharField(max_length=64, blank=True)
    denial_detail = models.CharField(max_length=300, blank=True)
    kill_switch = models.ForeignKey(
        KillSwitch, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        default_permissions = ()
        indexes = [
            models.Index(fields=["order", "id"], name="request_by_order"),
            models.Index(
                fields=["kill_switch", "id"],
                name="request_by_kill_switch",
                condition=Q(kill_switch__isnull=False),
            ),
            # What pre-trade risk counts (orders/risk/recent.py): they serve the foreign keys as well.
            models.Index(fields=["account", "recorded_at"], name="request_recent_of_account"),
            models.Index(fields=["recorded_at"], name="request_recent"),
            models.Index(
                fields=["order"],
                name="request_replace_outstanding",
                condition=Q(kind=RequestKind.REPLACE, state__in=list(OUTSTANDING)),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="request_client_order_id", fields=["account", "client_order_id"]),
            models.UniqueConstraint(
                name="request_one_cancel_outstanding",
                fields=["order"],
                condition=Q(kind=RequestKind.CANCEL, state__in=list(OUTSTANDING)),
            ),
            models.CheckConstraint(name="request_kind_known", condition=Q(kind__in=list(RequestKind))),
            models.CheckConstraint(name="request_state_known", condition=Q(state__in=list(RequestState))),
            models.CheckConstraint(
                name="request_rejected_has_reason",
                condition=Q(state=RequestState.REJECTED) ^ Q(reject_reason=None),
            ),
        ]


class UsedClientOrderId(models.Model):
    """An id that an account has used, for an order or a request: a trigger writes it, and none is used twice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    client_order_id = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(name="client_order_id_used_once", fields=["account", "client_order_id"])
        ]


class Replacement(models.Model):
    """The terms that a request to replace asks for, and the `worst_price` that their units count at."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.OneToOneField(OrderRequest, on_delete=models.PROTECT, related_name="replacement")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    terms_revision = models.PositiveIntegerField()
    quantity = quantity_field()
    limit_price = optional_price_field()
    stop_price = optional_price_field()
    trail_price = optional_price_field()
    trail_percent = optional_price_field()
    worst_price = firm_price_field(default=Decimal(0))
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(name="replacement_terms_revision", fields=["order", "terms_revision"]),
            models.CheckConstraint(name="replacement_quantity_positive", condition=Q(quantity__gt=0)),
        ]


class OrderRevision(models.Model):
    """One version of an order: the event that made it, and what an execution report says of it (FIX 4.4 message 8).

    `order` and `version` are unique, so none is lost or doubled. `exec_type` is FIX ExecType, empty for what is no
    execution report: a request that was received, and one that was refused (message 9), which has a `reject_reason`
    (FIX CxlRejReason). Quantities in units, `avg_price` in currency per unit, None before the first fill. `exec_id`
    of a trade, correction or bust is its execution's id, and `exec_ref_id` the execution that it corrects.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.PositiveBigIntegerField()
    event = models.CharField(max_length=32)
    actor = models.CharField(max_length=64)
    facts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    exec_type = models.CharField(max_length=1, blank=True, choices=choices(ExecType))
    order_status = models.CharField(max_length=16, choices=choices(OrderStatus))
    client_order_id = models.CharField(max_length=64)
    orig_client_order_id = models.CharField(max_length=64, blank=True)
    order_quantity = quantity_field()
    cum_quantity = quantity_field()
    leaves_quantity = quantity_field()
    last_quantity = quantity_field(default=Decimal(0))
    avg_price = optional_price_field()
    exec_id = models.UUIDField(default=new_id)
    exec_ref_id = models.UUIDField(null=True)
    reject_reason = models.PositiveSmallIntegerField(null=True)
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
