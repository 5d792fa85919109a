"""What Django answers when no view does: problem documents below /api/, pages elsewhere."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views import defaults

from orders.kernel.api.problems import error_of, outage, problem
from orders.kernel.errors import DomainError

API = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400: a host, a path or a form that Django itself refuses."""
    return problem(error_of(exception)) if _is_api(request) else defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    return (
        problem(error_of(exception)) if _is_api(request) else defaults.permission_denied(request, exception)
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404: no address matches, for example because an id is no UUID."""
    return problem(error_of(exception)) if _is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: Django has logged the exception already. A database that does not answer is 503 on a page too."""
    error: DomainError = DomainError("something failed that nobody expected")
    exception = sys.exc_info()[1]
    if isinstance(exception, OperationalError | InterfaceError):
        error = outage(exception)
    if _is_api(request):
        return problem(error)
    page = defaults.server_error(request)
    page.status_code = error.status
    if "retry_after_s" in error.facts:
        page["Retry-After"] = str(error.facts["retry_after_s"])
    return page


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API)
