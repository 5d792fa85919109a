"""Cases: what was found in the log for a question of somebody outside, as one file that can be checked without us."""

from enum import StrEnum
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orders.kernel.ids import new_id
from orders.models.fields import choices


class CaseState(StrEnum):
    """requested: to be written. unsigned: written, until the log has signed its manifest. ready: to be taken.

    refused: it could not be written, `refusal` says why.
    """

    REQUESTED = "requested"
    UNSIGNED = "unsigned"
    READY = "ready"
    REFUSED = "refused"


class Case(models.Model):
    """A question to the log, and how far the answer is.

    `reference`, `title` and `question` are a person's words, `asked` the criteria as they were given: they stand here
    and in the case, never in a leaf. `through` is the last entry of the log when it was asked for. `salt` keeps
    anybody who has only digests from trying words. `accounts` are those whose leaves the case has, None where it
    has leaves that only who reads the whole log may see; `order_accounts` those whose orders it tells of, and
    `limit_accounts` those of them whose limits' numbers it may have. An attempt that failed leaves `retry_at`, when
    the next one may begin. `leaf_count` and `manifest_digest` are there once it is
    written, `file_digest`, `file_bytes` and `ready_at` (recorded time) once it is signed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=64)
    title = models.CharField(max_length=120)
    question = models.TextField()
    asked: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    asked_by = models.CharField(max_length=64)
    door = models.CharField(max_length=16)
    through = models.PositiveBigIntegerField()
    salt = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=choices(CaseState), default=CaseState.REQUESTED)
    refusal = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    accounts = ArrayField(models.UUIDField(), null=True)
    order_accounts = ArrayField(models.UUIDField(), default=list)
    limit_accounts = ArrayField(models.UUIDField(), default=list)
    leaf_count = models.PositiveIntegerField(null=True)
    manifest_digest = models.CharField(max_length=64, blank=True)
    file_digest = models.CharField(max_length=64, blank=True)
    file_bytes = models.PositiveBigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["asked_by", "-id"], name="case_by_asker"),
            models.Index(
                fields=["id"],
                name="case_unfinished",
                condition=Q(state__in=[CaseState.REQUESTED, CaseState.UNSIGNED]),
            ),
        ]
        constraints = [
            models.CheckConstraint(name="case_state_known", condition=Q(state__in=list(CaseState))),
            models.CheckConstraint(
                name="case_refused_for_a_reason",
                condition=Q(Q(state=CaseState.REFUSED) & ~Q(refusal=""))
                | Q(~Q(state=CaseState.REFUSED) & Q(refusal="")),
            ),
            models.CheckConstraint(
                name="case_ready_with_its_file",
                condition=~Q(state=CaseState.READY)
                | Q(~Q(file_digest="") & Q(file_bytes__isnull=False, ready_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class CasePart(StrEnum):
    """body: what the manifest lists, and the manifest. seal: the log's signature of the manifest."""

    BODY = "body"
    SEAL = "seal"


class CaseFile(models.Model):
    """A part of a case's file, a ZIP of its own in zlib's format (RFC 1950); append-only."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=4, choices=choices(CasePart))
    content = models.BinaryField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        ordering = ("id",)
        constraints = [models.UniqueConstraint(name="case_file_once", fields=["case", "part"])]
