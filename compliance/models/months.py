"""The months of the log: which leaves lie in which partition. The partitions' SQL is in leaf_partitions."""

from enum import StrEnum

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class LeafMonth(models.Model):
    """A month's partition of the leaves: those whose `id` is `from_id` or more and below `to_id`.

    A leaf lies in the month that was open when it got its id, which may differ from its `recorded_at` by the moments
    that a transaction or the opening of a month takes. Written by the database's own functions alone.
    """

    month = models.DateField(primary_key=True)
    from_id = models.BigIntegerField(unique=True)
    to_id = models.BigIntegerField(unique=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        ordering = ("month",)
        constraints = [
            models.CheckConstraint(name="leaf_month_has_ids", condition=Q(from_id__lt=F("to_id"))),
            models.CheckConstraint(name="leaf_month_is_its_first_day", condition=Q(month__day=1)),
        ]


class MonthAct(StrEnum):
    """archived: its leaves are in a file, its partition is set apart. attached: it was put back."""

    ARCHIVED = "archived"
    ATTACHED = "attached"


class MonthStanding(models.Model):
    """What was done with a month: its last row says how it stands, one without any is attached.

    `first_sequence` up to, not including, `end_sequence` are the entries among which its `leaves` are; `digest` is the
    SHA-256 of the archive in hex, and `tree_size` the signed tree that it leads to. Written by the database's own
    functions alone.
    """

    month = models.ForeignKey(LeafMonth, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=8)
    leaves = models.BigIntegerField()
    first_sequence = models.BigIntegerField()
    end_sequence = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    tree_size = models.BigIntegerField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(name="month_standing_act_known", condition=Q(act__in=list(MonthAct))),
        ]
