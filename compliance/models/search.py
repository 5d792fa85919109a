"""What a search of the log goes by, kept beside the log so that its leaves stay cheap to write."""

from django.db import models
from django.db.models import Q

from compliance.models.audit import Leaf


class SearchEntry(models.Model):
    """What a leaf is found by, written after it has its place in the tree: `sequence`, without a gap.

    The columns are the leaf's; `account_id` is the account of a leaf about an order or the work on it, and of no
    other. Each index ends with the order in which searches are read: `recorded_at`, then the leaf's id. The key into
    the log is not checked by the database: both tables are append-only, and the rows are copied from there.
    """

    leaf = models.OneToOneField(
        Leaf, primary_key=True, on_delete=models.PROTECT, related_name="found", db_constraint=False
    )
    sequence = models.PositiveBigIntegerField(unique=True)
    object_type = models.CharField(max_length=32)
    object_id = models.CharField(max_length=64)
    action = models.CharField(max_length=64)
    actor = models.CharField(max_length=64)
    correlation_id = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()
    account_id = models.UUIDField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["recorded_at", "leaf"], name="search_by_time"),
            models.Index(fields=["object_id", "recorded_at", "leaf"], name="search_by_object"),
            models.Index(fields=["object_type", "recorded_at", "leaf"], name="search_by_type"),
            models.Index(fields=["action", "recorded_at", "leaf"], name="search_by_action"),
            models.Index(fields=["actor", "recorded_at", "leaf"], name="search_by_actor"),
            models.Index(fields=["correlation_id", "recorded_at", "leaf"], name="search_by_correlation"),
            models.Index(
                fields=["account_id", "recorded_at", "leaf"],
                name="search_by_account",
                condition=Q(account_id__isnull=False),
            ),
        ]
