"""How often it failed lately to sign in: what shuts out who guesses."""

from django.db import models
from django.db.models import Q


class SignInTally(models.Model):
    """A row for each subject (compliance/lock_out.py) that tried lately; what is a day old is removed.

    `failures` counts the tries since `began_at` (recorded time) that did not succeed, and those that are under way.
    `locks` is how many lock-outs followed one another. An address stands here as a digest under the site's secret.
    Working data and no record: each lock-out and each lifting of one is a leaf.
    """

    subject = models.CharField(max_length=64, primary_key=True)
    began_at = models.DateTimeField()
    failures = models.PositiveIntegerField()
    locks = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="sign_in_tally_locks", condition=Q(locked_until=None) | Q(locks__gt=0)
            )
        ]
