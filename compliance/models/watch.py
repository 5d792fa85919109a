"""What is known of the log's state: where it was verified to, and how the copies outside the database stand.

Both are the machinery's notes of how things are now, written over again and again. What was found is in the log itself.
"""

from enum import StrEnum

from django.db import models
from django.db.models import Q

from orders.models.fields import choices


class CopyState(StrEnum):
    """agrees: what is kept there is of this log. silent: it does not answer. differs: it knows another history.

    withdrawn: the environment no longer names it.
    """

    AGREES = "agrees"
    SILENT = "silent"
    DIFFERS = "differs"
    WITHDRAWN = "withdrawn"


class OutsideCopy(models.Model):
    """A place outside the database that keeps checkpoints or signs them, and how it stood when it was last asked.

    `tree_size` is the size of the newest checkpoint there, None where none is known. Times are recorded time; `since`
    is when it came into its state. `version` counts the changes of state.
    """

    name = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=9, choices=choices(CopyState))
    detail = models.CharField(max_length=300, blank=True)
    tree_size = models.PositiveBigIntegerField(null=True)
    since = models.DateTimeField()
    checked_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        default_permissions = ()
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(name="outside_copy_state_known", condition=Q(state__in=list(CopyState))),
            models.CheckConstraint(
                name="outside_copy_says_what_is_wrong",
                condition=Q(state__in=[CopyState.AGREES, CopyState.WITHDRAWN]) | ~Q(detail=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LogWatchStanding(models.Model):
    """The one row about the continuous verification. Times are recorded time.

    At `watched_at` the entries below `verified_size` were known to hold. `whole_size`, `whole_root`, `whole_at` and
    `whole_took_ms` are the last pass over all entries that found nothing. The `broken_` columns are set from the moment
    at which a break is found until a pass over all entries finds none. `version` counts finding and mending.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    watched_at = models.DateTimeField()
    verified_size = models.PositiveBigIntegerField(default=0)
    whole_size = models.PositiveBigIntegerField(null=True)
    whole_root = models.BinaryField(max_length=32, null=True)
    whole_at = models.DateTimeField(null=True)
    whole_took_ms = models.PositiveIntegerField(null=True)
    broken_at = models.DateTimeField(null=True)
    broken_what = models.CharField(max_length=300, blank=True)
    broken_sequence = models.PositiveBigIntegerField(null=True)
    broken_leaf_id = models.BigIntegerField(null=True)
    broken_object = models.CharField(max_length=100, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(name="log_watch_one_row", condition=Q(id=1)),
            models.CheckConstraint(
                name="log_watch_whole_said_once",
                condition=Q(whole_size=None, whole_root=None, whole_at=None, whole_took_ms=None)
                | Q(
                    whole_size__isnull=False,
                    whole_root__isnull=False,
                    whole_at__isnull=False,
                    whole_took_ms__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="log_watch_broken_said_once",
                condition=Q(broken_at=None, broken_what="")
                | (Q(broken_at__isnull=False) & ~Q(broken_what="")),
            ),
        ]
