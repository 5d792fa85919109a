"""Stands before every view that costs something: counts requests, refuses above the limit, tells how it stands."""

import hashlib
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import SimpleLazyObject

from orders.kernel.api.errors import RateLimitExceeded
from orders.kernel.api.problems import problem
from qtweb.rate_limits.counts import count
from qtweb.rate_limits.limits import Kind, Standing

API = "/api/"
_FREE = ("/health/",)
"""Whoever watches that the house stands is always answered."""
_ENTRIES = ("/api/v1/orders", "/api/v1/kill_switches")
_PREVIEWS = frozenset({"/api/v1/orders/preview", "/api/v1/orders/plan"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_TAKE_A_PASSWORD = frozenset({"/admin/login/", "/admin/account/password/"})
"""Each try costs a hash, which is made to take its time."""
MOST_KNOWN = 10_000
"""Credentials that a process knows the persons of."""


class RateLimitMiddleware:
    """One count for each request, before authentication and in one round trip.

    A credential (a token, a session) whose person this process has met counts for the person, whatever they hold of
    such; everything else counts for its address: strangers, guesses, and the first request of each credential.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._persons: dict[bytes, UUID] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(_FREE):
            return self.get_response(request)
        credential = _credential(request)
        standing = self._count(request, self._persons.get(credential) if credential else None)
        response = _refusal(request, standing) if standing.is_exceeded else self.get_response(request)
        if credential is not None and not standing.is_exceeded:
            self._learn(credential, _person(request))
        for name, value in standing.headers.items():
            response[name] = value
        return response

    def _count(self, request: HttpRequest, person: UUID | None) -> Standing:
        kind = kind_of(request.method or "", request.path_info, is_known=person is not None)
        limit = settings.RATE_LIMITS[kind]
        who = _network(request.META.get("REMOTE_ADDR", "")) if person is None else person
        came, ends_in_s = count(f"{kind}:{who}", limit.window_s)
        return Standing(kind, limit, came, ceil(ends_in_s))

    def _learn(self, credential: bytes, person: UUID | None) -> None:
        """Keep who came with a credential, or forget one that opened nothing."""
        if person is None:
            self._persons.pop(credential, None)
        elif credential not in self._persons:
            if len(self._persons) >= MOST_KNOWN:
                self._persons.clear()
            self._persons[credential] = person


def kind_of(method: str, path: str, *, is_known: bool) -> Kind:
    """Return what a request counts as. What stops or changes orders counts apart, so that no reading uses it up."""
    if path in _TAKE_A_PASSWORD and method not in _READING:
        return Kind.SIGN_IN
    if not is_known:
        return Kind.ADDRESS
    if not path.startswith(API):
        return Kind.PAGES
    is_entry = method not in _READING and path.startswith(_ENTRIES) and path not in _PREVIEWS
    return Kind.ORDER_ENTRY if is_entry else Kind.API


def _credential(request: HttpRequest) -> bytes | None:
    """Return the digest of what a person is known by: of a token itself, however its scheme and spaces are spelt."""
    if request.path_info.startswith(API):
        words = request.META.get("HTTP_AUTHORIZATION", "").split()
        sent = words[1] if len(words) == 2 else None
    else:
        sent = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return hashlib.sha256(sent.encode()).digest() if sent else None


def _person(request: HttpRequest) -> UUID | None:
    """Return who was found to ask, without looking it up where no view did."""
    user = request.__dict__.get("user")
    if isinstance(user, SimpleLazyObject):
        user = request.__dict__.get("_cached_user")
    return user.pk if user is not None and user.is_authenticated else None


def _network(address: str) -> str:
    """Return what stands for an address: of IPv6 the /64, which one client has whole."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    return str(IPv6Address(int(parsed) >> 64 << 64)) if parsed.version == 6 else str(parsed)


def _refusal(request: HttpRequest, standing: Standing) -> HttpResponse:
    retry_after_s = max(standing.ends_in_s, 1)
    error = RateLimitExceeded(
        f"more than {standing.limit.quota} requests came within {standing.limit.window_s} s",
        policy=str(standing.kind),
        retry_after_s=retry_after_s,
    )
    if request.path_info.startswith(API):
        return problem(error)
    page = TemplateResponse(
        request, "429.html", status=error.status, headers={"Retry-After": str(retry_after_s)}
    )
    return page.render()
