"""Where Django keeps sessions: SESSION_ENGINE. Only who has signed in has one, and the server alone says how long."""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.http import HttpRequest

from compliance.models import UserSession
from compliance.services.sessions import end_session, keep_session, note_session_use, start_session
from compliance.session_rules import (
    USE_NOTED_AFTER,
    Ending,
    address_range,
    browser_family,
    digest_of,
    over_because,
)
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor, Door, process_actor
from orders.kernel.rows import columns_of, rows_of
from orders.kernel.statements import Statement


@cache
def _statement() -> Statement:
    return Statement(f"""
        SELECT {columns_of(UserSession, "session")}, use.last_used_at, person.is_active
        FROM compliance_usersession AS session
        JOIN compliance_sessionuse AS use ON use.session_id = session.id
        JOIN orders_user AS person ON person.id = session.user_id
        WHERE session.digest = %(digest)s AND session.ended_at IS NULL
    """)  # noqa: S608 - names of our own columns


class SessionStore(SessionBase):
    """A session by its key, of which only the digest is kept.

    It begins with a sign-in (`begin`), under a new key, and is over by sign-out, revocation, time, a change of the
    password or its person's deactivation: from the next request on its key opens nothing.
    """

    row: UserSession | None = None
    # Of the base class, and missing in its types.
    _session: dict[str, Any]
    _get_new_session_key: Callable[[], str]

    def load(self) -> dict[str, Any]:
        """Return what is kept of a session that goes on, nothing for any other key, which is not used again."""
        self.row = self._going_on()
        if self.row is None:
            self._session_key = None
            return {}
        return self.decode(self.row.data)

    def _going_on(self) -> UserSession | None:
        found = _statement().row({"digest": digest_of(self.session_key or "")})
        if found is None:
            return None
        *columns, last_used_at, is_active = found
        row: UserSession = rows_of([UserSession], columns)[0]
        now, idle = recorded_now(), settings.SESSION_TIMEOUTS.idle
        over = over_because(
            expires_at=row.expires_at, last_used_at=last_used_at, is_active=is_active, now=now, idle=idle
        )
        if over is not None:
            end_session(actor=process_actor("sessions"), session_id=row.pk, because=over)
            return None
        if now - last_used_at >= USE_NOTED_AFTER:
            note_session_use(session_id=row.pk)
        return row

    def begin(self, actor: Actor, request: HttpRequest) -> None:
        """Begin the session of a person who has just signed in; one that there was in this browser is over."""
        self._session_key = self._get_new_session_key()
        self.row = start_session(
            actor=actor,
            digest=digest_of(self._session_key),
            data=self.encode(self._session),
            address_range=address_range(request.META.get("REMOTE_ADDR", "")),
            browser=browser_family(request.META.get("HTTP_USER_AGENT", "")),
            replaces=None if self.row is None else self.row.pk,
        )

    def exists(self, session_key: str) -> bool:
        """Tell whether there is, or was, a session with this key."""
        return UserSession.objects.filter(digest=digest_of(session_key)).exists()

    def create(self) -> None:
        """Take a new key: nothing is kept before somebody signs in."""
        self._session_key = self._get_new_session_key()
        self._session_cache: dict[str, Any] = {}
        self.modified = True

    def cycle_key(self) -> None:
        """Give a session that goes on another key, under which alone it is found from then on."""
        data = self._session
        self.create()
        self._session_cache = data
        if self.row is not None:
            self.save()

    def save(self, must_create: bool = False) -> None:
        """Keep what has changed, of nobody nothing. Raises UpdateError where the session is over meanwhile."""
        row, digest = self.row, digest_of(self.session_key or "")
        if row is None or (digest == row.digest and self._session == self.decode(row.data)):
            return
        row.digest, row.data = digest, self.encode(self._session)
        if not keep_session(actor=_person(row), session_id=row.pk, digest=row.digest, data=row.data):
            raise UpdateError

    def delete(self, session_key: str | None = None) -> None:
        """End the session, if it goes on: Django gives up what is another's, or of another password."""
        if self.row is not None:
            end_session(actor=_person(self.row), session_id=self.row.pk, because=Ending.REPLACED)
            self.row = None

    @classmethod
    def clear_expired(cls) -> None:
        """Nothing: what is over stays, for the trail."""


def session_id_of(request: HttpRequest) -> UUID | None:
    """Return the id of the session that a request came in, None where nobody is signed in."""
    row: UserSession | None = request.session.row  # type: ignore[attr-defined]  # SESSION_ENGINE says so
    return None if row is None else row.pk


def _person(row: UserSession) -> Actor:
    return Actor(name=str(row.user_id), door=Door.ADMIN, user_id=row.user_id)
