"""How often somebody was refused lately: what keeps the trail of refusals within bounds."""

from django.db import models
from django.db.models import Q


class RefusalTally(models.Model):
    """A row for each person who was ever refused something, and one for everybody unknown: the number is bounded.

    `recorded` counts the refusals since `began_at` (recorded time), up to one more than have a leaf of their own.
    `left_out` counts those that have none and that no leaf has told as a number yet, the first of them at
    `left_out_since`. Working data and no record: the leaves are that.
    """

    subject = models.CharField(max_length=64, primary_key=True)
    began_at = models.DateTimeField()
    recorded = models.PositiveIntegerField()
    left_out = models.PositiveBigIntegerField(default=0)
    left_out_since = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="refusal_tally_left_out_since",
                condition=Q(left_out=0, left_out_since=None)
                | Q(left_out__gt=0, left_out_since__isnull=False),
            )
        ]
