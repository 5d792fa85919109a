"""The audit log: leaves that the business writes, and the Merkle tree that the integrator builds over them.

All five tables are append-only: rights are revoked and triggers stand in the way (migrations 0002 and 0005).
"""

from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class CurrentTransactionId(models.Func):
    """PostgreSQL's 64-bit number of the running transaction."""

    template = "pg_current_xact_id()::text::bigint"
    output_field = models.BigIntegerField()


class LeafKind(StrEnum):
    """event: what the business did, told by a service. row: a row that changed, told by the table's triggers."""

    EVENT = "event"
    ROW = "row"


class EventLeaves(models.Manager["Leaf"]):
    """The leaves that events left, without those of rows."""

    def get_queryset(self) -> "models.QuerySet[Leaf]":
        return super().get_queryset().filter(kind=LeafKind.EVENT)


class Leaf(models.Model):
    """One entry, written in the business transaction that it tells about.

    `body` is canonical JSON and the very bytes that are hashed; the other columns repeat parts of it for
    search, and verification holds them against it. `transaction_id` is the first column because PostgreSQL
    evaluates defaults in the order of columns: the transaction has its number before the leaf has its `id`. The
    integrator's floor rests on that.

    The table is partitioned by month (compliance/models/leaf_partitions.py).
    """

    transaction_id = models.BigIntegerField(db_default=CurrentTransactionId())
    id = models.BigAutoField(primary_key=True)
    object_type = models.CharField(max_length=32)
    object_id = models.CharField(max_length=64)
    revision = models.PositiveBigIntegerField()
    action = models.CharField(max_length=64)
    actor = models.CharField(max_length=64)
    correlation_id = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()
    body = models.TextField()
    kind = models.CharField(max_length=5, default=LeafKind.EVENT, db_default=LeafKind.EVENT)

    objects = models.Manager()
    events = EventLeaves()

    class Meta:
        default_permissions = ()
        ordering = ("id",)
        indexes = [models.Index(fields=["object_id", "id"], name="leaf_by_object")]


class TreeEntry(models.Model):
    """The place of a leaf in the tree: `sequence` counts from 0 without gaps, `leaf_hash` is RFC 6962's.

    It stays for ever. The database does not check that the leaf is there, so that a month of leaves can be archived:
    verification does.
    """

    sequence = models.PositiveBigIntegerField(primary_key=True)
    leaf = models.OneToOneField(Leaf, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        default_permissions = ()
        ordering = ("sequence",)


class TreeNode(models.Model):
    """The hash of a complete subtree over 2**level leaves, the `index`-th of its level.

    Level 0 is TreeEntry.
    """

    pk = models.CompositePrimaryKey("level", "index")
    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(name="tree_node_above_leaves", condition=Q(level__gte=1))]


class Checkpoint(models.Model):
    """The tree's size and root after a batch of the integrator.

    Every leaf that a transaction numbered below `horizon` wrote is in this tree: one that is not was kept out.
    """

    tree_size = models.PositiveBigIntegerField(primary_key=True)
    root_hash = models.BinaryField(max_length=32)
    horizon = models.BigIntegerField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        ordering = ("tree_size",)


class SignedCheckpoint(models.Model):
    """A checkpoint as a note (c2sp.org/tlog-checkpoint) under the log's signatures: the last one of its size counts.

    The keys are not in the database: who can write here can still sign nothing.
    """

    checkpoint = models.ForeignKey(
        Checkpoint, on_delete=models.PROTECT, related_name="+", db_column="tree_size"
    )
    note = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        ordering = ("id",)
