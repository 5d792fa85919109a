"""The processes of execution as a test runs them: real ones, on a database of the test's own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from execution.venues.simulated.record import VenueRecord
from qtweb.embedded.children import spawn
from qtweb.embedded.instance import CHECKOUT
from tests.conftest import CommittedDatabase
from tests.ports import reserved_port

PATIENCE_S = 120.0
"""Only a process that will never do it takes longer, however loaded the machine is."""
CELERY = [sys.executable, "-m", "celery", "-A", "qtweb"]
WORKER = [
    *CELERY,
    "worker",
    "--pool",
    "prefork",
    "--concurrency",
    "1",
    "--without-gossip",
    "--without-mingle",
]
QUIET = ["--without-heartbeat", "--loglevel", "WARNING"]
COMMANDS: dict[str, Sequence[str]] = {
    "venue": [sys.executable, "manage.py", "venue"],
    "gateway": [sys.executable, "manage.py", "venue_gateway"],
    "second_gateway": [sys.executable, "manage.py", "venue_gateway"],
    "worker": [*WORKER, "--hostname", "first@%h", *QUIET],
    "second_worker": [*WORKER, "--hostname", "second@%h", *QUIET],
    "beat": [*CELERY, "beat", "--scheduler", "celery.beat.Scheduler", "--pidfile=", "--loglevel", "WARNING"],
}


class Site:
    """Processes by name; each may be killed and started again. Logs and the venue's store are in `home`."""

    def __init__(self, database: CommittedDatabase, home: Path, *, faults: str = "") -> None:
        self.home = home
        self._held = ExitStack()
        self.port = self._held.enter_context(reserved_port())
        self.environment = {
            **database.environment,
            "VENUE_HOST": "127.0.0.1",
            "VENUE_PORT": str(self.port),
            "VENUE_STORE": str(home / "venue.sqlite3"),
            "VENUE_FAULTS": faults,
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def record(self) -> VenueRecord:
        """The venue's own record."""
        return VenueRecord(self.home / "venue.sqlite3")

    def start(self, *names: str) -> None:
        """Start these; the venue listens when this returns."""
        for name in names:
            self.run(name, COMMANDS[name])
        if "venue" in names:
            wait_until(lambda: _listens(self.port), "the venue listens")

    def run(self, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a command under a name of the test's choice."""
        with (self.home / f"{name}.log").open("ab") as log:
            process = spawn(
                list(command),
                signal.SIGKILL,
                cwd=CHECKOUT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._running[name] = process
        return process

    def kill(self, name: str) -> None:
        """SIGKILL the process and its children, at once; one that has ended is only forgotten."""
        process = self._running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Kill everything that runs."""
        for name in list(self._running):
            self.kill(name)
        self._held.close()

    def log(self, name: str) -> str:
        """What a process has printed."""
        return (self.home / f"{name}.log").read_text(errors="replace")


def wait_until(
    condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE_S, poll_s: float = 0.02
) -> None:
    """Wait for `condition`. Raises AssertionError naming `what` did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(poll_s)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
