"""Is the process alive, and is everything there that it needs to serve? Tells which part fails, and nothing secret."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from threading import Lock
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError as BrokerError

from compliance.log_state import known_log_state
from qtweb.breakers import standings
from qtweb.celery import app

logger = logging.getLogger(__name__)

OK, FAILS, ALERT = "ok", "fails", "alert"
OLDEST_S = 10
"""Age of an answer above which one waits for a new one."""


@dataclass(frozen=True, slots=True)
class _Found:
    answer: dict[str, Any]
    at_s: float

    @property
    def age_s(self) -> float:
        return monotonic() - self.at_s


class KeptAnswer:
    """What `find` returns, found once in READINESS_KEPT_S of a process, however many ask: they are strangers.

    While one finds it anew the others get the last, as long as that is younger than OLDEST_S, or wait.
    """

    def __init__(self, find: Callable[[], dict[str, Any]]) -> None:
        self._find = find
        self._finding = Lock()
        self._last = _Found({}, -inf)

    def get(self) -> dict[str, Any]:
        """Return the answer. Raises what `find` raises."""
        last = self._last
        if last.age_s < settings.READINESS_KEPT_S:
            return last.answer
        if not self._finding.acquire(blocking=last.age_s >= OLDEST_S):
            return last.answer
        try:
            if self._last.age_s >= settings.READINESS_KEPT_S:
                self._last = _Found(self._find(), monotonic())
            return self._last.answer
        finally:
            self._finding.release()


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process answers at all; nothing else is asked."""
    return JsonResponse({"status": OK})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when every part works, 503 otherwise, naming the parts that fail; the log says why.

    A part with an alert works, and somebody has to look at it: the first page of the admin says why. Anybody may ask,
    without limit, and a question costs a connection to the broker: an answer is kept for READINESS_KEPT_S.
    """
    answer = READY.get()
    return JsonResponse(answer, status=200 if answer["status"] == OK else 503)


def _readiness() -> dict[str, Any]:
    parts = {name: _state(name, works) for name, works in PARTS.items()}
    status = FAILS if FAILS in parts.values() else OK
    parts |= {name: _state(name, quiet, ALERT) for name, quiet in WATCHED.items()}
    return {"status": status, "parts": parts, "breakers": _breakers()}


READY = KeptAnswer(_readiness)


def _breakers() -> dict[str, dict[str, str | int]]:
    """How each breaker stands in the process that is worst off; an open one at a venue leaves the site ready."""
    return {
        breaker.name: {
            "state": breaker.state,
            "since": breaker.since.isoformat(),
            "failures": breaker.failures,
        }
        for breaker in standings()
    }


def _state(name: str, works: Callable[[], bool], otherwise: str = FAILS) -> str:
    try:
        return OK if works() else otherwise
    except (DatabaseError, BrokerError, OSError):
        logger.warning("not ready: %s", name, exc_info=True)
        return FAILS


def database_answers() -> bool:
    """Tell whether the database answers a query. Raises DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def migrations_are_applied() -> bool:
    """Tell whether the database has every migration that this code knows. Raises DatabaseError."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def broker_answers() -> bool:
    """Tell whether Celery's broker takes a connection. Raises kombu's OperationalError or OSError."""
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
    return True


PARTS: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "migrations": migrations_are_applied,
    "broker": broker_answers,
}


def log_is_verified() -> bool:
    """Tell whether the audit log is verified all the time, and nothing was found. Raises DatabaseError."""
    return not known_log_state().log_alerts


def copies_agree() -> bool:
    """Tell whether all places that keep or sign checkpoints answer, and agree. Raises DatabaseError."""
    return not known_log_state().copy_alerts


WATCHED: dict[str, Callable[[], bool]] = {
    "audit_log": log_is_verified,
    "checkpoints": copies_agree,
}
"""What does not keep the site from serving."""
