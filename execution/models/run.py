"""Runs: an order being worked; slices: the plan for it."""

from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import Q

from orders.kernel.ids import new_id
from orders.models.fields import choices, optional_price_field, optional_quantity_field, quantity_field
from orders.terms import OrderType, Side, TimeInForce


class RunState(StrEnum):
    """How far the work on an order has come.

    new: to be planned. waiting: the market has to trigger it first. working: its slices are sent as they fall due.
    recalling: a person paused it; when what is live at a venue has ended it is new again. stopping: nothing more is
    sent, and what is live at a venue is about to end. done: the order has ended.
    """

    NEW = "new"
    WAITING = "waiting"
    WORKING = "working"
    RECALLING = "recalling"
    STOPPING = "stopping"
    DONE = "done"


UNDER_WAY = frozenset({RunState.NEW, RunState.WAITING, RunState.WORKING, RunState.RECALLING})
"""Its time is not over yet, and nobody has stopped it."""


class Run(models.Model):
    """The work on one order by one version of an algorithm.

    `plan` counts the plans that were made: a replaced order is planned anew from what remains. `arrival_price` is
    the last price in the market when the order came in, in the instrument's currency, `works_until` the market time
    from which on nothing of it is sent: its algorithm's end or its session's close. `plan_from` is the market time
    from which the next plan works: nothing is due before it. `review_at` (market time) is when its algorithm looks
    again, `why` what its last look said. While `paused_at` (recorded time) is set nothing is planned. `renews_at`
    (market time) is when an order that is done for the day goes on. `next_attempt_at` (recorded time) says when a run
    that could not be planned is tried again; `dead_lettered_at` that it no longer is. `parameters_revision` counts the
    changes of its parameters while it works.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="+")
    algorithm = models.CharField(max_length=32)
    algorithm_version = models.PositiveIntegerField()
    parameters: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    parameters_revision = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=choices(RunState), default=RunState.NEW)
    plan = models.PositiveIntegerField(default=0)
    arrival_price = optional_price_field()
    works_until = models.DateTimeField()
    plan_from = models.DateTimeField()
    review_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=20, blank=True)
    paused_at = models.DateTimeField(null=True)
    renews_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    dead_lettered_at = models.DateTimeField(null=True)
    version = models.PositiveBigIntegerField(default=1)
    market_time = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["recorded_at"], name="run_to_plan", condition=Q(state=RunState.NEW)),
            models.Index(
                fields=["works_until"], name="run_to_close", condition=Q(state__in=sorted(UNDER_WAY))
            ),
            models.Index(fields=["review_at"], name="run_to_review", condition=Q(state=RunState.WORKING)),
            models.Index(fields=["renews_at"], name="run_to_renew", condition=Q(renews_at__isnull=False)),
            models.Index(fields=["id"], name="run_waiting", condition=Q(state=RunState.WAITING)),
            models.Index(fields=["id"], name="run_dead", condition=Q(dead_lettered_at__isnull=False)),
            models.Index(fields=["id"], name="run_stopping", condition=Q(state=RunState.STOPPING)),
        ]
        constraints = [models.CheckConstraint(name="run_state_known", condition=Q(state__in=list(RunState)))]


class SliceState(StrEnum):
    """planned: waits for its time. sent: a venue order carries it. withdrawn: it will never be sent."""

    PLANNED = "planned"
    SENT = "sent"
    WITHDRAWN = "withdrawn"


class Slice(models.Model):
    """A part of an order with the market time at which it is due, and the terms under which it goes to the venue."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    plan = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    symbol = models.CharField(max_length=32)
    side = models.CharField(max_length=4, choices=choices(Side))
    type = models.CharField(max_length=17, choices=choices(OrderType))
    time_in_force = models.CharField(max_length=4, choices=choices(TimeInForce))
    quantity = quantity_field()
    limit_price = optional_price_field()
    display_quantity = optional_quantity_field()
    minimum_quantity = optional_quantity_field()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=choices(SliceState), default=SliceState.PLANNED)

    class Meta:
        default_permissions = ()
        ordering = ("plan", "number")
        indexes = [models.Index(fields=["due_at"], name="slice_due", condition=Q(state=SliceState.PLANNED))]
        constraints = [
            models.UniqueConstraint(name="slice_once_per_plan", fields=["run", "plan", "number"]),
            models.CheckConstraint(name="slice_quantity_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="slice_state_known", condition=Q(state__in=list(SliceState))),
        ]
