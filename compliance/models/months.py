"""The months of the log: which leaves lie in which partition. The partitions' SQL is in leaf_partitions."""

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
