"""A service held up in the middle of its transaction, until another session does something or waits for it."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any, TypeVar

from django.db import connection

R = TypeVar("R")
PATIENCE_S = 30


class HeldUp:
    """Wraps `function`: its first call says that it was reached and goes on when it is let go."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.reached, self.let_go = Event(), Event()
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        is_first = not self.reached.is_set()
        self.reached.set()
        if is_first:
            assert self.let_go.wait(PATIENCE_S)
        return self._function(*args, **kwargs)


@contextmanager
def sessions(number: int) -> Iterator[Callable[[Callable[[], R]], "Future[R]"]]:
    """Yield what starts a call on a connection of its own."""
    with ThreadPoolExecutor(number) as threads:

        def start(ask: Callable[[], R]) -> "Future[R]":
            return threads.submit(_on_own_connection, ask)

        yield start


def _on_own_connection(ask: Callable[[], R]) -> R:
    try:
        return ask()
    finally:
        connection.close()


def await_waiting(sessions_waiting: int = 1) -> None:
    """Return once so many sessions of this database wait for a lock."""
    deadline = time.monotonic() + PATIENCE_S
    while _waiting() != sessions_waiting:
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.01)


def _waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend' AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])
