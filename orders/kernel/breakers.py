"""Circuit breakers: what has failed several times in a row is left alone for a while, and then tried once.

The counting is the library's (circuitbreaker). Added here: a single trial when the while is over, who was asking, and
what people and machines may read of it (orders/kernel/metrics.py). A breaker is a process's own: what one process
cannot reach, another may.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from circuitbreaker import CircuitBreaker

from orders.kernel import metrics
from orders.kernel.clock import recorded_now


class BreakerState(StrEnum):
    """Closed: all calls go through. Half open: one does, and decides what comes next. Open: none does."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


class CircuitOpen(Exception):
    """The call was not made. `retry_after_s` whole seconds from now another may be."""

    def __init__(self, name: str, retry_after_s: int) -> None:
        super().__init__(f"{name} has failed several times in a row and is left alone for {retry_after_s} s")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class BreakerStanding:
    """How a breaker stands: since when (recorded time), and failures in a row."""

    name: str
    state: BreakerState
    since: datetime
    failures: int


class Breaker:
    """Opens after `most_failures` in a row, and lets one trial through `open_s` seconds after the last of them."""

    def __init__(self, name: str, *, most_failures: int, open_s: int) -> None:
        self.name = name
        self._open_s = open_s
        self._circuit = CircuitBreaker(failure_threshold=most_failures, recovery_timeout=open_s, name=name)
        self._lock = threading.Lock()
        self._trial_until = 0.0
        self._since = recorded_now()

    @contextmanager
    def calling(self, *failures: type[Exception]) -> Iterator[None]:
        """Make a call: one of these errors counts as a failure, everything else says that there is an answer.

        Raises CircuitOpen instead of calling.
        """
        self.admit()
        try:
            yield
        except failures as error:
            self.failed(error)
            raise
        except Exception:
            self.succeeded()
            raise
        self.succeeded()

    @property
    def is_open(self) -> bool:
        """Whether no call goes through now."""
        return bool(self._circuit.opened)

    def admit(self) -> None:
        """Let a call through that `failed` or `succeeded` will be told about. Raises CircuitOpen."""
        if self._circuit.closed:
            return
        with self._lock:
            if self._circuit.opened:
                raise CircuitOpen(self.name, max(int(self._circuit.open_remaining), 1))
            if time.monotonic() < self._trial_until:
                raise CircuitOpen(self.name, 1)
            # A trial that nobody tells the end of is given up after the same while.
            self._trial_until = time.monotonic() + self._open_s

    def failed(self, error: Exception) -> None:
        """Count a failure. A failed trial opens the breaker for another while."""
        with self._lock:
            before = self._circuit.state
            self._circuit.__exit__(type(error), error, None)
            self._trial_until = 0.0
            self._tell(before)

    def succeeded(self) -> None:
        """Close the breaker and forget the failures."""
        if not self._circuit.failure_count:
            return
        with self._lock:
            before = self._circuit.state
            self._circuit.reset()
            self._trial_until = 0.0
            self._tell(before)

    def standing(self) -> BreakerStanding:
        """Return how it stands now."""
        state = BreakerState(self._circuit.state)
        return BreakerStanding(self.name, state, self._since, self._circuit.failure_count)

    def _tell(self, before: str) -> None:
        if self._circuit.state != before:
            self._since = recorded_now()
        opens_s = self._circuit.open_remaining if self._circuit.opened else None
        metrics.show_breaker(self.name, self._circuit.failure_count, self._since, opens_s)


def worst_standings(breakers: Iterable[Breaker]) -> list[BreakerStanding]:
    """Return, for each of these, how it stands in the process of this machine that is worst off."""
    worst = {breaker.name: breaker.standing() for breaker in breakers}
    now = recorded_now()
    for name, failures, since, open_until in metrics.shown_breakers():
        state = BreakerState.CLOSED
        if open_until is not None:
            state = BreakerState.OPEN if open_until > now else BreakerState.HALF_OPEN
        shown = BreakerStanding(name, state, since, failures)
        if name in worst and _badness(shown) > _badness(worst[name]):
            worst[name] = shown
    return list(worst.values())


def _badness(standing: BreakerStanding) -> tuple[int, int]:
    rank = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}
    return rank[standing.state], standing.failures
