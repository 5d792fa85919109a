"""What a password has to be, keeping another one, and who may come in at all. Who may say so is compliance's."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from orders.errors import PasswordUnfit
from orders.kernel.transactions import step
from orders.models import User


def require_good_password(password: str, person: User) -> None:
    """Raise PasswordUnfit for one that is short, common or like the login name, and for nothing else.

    No kind of character is asked for, and none expires (NIST SP 800-63B-4, 3.1.1.2).
    """
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise PasswordUnfit(" ".join(error.messages).rstrip(".")) from error


@step
def keep_password(person: User, *, was: str, encoded: str) -> bool:
    """Keep `encoded` as the person's password in place of `was`, both hashed; False when another is kept by now."""
    return bool(User.objects.filter(pk=person.pk, password=was).update(password=encoded))


@step
def set_active(person: User, *, is_active: bool) -> bool:
    """Let the person come in, or no more; False where that was so already."""
    return bool(User.objects.filter(pk=person.pk, is_active=not is_active).update(is_active=is_active))
