"""Tokens by which API clients act for a person."""

from django.db import models
from knox.models import AbstractAuthToken

from orders.kernel.ids import new_id


class ApiToken(AbstractAuthToken):
    """A bearer token, kept as a SHA-512 digest only. Revoked ones stay, marked, for the trail.

    `id` names the token where it is talked about; the digest never leaves the table.
    """

    # knox would delete a person's tokens with the person, and give the user a way back to them.
    user = models.ForeignKey("orders.User", on_delete=models.PROTECT, related_name="+")
    id = models.UUIDField(default=new_id, unique=True, editable=False)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ("-created",)
