"""How much of each limit was used when: samples that nobody changes, and when the last ones were taken."""

from django.db import models
from django.db.models import F, Q

from orders.kernel.ids import new_id
from orders.models.fields import notional_field, optional_percent_field, optional_total_notional_field
from orders.models.limit import Limit


class LimitSample(models.Model):
    """What was used of a limit from this market time on, until its next sample; with its terms as they were.

    Written only where something differs from the sample before (`sequence` is the next number of the limit). `used` in
    the unit of the kind; None where it was not known: the limit was not in force, nothing was sampled meanwhile, or the
    day had not been valued. `peak_used` is the nearest to the limit that `used` and the orders admitted shortly before
    brought it, `peak_percent` what part of the limit that is, None where no percent tells it
    (orders/risk/utilisation.py). `market_day` is the UTC date of the market time.

    The database removes none that is younger than 90 days, and changes none (migration 0013_limit_samples).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    limit = models.ForeignKey(Limit, on_delete=models.PROTECT, related_name="+", db_index=False)
    sequence = models.PositiveIntegerField()
    version = models.PositiveIntegerField()
    value = notional_field()
    warn_at_percent = models.PositiveSmallIntegerField()
    used = optional_total_notional_field()
    peak_used = optional_total_notional_field()
    peak_percent = optional_percent_field()
    market_day = models.DateField()
    market_time = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("limit", "sequence")
        default_permissions = ()
        indexes = [
            models.Index(fields=["limit", "market_time", "sequence"], name="limit_sample_by_time"),
            # The nearest to the limit first: PostgreSQL puts what no percent tells (null) before all numbers.
            models.Index(
                F("limit"),
                F("market_day"),
                F("peak_percent").desc(),
                name="limit_sample_by_peak",
                condition=Q(used__isnull=False),
            ),
        ]
        constraints = [
            # No two processes write the sample that comes after the same one.
            models.UniqueConstraint(name="limit_sample_once", fields=["limit", "sequence"]),
            models.CheckConstraint(name="limit_sample_value_not_negative", condition=Q(value__gte=0)),
            models.CheckConstraint(
                name="limit_sample_warns_within_value",
                condition=Q(warn_at_percent__gte=1, warn_at_percent__lte=100),
            ),
            models.CheckConstraint(
                name="limit_sample_known_as_a_whole",
                condition=Q(used__isnull=False, peak_used__isnull=False)
                | Q(used=None, peak_used=None, peak_percent=None),
            ),
            models.CheckConstraint(
                name="limit_sample_percent_not_negative",
                condition=Q(peak_percent=None) | Q(peak_percent__gte=0),
            ),
        ]


class LimitSampling(models.Model):
    """The one row that a process locks to sample: when all limits were last looked at, None before the first time."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    market_time = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(name="limit_sampling_is_one", condition=Q(id=1)),
            models.CheckConstraint(
                name="limit_sampling_times_at_once",
                condition=Q(market_time=None, recorded_at=None)
                | Q(market_time__isnull=False, recorded_at__isnull=False),
            ),
        ]
