"""Where a venue's record and ours disagree."""

from django.db import models
from django.db.models import Q

from execution.venues.differences import DifferenceKind
from orders.kernel.ids import new_id
from orders.models.fields import choices


class VenueBreak(models.Model):
    """A difference that booking did not mend. Times are recorded time.

    `subject` is the venue's id of the execution that it is about, empty where it is about the whole venue order. What
    `ours` and `venues` record says is text, for people; `detail` is why it could not be mended. It is open until the
    records agree again (`mended`), or a person closes it with a `reason`; one that a person closed is not opened again
    while both records stay as they were.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    venue_order = models.ForeignKey("execution.VenueOrder", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=choices(DifferenceKind))
    subject = models.CharField(max_length=1000, blank=True)
    ours = models.CharField(max_length=64)
    venues = models.CharField(max_length=64)
    detail = models.CharField(max_length=300, blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    is_mended = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ("id",)
        indexes = [models.Index(fields=["id"], name="venue_break_open", condition=Q(closed_at=None))]
        constraints = [
            models.UniqueConstraint(
                name="venue_break_open_once",
                fields=["venue_order", "kind", "subject"],
                condition=Q(closed_at=None),
            ),
            models.CheckConstraint(name="venue_break_kind_known", condition=Q(kind__in=list(DifferenceKind))),
            models.CheckConstraint(
                name="venue_break_closed_by_agreement_or_reason",
                condition=Q(closed_at=None, is_mended=False, reason="")
                | Q(closed_at__isnull=False, is_mended=True, reason="")
                | (Q(closed_at__isnull=False, is_mended=False) & ~Q(reason="")),
            ),
        ]
