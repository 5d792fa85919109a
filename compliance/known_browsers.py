"""Browsers by which a person has signed in before: what others fail at does not shut these out.

OWASP's device cookies ("Slow Down Online Guessing Attacks with Device Cookies"): a signed cookie that opens nothing,
and has a bound of failures of its own.
"""

import secrets
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from compliance.lock_out import Counted, subject
from orders.models import User

KNOWN_FOR = timedelta(days=90)
_SALT = "compliance.known_browsers"


class KnownBrowserMiddleware:
    """Gives the browser by which somebody has just signed in its cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        person: User | None = getattr(request, "signed_in_now", None)
        if person is not None:
            response.set_cookie(
                settings.KNOWN_BROWSER_COOKIE_NAME,
                signing.dumps([str(person.pk), secrets.token_urlsafe(16)], salt=_SALT),
                max_age=KNOWN_FOR,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Strict",
            )
        return response


def browser_of(request: HttpRequest, person: User | None) -> str | None:
    """Return the subject of the request's browser, None where this person has not signed in by it lately."""
    try:
        whose, which = signing.loads(
            request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, ""), salt=_SALT, max_age=KNOWN_FOR
        )
    except signing.BadSignature:
        return None
    return subject(Counted.BROWSER, which) if person is not None and whose == str(person.pk) else None
