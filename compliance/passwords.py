"""Who a person is, by name and password: at the sign-in, and once more before the password is changed."""

from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password, verify_password
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from compliance.commands import ChangePassword
from compliance.errors import PasswordWrong
from compliance.events import SignInFailure
from compliance.known_browsers import browser_of
from compliance.lock_out import Attempt, Counted, Verdict, subject
from compliance.services.access import record_failed_sign_in
from compliance.services.lock_out import begin_attempt, forgive_attempt
from compliance.services.passwords import change_password, upgrade_password
from orders.kernel.context import Actor, Door, unknown_actor
from orders.models import User
from orders.selectors import user_named
from orders.services import require_good_password

_STRANGERS = 64
"""Under how many subjects the failures of names that are nobody's are counted: never one of a name's own."""


class PasswordBackend(ModelBackend):
    """Name and password, as long as not too many failed.

    A name that is nobody's costs the same as one that is somebody's: the same statements, and the same one hash.
    """

    @sensitive_variables("password")
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_more: Any,
    ) -> User | None:
        """Return the active person whose name and password these are, None for any other. Each failure is kept."""
        if request is None or username is None or password is None:
            return None
        person = user_named(username)
        verdict = begin_attempt(attempt=_attempt(request, username, person))
        why_not, is_outdated = _judge(person, password, verdict)
        if person is None or why_not is not None:
            record_failed_sign_in(
                actor=unknown_actor(Door.ADMIN),
                person=person,
                reason=why_not or SignInFailure.UNKNOWN_NAME,
                verdict=verdict,
            )
            return None
        forgive_attempt(verdict=verdict)
        if is_outdated:
            actor = Actor(name=person.username, door=Door.ADMIN, user_id=person.pk)
            upgrade_password(actor=actor, person=person, encoded=make_password(password))
            return user_named(username)
        return person


@sensitive_variables("password")
def _judge(person: User | None, password: str, verdict: Verdict) -> tuple[SignInFailure | None, bool]:
    """Return why the person does not get in, and whether the password is kept under a hash of former days."""
    kept = UNUSABLE_PASSWORD_PREFIX if person is None else person.password
    is_right, is_outdated = verify_password(password, kept) if verdict.is_worth_a_hash else (False, False)
    if not verdict.is_open:
        return SignInFailure.LOCKED_OUT, False
    if person is None:
        return SignInFailure.UNKNOWN_NAME, False
    if not person.is_active:
        return SignInFailure.NOT_ACTIVE, False
    return (None, is_outdated) if is_right else (SignInFailure.WRONG_PASSWORD, False)


def _attempt(request: HttpRequest, username: str, person: User | None) -> Attempt:
    which = f"unknown-{_digest(username)[0] % _STRANGERS}" if person is None else str(person.pk)
    return Attempt(
        person=subject(Counted.PERSON, which),
        address=address_subject(request.META.get("REMOTE_ADDR", "")),
        browser=browser_of(request, person),
    )


def address_subject(address: str) -> str:
    """Return the subject of a client's address, a digest: of IPv6 of its network of 64 bits, which one house has."""
    try:
        known = ip_address(address)
    except ValueError:
        return subject(Counted.ADDRESS, "none")
    network = ip_network((known, 64 if known.version == 6 else 32), strict=False)
    return subject(Counted.ADDRESS, _digest(str(network)).hex()[:40])


def _digest(text: str) -> bytes:
    return salted_hmac("compliance.lock_out", text, algorithm="sha256").digest()


@sensitive_variables("command")
def change_own_password(
    *, actor: Actor, person: User, command: ChangePassword, session_id: UUID | None
) -> None:
    """Give the person the new password; the one before is asked for, since a session may be in other hands.

    Every session of the person but this one is over, and every token, unless the command lets them go on.

    Raises PasswordWrong, of which a leaf is kept, also after too many failures, PasswordUnfit, and PasswordMoved.
    """
    changes = subject(Counted.CHANGE, str(person.pk))
    verdict = begin_attempt(attempt=Attempt(person=changes))
    why_not, _is_outdated = _judge(person, command.old, verdict)
    if why_not is not None:
        record_failed_sign_in(actor=actor, person=person, reason=why_not, verdict=verdict)
        place = {"pointer": "/old", "detail": "This is not your password, or too many others were tried."}
        raise PasswordWrong("the password that you have now was not given", errors=[place])
    forgive_attempt(verdict=verdict)
    require_good_password(command.new, person)
    encoded = make_password(command.new)
    change_password(
        actor=actor,
        person=person,
        encoded=encoded,
        session_id=session_id,
        tokens_go_on=command.tokens_go_on,
    )
    person.password = encoded
