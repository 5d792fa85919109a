"""What places outside the database know of the log: how they stood when they were last asked, and what they signed.

The first is the machinery's note of how things are now, written over again and again. What was found is in the log.
"""

from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from compliance.models.audit import Checkpoint
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


class Cosignature(models.Model):
    """A witness's signature of a checkpoint (c2sp.org/tlog-cosignature), as a note's line; of each size the first."""

    checkpoint = models.ForeignKey(
        Checkpoint, on_delete=models.PROTECT, related_name="+", db_column="tree_size", db_index=False
    )
    witness = models.CharField(max_length=64)
    line = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        ordering = ("id",)
        constraints = [models.UniqueConstraint(name="cosignature_once", fields=["checkpoint", "witness"])]
