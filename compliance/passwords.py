"""Who a person is, by name and password: at the sign-in, and once more before the password is changed."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password, verify_password
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from compliance.commands import ChangePassword
from compliance.errors import PasswordWrong
from compliance.events import SignInFailure
from compliance.services.access import record_failed_sign_in
from compliance.services.passwords import change_password, upgrade_password
from orders.kernel.context import Actor, Door
from orders.models import User
from orders.selectors import user_named
from orders.services import require_good_password


class PasswordBackend(ModelBackend):
    """Name and password. A name that is nobody's costs the same hash as one that is somebody's."""

    @sensitive_variables("password")
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_more: Any,
    ) -> User | None:
        """Return the active person whose name and password these are, None for any other."""
        if username is None or password is None:
            return None
        person = user_named(username)
        kept = UNUSABLE_PASSWORD_PREFIX if person is None else person.password
        is_right, is_outdated = verify_password(password, kept)
        if person is None or not is_right or not person.is_active:
            return None
        if is_outdated:
            actor = Actor(name=person.username, door=Door.ADMIN, user_id=person.pk)
            upgrade_password(actor=actor, person=person, encoded=make_password(password))
            return user_named(username)
        return person


@sensitive_variables("command")
def change_own_password(*, actor: Actor, person: User, command: ChangePassword) -> None:
    """Give the person the new password; the one before is asked for, since a session may be in other hands.

    Raises PasswordWrong, of which a leaf is kept, PasswordUnfit, and PasswordMoved.
    """
    is_right, _is_outdated = verify_password(command.old, person.password)
    if not is_right:
        record_failed_sign_in(actor=actor, person=person, reason=SignInFailure.WRONG_PASSWORD)
        raise PasswordWrong(
            "this is not your password", errors=[{"pointer": "/old", "detail": "Not your password."}]
        )
    require_good_password(command.new, person)
    encoded = make_password(command.new)
    change_password(actor=actor, person=person, encoded=encoded)
    person.password = encoded
