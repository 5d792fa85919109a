"""Tokens by which API clients act for a person."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from knox.models import AbstractAuthToken

from orders.kernel.ids import new_id


class ApiToken(AbstractAuthToken):
    """A bearer token, kept as a SHA-512 digest only. Revoked ones stay, marked, for the trail.

    `id` names the token where it is talked about; the digest never leaves the table. It opens what `scopes` name
    (compliance/token_scopes.py), from addresses in `address_ranges` (none: from any), until `expiry`. `made_by` is the
    token by which it was asked for: it is revoked with that one, and with the one whose place it took.
    """

    # knox would delete a person's tokens with the person, and give the user a way back to them.
    user = models.ForeignKey("orders.User", on_delete=models.PROTECT, related_name="+")
    id = models.UUIDField(default=new_id, unique=True, editable=False)
    label = models.CharField(max_length=64, blank=True)
    scopes = ArrayField(models.CharField(max_length=8))
    address_ranges = ArrayField(models.CharField(max_length=43), default=list)
    rotated_from = models.OneToOneField(
        "self", to_field="id", null=True, on_delete=models.PROTECT, related_name="successor"
    )
    made_by = models.ForeignKey(
        "self", to_field="id", null=True, on_delete=models.PROTECT, related_name="made"
    )
    revoked_at = models.DateTimeField(null=True)

    last_used_at: datetime | None = None
    """As authentication found it: no column of the record, see TokenUse."""

    class Meta:
        default_permissions = ()
        ordering = ("-created",)
        constraints = [
            models.CheckConstraint(
                name="api_token_expires", condition=Q(expiry__isnull=False, expiry__gte=F("created"))
            ),
            models.CheckConstraint(name="api_token_opens_something", condition=Q(scopes__len__gt=0)),
        ]


class TokenUse(models.Model):
    """When a token was last used, to a minute: beside it, so that the record of it changes only when it does."""

    token = models.OneToOneField(
        ApiToken, to_field="id", primary_key=True, on_delete=models.PROTECT, related_name="use"
    )
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
