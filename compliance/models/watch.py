"""What is known of the log's state: how far it was verified, and whether it is broken.

The machinery's notes of how things are now, written over again and again. What was found is in the log itself.
"""

from django.db import models
from django.db.models import Q


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
