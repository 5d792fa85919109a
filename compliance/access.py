"""What stands at the doors for people: Django's signals of sign-ins, and the answers that turn somebody away.

Who does not get in is kept where it is judged (compliance/passwords.py). A sign-in that cannot be written down does not
take place. A refusal stands whether or not its record can be written.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth import signals
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from compliance.events import SignInFailure
from compliance.services.access import record_failed_sign_in, record_refused_access
from compliance.services.sessions import end_session
from compliance.session_rules import Ending
from compliance.sessions import SessionStore
from orders.kernel.context import Actor, Door, unknown_actor
from orders.kernel.errors import NotAuthenticated, NotFound, NotPermitted
from orders.models import User

logger = logging.getLogger(__name__)

CODES = {each.status: each.code for each in (NotAuthenticated, NotPermitted, NotFound)}
"""What a refusal by a page is called; an answer of the API has its own code."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_DOORS = {"api": Door.API, "admin": Door.ADMIN}


class RefusedAccessMiddleware:
    """Keeps in the trail whom an answer of the API or the admin turns away.

    A 404 counts where a known person named something by one of our addresses: hidden and absent things leave the same
    leaf after the same work, so that not even the time that it takes tells them apart. Whether the thing exists, the
    log's reader sees by the thing's own leaves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if response.status_code in CODES and match is not None:
            try:
                _keep(request, response, match)
            except Error:
                logger.exception("a refusal (%s) could not be recorded", response.status_code)
        return response


def _keep(request: HttpRequest, response: HttpResponse, match: ResolverMatch) -> None:
    door = _DOORS.get(match.route.partition("/")[0])
    if door is None:
        return
    user = getattr(request, "user", None)
    is_known = user is not None and user.is_authenticated
    if response.status_code == NotFound.status and not is_known:
        return
    record_refused_access(
        actor=_person(user, door) if is_known else unknown_actor(door),
        object_id=_named_by(match.kwargs),
        status=response.status_code,
        code=getattr(response, "code", CODES[response.status_code]),
        method=request.method if request.method in _METHODS else "other",
        route=match.route,
    )


def _named_by(arguments: Mapping[str, Any]) -> str:
    """Return the first id of an address: what its pattern let through as one, and no other text of a stranger."""
    return next((str(each) for each in arguments.values() if isinstance(each, UUID | int)), "none")


def _person(user: Any, door: Door) -> Actor:
    return Actor(name=user.get_username(), door=door, user_id=user.pk)


def came_in(*, request: HttpRequest, user: User, **_told: Any) -> None:
    """user_logged_in: the session begins in the transaction that keeps who came in."""
    _session_of(request).begin(_person(user, Door.ADMIN), request)
    request.signed_in_now = user  # type: ignore[attr-defined]  # for compliance/known_browsers.py


def went(*, request: HttpRequest, user: User | None, **_told: Any) -> None:
    """user_logged_out; without a person where nobody was signed in."""
    row = _session_of(request).row
    if user is not None and row is not None:
        end_session(actor=_person(user, Door.ADMIN), session_id=row.pk, because=Ending.SIGNED_OUT)


def _session_of(request: HttpRequest) -> SessionStore:
    session: SessionStore = request.session  # type: ignore[assignment]  # SESSION_ENGINE says so
    return session


def not_let_in(person: User) -> None:
    """Keep that a person, known by name and password, may not enter the admin site."""
    record_failed_sign_in(actor=unknown_actor(Door.ADMIN), person=person, reason=SignInFailure.NOT_STAFF)


def listen() -> None:
    """Hear of every sign-in and sign-out, by whatever view."""
    signals.user_logged_in.connect(came_in, dispatch_uid="compliance.came_in")
    signals.user_logged_out.connect(went, dispatch_uid="compliance.went")
