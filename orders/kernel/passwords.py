"""How passwords are hashed, and that one says more than whose it is."""

import re
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError

_HOUSE = "qtweb"
_LEAST_OF_ITS_OWN = 8


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id with RFC 9106's second recommended parameters: 64 MiB, three passes, four lanes.

    Several times what OWASP's Password Storage Cheat Sheet asks for at least (19 MiB, two passes, one lane), and less
    memory than Django's own choice, which a flood of sign-ins would multiply by the threads that answer it.
    """

    time_cost = 3
    memory_cost = 65_536
    parallelism = 4


class SaysMoreThanWhose:
    """Refuses a password that is the login name, or the house's, and little more (NIST SP 800-63B-4, 3.1.1.2)."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where fewer than eight characters are neither."""
        name = "" if user is None else user.get_username().casefold()
        words = sorted({name, *re.split(r"[\W_]+", name), _HOUSE} - {""}, key=len, reverse=True)
        left = password.casefold()
        for word in words:
            left = left.replace(word, "") if len(word) > 2 else left
        if len(left) < _LEAST_OF_ITS_OWN:
            raise ValidationError(
                "This password is the login name, or the name of this site, and little more."
            )
