"""Sessions as people read them: their own, and everybody's for who may."""

from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from compliance.models import UserSession
from compliance.session_rules import SEEN_FOR
from orders import authority
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.permissions import MANAGE_SIGN_INS, VIEW_SIGN_INS


def sessions_of(actor: Actor) -> QuerySet[UserSession]:
    """Return the actor's own sessions that go on, the newest first, each with its last use."""
    return _going_on().filter(user_id=actor.person_id())


def sessions_for(actor: Actor) -> QuerySet[UserSession]:
    """Return everybody's sessions that go on, for who holds view_sign_ins on everything; else none."""
    return _going_on() if sees_sign_ins(actor) else UserSession.objects.none()


def ended_sessions_for(actor: Actor) -> QuerySet[UserSession]:
    """Return everybody's sessions that are over since a week at most, likewise: ended, or not used any more."""
    if not sees_sign_ins(actor):
        return UserSession.objects.none()
    recent = UserSession.objects.filter(started_at__gt=recorded_now() - SEEN_FOR)
    return recent.exclude(pk__in=_going_on().order_by().values("pk")).select_related(
        "user", "use", "ended_by"
    )


def session_for(actor: Actor, session_id: UUID) -> UserSession | None:
    """Return a session that goes on and that the actor may end: their own, or anybody's with manage_sign_ins."""
    session = _going_on().filter(pk=session_id).first()
    is_theirs = session is not None and session.user_id == actor.user_id
    return session if is_theirs or authority.may_everywhere(actor, MANAGE_SIGN_INS) else None


def sees_sign_ins(actor: Actor) -> bool:
    """Tell whether everybody's sessions and tokens are the actor's to see: people belong to no desk."""
    return authority.may_everywhere(actor, VIEW_SIGN_INS)


def _going_on() -> QuerySet[UserSession]:
    now = recorded_now()
    used = Q(use__last_used_at__gt=now - settings.SESSION_TIMEOUTS.idle)
    going_on = UserSession.objects.filter(used, ended_at=None, expires_at__gt=now, user__is_active=True)
    return going_on.select_related("user", "use")
