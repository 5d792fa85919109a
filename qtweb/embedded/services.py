"""`python -m qtweb.embedded services`: PostgreSQL and Redis in the foreground, until a signal ends both."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

from qtweb.embedded import binaries, pid_file, postgres, redis
from qtweb.embedded.errors import ServiceError
from qtweb.embedded.instance import Instance

NAME = "services"
_READY_SECONDS = 60.0  # recovery after a crash may take a while
_STOP_SECONDS = 10.0
_ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
_WATCHED = _ENDING | {signal.SIGCHLD}


def run(instance: Instance) -> int:
    """Start both, say so, wait. Returns the exit status: 0 when a signal ended it, 1 when a server did.

    Raises ServiceError when one does not come up.
    """
    # Signals are taken one by one from the kernel: none can arrive between a check and a wait.
    signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    found = binaries.reachable(instance.home / "binaries")
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        postgres.prepare(instance, found)
        children["redis"] = redis.start(instance, found)
        children["postgres"] = postgres.start(instance, found)
        _wait_until(lambda: postgres.accepts_connections(instance), children)
        _wait_until(lambda: redis.answers(instance), children)
        postgres.apply_roles(instance, found)
        pid_file.write(instance.home, NAME, os.getpid())
        print(f"services: ready, PostgreSQL and Redis in {instance.sockets}", flush=True)
        return _wait_for_the_end(children)
    finally:
        pid_file.remove(instance.home, NAME)
        _stop(children)


def _wait_until(ready: Callable[[], bool], children: dict[str, subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not ready():
        _refuse_dead(children)
        if signal.sigtimedwait(_ENDING, 0.02) is not None:
            raise ServiceError("stopped before the services were ready")
        if time.monotonic() > deadline:
            raise ServiceError(f"the services were not ready within {_READY_SECONDS:.0f} s")


def _wait_for_the_end(children: dict[str, subprocess.Popen[bytes]]) -> int:
    while signal.sigwait(_WATCHED) == signal.SIGCHLD:
        try:
            _refuse_dead(children)
        except ServiceError as failure:
            print(f"services: {failure}", flush=True)
            return 1
    return 0


def _refuse_dead(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise ServiceError(f"{name} ended with status {child.returncode}")


def _stop(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, child in children.items():
        child.send_signal(postgres.FAST_SHUTDOWN if name == "postgres" else signal.SIGTERM)
    for child in children.values():
        with suppress(subprocess.TimeoutExpired):
            child.wait(_STOP_SECONDS)
        child.kill()
        child.wait()
