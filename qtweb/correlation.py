"""Correlation ids: taken from the request or made, returned in the answer, on every line of the log."""

import logging
import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from orders.kernel.context import coming_from, correlated, correlation_id

HEADER = "X-Correlation-Id"
_ACCEPTED = re.compile(r"^[A-Za-z0-9._-]{1,64}$", re.ASCII)


class CorrelationMiddleware:
    """Runs each request under the client's correlation id, or a fresh one where that is absent or malformed.

    The client's address is where the request's work comes from.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.headers.get(HEADER, "")
        source = coming_from(request.META.get("REMOTE_ADDR", ""))
        with source, correlated(sent if _ACCEPTED.match(sent) else None) as identifier:
            response = self.get_response(request)
            response[HEADER] = identifier
            return response


class CorrelationFilter(logging.Filter):
    """Puts the current correlation id on each log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.correlation_id = correlation_id()
        return True
