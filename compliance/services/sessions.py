"""Begin and end sessions: a person's own, by who may, and all of a person when the password changes or they leave."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from compliance.errors import SessionNotFound
from compliance.events import SessionEnded, SignedIn, SignedOut
from compliance.models import SessionUse, UserSession
from compliance.session_rules import USE_NOTED_AFTER, Ending
from orders import authority
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service, step
from orders.permissions import MANAGE_SIGN_INS
from orders.selectors import market_now


@service
def start_session(
    *, actor: Actor, digest: str, data: str, address_range: str, browser: str, replaces: UUID | None
) -> UserSession:
    """Keep that a person came in, and return the session that begins; the one it replaces is over.

    Raises NotAPerson for anyone else.
    """
    now, user_id = recorded_now(), actor.person_id()
    if replaces is not None:
        _end(actor, UserSession.objects.filter(pk=replaces), Ending.REPLACED)
    session = UserSession.objects.create(
        user_id=user_id,
        digest=digest,
        data=data,
        address_range=address_range,
        browser=browser,
        started_at=now,
        expires_at=now + settings.SESSION_TIMEOUTS.absolute,
    )
    SessionUse.objects.create(session=session, last_used_at=now)
    publish(
        SignedIn(
            actor=actor, object_id=str(user_id), revision=0, market_time=market_now(), session_id=session.pk
        )
    )
    return session


@service
def keep_session(*, actor: Actor, session_id: UUID, digest: str, data: str) -> bool:
    """Keep another key or other data of a session; False when it is over."""
    return bool(_open().filter(pk=session_id).update(digest=digest, data=data))


@service
def note_session_use(*, session_id: UUID) -> None:
    """Write down that the session is used now, unless that was done within the last minute."""
    now = recorded_now()
    SessionUse.objects.filter(pk=session_id, last_used_at__lte=now - USE_NOTED_AFTER).update(last_used_at=now)


@service
def end_session(*, actor: Actor, session_id: UUID, because: Ending) -> None:
    """Keep that a session is over; a second time changes nothing."""
    _end(actor, UserSession.objects.filter(pk=session_id), because)


@service
def revoke_session(*, actor: Actor, session_id: UUID, reason: str = "") -> UserSession:
    """Let a session open nothing from the next request on, a person's own or by manage_sign_ins; return it.

    Raises SessionNotFound for what is neither, or over.
    """
    session = _open().filter(pk=session_id).first()
    if session is None or (
        session.user_id != actor.user_id and not authority.may_everywhere(actor, MANAGE_SIGN_INS)
    ):
        raise SessionNotFound("there is no such session")
    _end(actor, UserSession.objects.filter(pk=session_id), Ending.REVOKED, reason)
    return session


@step
def end_sessions_of(actor: Actor, user_id: UUID, because: Ending, *, but: UUID | None = None) -> None:
    """End all sessions of a person, but one where it is named."""
    others = UserSession.objects.filter(user_id=user_id).exclude(pk__in=[] if but is None else [but])
    _end(actor, others, because)


def _open() -> QuerySet[UserSession]:
    return UserSession.objects.filter(ended_at=None)


def _end(actor: Actor, sessions: QuerySet[UserSession], because: Ending, reason: str = "") -> None:
    now: datetime = recorded_now()
    for session in sessions.filter(ended_at=None).select_for_update().order_by("id"):
        session.ended_at, session.ended_because, session.ended_by_id = now, because, actor.user_id
        session.save(update_fields=["ended_at", "ended_because", "ended_by"])
        _announce(actor, session, because, reason)


def _announce(actor: Actor, session: UserSession, because: Ending, reason: str) -> None:
    object_id, at = str(session.user_id), market_now()
    if because is Ending.SIGNED_OUT:
        publish(
            SignedOut(actor=actor, object_id=object_id, revision=0, market_time=at, session_id=session.pk)
        )
        return
    publish(
        SessionEnded(
            actor=actor,
            object_id=object_id,
            revision=0,
            market_time=at,
            session_id=session.pk,
            because=because,
            reason=reason,
        )
    )
