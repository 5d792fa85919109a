"""How long records are kept, by regime and record class, and what may not go whatever its time."""

from django.db import models
from django.db.models import Q

from compliance.commands import HoldSubject
from compliance.retention import RECORD_CLASSES
from orders.kernel.ids import new_id


class RetentionRule(models.Model):
    """A regime's rule for a record class, in force from a day until the next one of that regime and class.

    `years` is null where the regime asks for nothing any more. `source` is where that is written. Rows are only added:
    what was in force when stays known. `approval` is null for those that came with the program.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    regime = models.CharField(max_length=32)
    record_class = models.CharField(max_length=16)
    years = models.PositiveSmallIntegerField(null=True)
    effective_from = models.DateField()
    source = models.CharField(max_length=200)
    approval = models.ForeignKey("compliance.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ("regime", "record_class", "effective_from")
        constraints = [
            models.UniqueConstraint(
                name="retention_rule_once_a_day", fields=["regime", "record_class", "effective_from"]
            ),
            models.CheckConstraint(
                name="retention_rule_class_known", condition=Q(record_class__in=list(RECORD_CLASSES))
            ),
            models.CheckConstraint(
                name="retention_rule_years", condition=Q(years=None) | Q(years__gte=1, years__lte=100)
            ),
        ]


class LegalHold(models.Model):
    """A month that has a leaf of this subject is not destroyed, whatever the rules say, until the hold is lifted.

    `subject` is an object's id, an account's id or an object type, empty for everything. `since` and `until` are days
    in the period that it keeps, both included, null where it is open. Only what lifts it is ever written to its row.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=11)
    subject = models.CharField(max_length=64, blank=True)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    reason = models.CharField(max_length=200)
    placed_by = models.ForeignKey("orders.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("orders.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(name="legal_hold_kind_known", condition=Q(kind__in=list(HoldSubject))),
            models.CheckConstraint(
                name="legal_hold_subject_where_one_is",
                condition=Q(kind=HoldSubject.EVERYTHING, subject="")
                | (~Q(kind=HoldSubject.EVERYTHING) & ~Q(subject="")),
            ),
            models.CheckConstraint(
                name="legal_hold_period",
                condition=Q(since=None) | Q(until=None) | Q(since__lte=models.F("until")),
            ),
            models.CheckConstraint(
                name="legal_hold_lifted_by_another",
                condition=Q(lifted_at=None, lifted_by=None)
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lifted_by=models.F("placed_by"))),
            ),
        ]
