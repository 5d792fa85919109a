"""Problem documents (RFC 9457): every failure leaves as application/problem+json with a stable code."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from pydantic import BaseModel, ConfigDict
from rest_framework import exceptions as drf

from orders.kernel.api import errors as http
from orders.kernel.breakers import CircuitOpen
from orders.kernel.context import correlation_id
from orders.kernel.errors import (
    DatabaseBusy,
    DomainError,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    TooLarge,
    Unavailable,
)
from orders.kernel.postgresql.failures import BUSY, sqlstate

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
"""How long a client waits when the database does not answer."""
BUSY_RETRY_AFTER_S = 1
"""How long a client waits when the database has something else to do."""

_TRANSLATIONS: list[tuple[type[Exception], type[DomainError], str]] = [
    (drf.ParseError, InvalidInput, "the body cannot be read"),
    (drf.NotAuthenticated, NotAuthenticated, "no credentials were sent"),
    (drf.AuthenticationFailed, NotAuthenticated, "the credentials are not valid"),
    (drf.PermissionDenied, NotPermitted, "this is not permitted"),
    (PermissionDenied, NotPermitted, "this is not permitted"),
    (drf.NotFound, NotFound, "there is nothing here"),
    (Http404, NotFound, "there is nothing here"),
    (drf.MethodNotAllowed, http.MethodNotAllowed, "the resource does not know this method"),
    (drf.NotAcceptable, http.NotAcceptable, "only application/json is sent"),
    (drf.UnsupportedMediaType, http.UnsupportedMediaType, "only application/json is read"),
    (RequestDataTooBig, TooLarge, "the request is bigger than is read"),
    (SuspiciousOperation, InvalidInput, "the request is malformed"),
]
"""What Django and its REST framework raise, and what it is called here; the first match counts."""


class Problem(BaseModel):
    """A problem document (RFC 9457). Rely on `code`; `errors` lists the places in the request, where they are known.

    Further members name facts of the case, for example `order_id`.
    """

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    category: str
    severity: str
    advice: str
    correlation_id: str
    errors: "list[Place] | None" = None


class Place(BaseModel):
    """A place in the request that is wrong: in the body by JSON pointer (RFC 6901), or a query parameter by name."""

    pointer: str | None = None
    parameter: str | None = None
    detail: str
    code: str


def title_of(error_class: type[DomainError]) -> str:
    """Return the summary of a kind of problem: the first sentence of its class's docstring."""
    return (error_class.__doc__ or "").splitlines()[0].split(". ")[0].rstrip(".")


def problem_document(error: DomainError) -> dict[str, Any]:
    """Return the problem document of `error`; its facts stand beside the members that RFC 9457 names."""
    return {
        **error.facts,
        "type": f"urn:qtweb:problem:{error.code}",
        "title": title_of(type(error)),
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "category": error.category,
        "severity": error.severity,
        "advice": error.advice,
        "correlation_id": correlation_id(),
    }


class ProblemResponse(HttpResponse):
    """The answer that tells a problem, and its `code` for who looks at answers on their way out."""

    code: str


def problem(error: DomainError) -> HttpResponse:
    """Return the answer that tells `error`, with the headers that its status calls for."""
    response = ProblemResponse(
        json.dumps(problem_document(error)), status=error.status, content_type=MEDIA_TYPE
    )
    response.code = error.code
    if error.status == 401:
        response["WWW-Authenticate"] = "Token"
    if "retry_after_s" in error.facts:
        response["Retry-After"] = str(error.facts["retry_after_s"])
    return response


def error_of(exception: Exception) -> DomainError:
    """Return what an exception is called here; one that nobody expected is logged and tells nothing."""
    if isinstance(exception, DomainError):
        return exception
    for raised, called, detail in _TRANSLATIONS:
        if isinstance(exception, raised):
            return called(detail)
    if isinstance(exception.__cause__, CircuitOpen):
        logger.warning("not asked: %s", exception)
    else:
        logger.error("a request failed", exc_info=exception)
    if isinstance(exception, OperationalError | InterfaceError):
        return outage(exception)
    return DomainError("something failed that nobody expected")


def outage(exception: Exception) -> Unavailable:
    """Return what an OperationalError or InterfaceError of the database is called here, and when to come again."""
    if isinstance(exception.__cause__, CircuitOpen):
        return Unavailable("the database does not answer", retry_after_s=exception.__cause__.retry_after_s)
    if sqlstate(exception) in BUSY:
        return DatabaseBusy(
            "others hold what this needs, or it took too long", retry_after_s=BUSY_RETRY_AFTER_S
        )
    return Unavailable("the database does not answer", retry_after_s=RETRY_AFTER_S)


def problem_response(exception: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Answer any exception of a view: REST framework's EXCEPTION_HANDLER."""
    return problem(error_of(exception))
