"""Plain HTTP in production: people are led to HTTPS, programs are refused.

A program that is redirected has sent its token in clear already, and would do so for ever without anybody noticing
(OWASP ASVS 5.0, 4.1.2).
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from orders.kernel.api.errors import HttpsRequired
from orders.kernel.api.problems import problem

FOR_PROGRAMS = ("/api/", "/metrics")


class HttpsOnlyMiddleware:
    """Refuses what came by plain HTTP to an address for programs. Django redirects at all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_in_clear = settings.SECURE_SSL_REDIRECT and not request.is_secure()
        if is_in_clear and request.path_info.startswith(FOR_PROGRAMS):
            return problem(HttpsRequired("the request came by plain HTTP"))
        return self.get_response(request)
