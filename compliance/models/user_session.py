"""Sessions of people who signed in by a browser."""

from django.db import models
from django.db.models import Q

from compliance.session_rules import Ending
from orders.kernel.ids import new_id


class UserSession(models.Model):
    """A person's session, from the sign-in until it is over; the row stays.

    `digest` is of the key that the browser's cookie holds and nobody else. `data` is what Django keeps in a session,
    signed. `expires_at` is when it is over at the latest. All times are recorded times.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("orders.User", on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    data = models.TextField()
    address_range = models.CharField(max_length=43, blank=True)
    browser = models.CharField(max_length=16)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=11, blank=True)
    ended_by = models.ForeignKey("orders.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
        ordering = ("-id",)
        indexes = [models.Index(name="user_session_open", fields=["user"], condition=Q(ended_at=None))]
        constraints = [
            models.CheckConstraint(
                name="user_session_ends_once",
                condition=Q(ended_at=None, ended_because="", ended_by=None)
                | Q(ended_at__isnull=False, ended_because__in=[str(each) for each in Ending]),
            )
        ]


class SessionUse(models.Model):
    """When a session was last used, to a minute: beside it, so that the record of it changes only when it does."""

    session = models.OneToOneField(
        UserSession, primary_key=True, on_delete=models.PROTECT, related_name="use"
    )
    last_used_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
