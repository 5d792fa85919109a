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
from typing import Protocol

from execution.venues.simulated.record import VenueRecord
from qtweb.embedded.children import spawn
from qtweb.embedded.instance import CHECKOUT
from qtweb.embedded.processes import children_of
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
BEAT = [*CELERY, "beat", "--scheduler", "celery.beat.Scheduler", "--pidfile=", "--loglevel", "WARNING"]
COMMANDS: dict[str, Sequence[str]] = {
    "venue": [sys.executable, "manage.py", "venue", "SIM"],
    "mtf": [sys.executable, "manage.py", "venue", "MTF"],
    "gateway": [sys.executable, "manage.py", "venue_gateway"],
    "second_gateway": [sys.executable, "manage.py", "venue_gateway"],
    "worker": [*WORKER, "--hostname", "first@%h", *QUIET],
    "second_worker": [*WORKER, "--hostname", "second@%h", *QUIET],
    "beat": [*BEAT],
    "second_beat": [*BEAT],
    "integrator": [sys.executable, "manage.py", "audit_integrator"],
}


class HasEnvironment(Protocol):
    """A database of one test's own, as far as processes need to know of it."""

    @property
    def environment(self) -> dict[str, str]: ...


class Site:
    """Processes by name; each may be killed and started again. Logs and the venues' stores are in `home`.

    There is a second venue, "mtf", where that is asked for.
    """

    def __init__(
        self, database: HasEnvironment, home: Path, *, faults: str = "", has_mtf: bool = False
    ) -> None:
        self.home = home
        self._held = ExitStack()
        self.port = self._held.enter_context(reserved_port())
        self.mtf_port = self._held.enter_context(reserved_port()) if has_mtf else 0
        second = f",MTF=127.0.0.1:{self.mtf_port}" if has_mtf else ""
        self.environment = {
            **database.environment,
            "VENUES": f"SIM=127.0.0.1:{self.port}{second}",
            "VENUE_STORE": str(home / "venue.sqlite3"),
        }
        self.let_venue_misbehave(faults)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def let_venue_misbehave(self, faults: str) -> None:
        """A venue that is started from now on does this to what it sends."""
        self.environment["VENUE_FAULTS"] = faults

    @property
    def record(self) -> VenueRecord:
        """The venue's own record."""
        return VenueRecord(self.home / "venue.sqlite3")

    @property
    def mtf_record(self) -> VenueRecord:
        """The second venue's own record."""
        return VenueRecord(self.home / "mtf.sqlite3")

    def start(self, *names: str) -> None:
        """Start these; the venue listens when this returns."""
        for name in names:
            self.run(name, COMMANDS[name])
        if "venue" in names:
            wait_until(lambda: _listens(self.port), "the venue listens")
        if "mtf" in names:
            wait_until(lambda: _listens(self.mtf_port), "the second venue listens")

    def run(self, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a command under a name of the test's choice."""
        with (self.home / f"{name}.log").open("ab") as log:
            process = spawn(
                list(command),
                signal.SIGKILL,
                cwd=CHECKOUT,
                env=self.environment
                | ({"VENUE_STORE": str(self.home / "mtf.sqlite3")} if name == "mtf" else {}),
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

    def freeze(self, name: str) -> None:
        """Let the process and its children stand still until they are thawed or killed."""
        os.killpg(self._running[name].pid, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let a frozen process go on; one that has ended meanwhile does not."""
        with suppress(ProcessLookupError):
            os.killpg(self._running[name].pid, signal.SIGCONT)

    def kill_children(self, name: str, *, older_than_s: float) -> int:
        """SIGKILL the children of a process that are so old; it lives on. Returns how many there were."""
        before = (time.clock_gettime(time.CLOCK_BOOTTIME) - older_than_s) * os.sysconf("SC_CLK_TCK")
        children = [each for each in children_of(self._running[name].pid) if each.started_ticks < before]
        for child in children:
            child.send(signal.SIGKILL)
        return len(children)

    def is_running(self, name: str) -> bool:
        """Whether it was started, not killed, and has not ended by itself."""
        return name in self._running and self._running[name].poll() is None

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
