"""Starts an instance's services and processes, and answers for it that none outlives the run."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from qtweb.embedded import interruption, pid_file, postgres, processes, procfile, redis, services
from qtweb.embedded.children import complete, spawn
from qtweb.embedded.errors import LeftoverError, ServiceError
from qtweb.embedded.instance import CHECKOUT, Instance

PROCFILE = CHECKOUT / "Procfile"
HEALTH_PATH = "/health/ready"
_SERVICES_SECONDS = 90.0
_HEALTH_SECONDS = 60.0
_STOP_SECONDS = 15.0
_WATCH_SECONDS = 0.5
_LAST_LINES = 30


class Supervisor:
    """A run: `with Supervisor(Instance.temporary()) as supervisor:` has the services ready inside.

    Leaving the block, for whatever reason, ends everything and removes a throw-away instance. SIGINT, SIGTERM
    and SIGHUP leave the block as exceptions; when this process is killed, the kernel tells its children.
    """

    def __init__(self, instance: Instance, procfile_path: Path = PROCFILE) -> None:
        self.instance = instance
        self._procfile = procfile_path
        self._children: list[subprocess.Popen[bytes]] = []
        self._signals = ExitStack()

    def __enter__(self) -> Supervisor:
        self._signals.enter_context(interruption.raised())
        try:
            self.start_services()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self._signals.close()

    def log(self, name: str) -> Path:
        """Where the output of `services` or `processes` goes."""
        return self.instance.home / f"{name}.log"

    def start_services(self) -> None:
        """Returns when PostgreSQL (as qtweb_app) and Redis answer. Raises ServiceError."""
        command = [sys.executable, "-m", "qtweb.embedded", services.NAME]
        child = self._spawn(command, self.log(services.NAME))
        home = self.instance.home
        self._wait(
            lambda: pid_file.read(home, services.NAME) == child.pid, child, services.NAME, _SERVICES_SECONDS
        )
        if not (postgres.application_connects(self.instance) and redis.answers(self.instance)):
            raise ServiceError("the services said they were ready but do not answer")

    def manage(self, *arguments: str) -> str:
        """Run `manage.py` with these arguments and return what it printed. Raises ServiceError."""
        result = complete(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT,
            env=self.instance.child_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if result.returncode != 0:
            raise ServiceError(f"manage.py {' '.join(arguments)} failed:\n{result.stdout}")
        return result.stdout

    def run(self, command: Sequence[str]) -> int:
        """Run a command in the foreground in the instance's environment; its status as a shell has it."""
        with interruption.held_back():
            child = spawn(command, signal.SIGTERM, env=self.instance.child_environment())
            self._children.append(child)
        status = child.wait()
        self._children.remove(child)
        return status if status >= 0 else 128 - status

    def migrate(self) -> None:
        """Bring the tables to the newest migration, as qtweb_migrate. Raises ServiceError."""
        self.manage("migrate", "--database", "migration", "--verbosity", "0")

    def start(
        self,
        names: Sequence[str] | None = None,
        *,
        wait_for_health: bool = False,
        to_terminal: bool = False,
    ) -> None:
        """Run these lines of the Procfile (all but services), into the log `processes` or to the terminal.

        With `wait_for_health` it returns when the site says that it is ready. Raises ServiceError.
        """
        if names is None:
            names = [name for name in procfile.lines(self._procfile) if name != services.NAME]
        command = [sys.executable, "-m", "qtweb.embedded", "procfile", str(self._procfile), *names]
        child = self._spawn(command, None if to_terminal else self.log("processes"))
        if wait_for_health:
            self._wait(self.is_healthy, child, "processes", _HEALTH_SECONDS)

    def is_healthy(self) -> bool:
        """Whether the site answers 200 at /health/ready."""
        connection = http.client.HTTPConnection("127.0.0.1", self.instance.web_port, timeout=5)
        try:
            connection.request("GET", HEALTH_PATH)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def pid(self, name: str) -> int | None:
        """The process that runs now under a `keep` line's name; None while it is being brought back."""
        return pid_file.read(self.instance.home, name)

    def watch(self, seconds: float) -> None:
        """Block for so long. Raises ServiceError at once when services or processes end."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for child in self._children:
                if child.poll() is not None:
                    raise ServiceError(f"{child.args!r} ended with status {child.returncode}")
            time.sleep(_WATCH_SECONDS)

    def stop(self) -> None:
        """End everything, last started first, and close the instance.

        Raises LeftoverError if something was left. That is killed all the same: the error asks for a repair.
        """
        with interruption.ignored():
            while self._children:
                _end(self._children.pop())
            remaining = processes.of_instance(self.instance.home, self.instance.title)
            processes.stop(remaining, grace_seconds=0)
            self.instance.close()
        if remaining:
            raise LeftoverError(f"outlived the run: {', '.join(f'{p.command} ({p.pid})' for p in remaining)}")

    def _spawn(self, command: list[str], log: Path | None) -> subprocess.Popen[bytes]:
        with ExitStack() as opened:
            output = None if log is None else opened.enter_context(log.open("ab"))
            opened.enter_context(interruption.held_back())
            child = spawn(
                command,
                signal.SIGTERM,
                cwd=CHECKOUT,
                env=self.instance.child_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C at the terminal reaches us alone, and we end things in order
            )
            self._children.append(child)
        return child

    def _wait(
        self, ready: Callable[[], bool], child: subprocess.Popen[bytes], name: str, patience_seconds: float
    ) -> None:
        deadline = time.monotonic() + patience_seconds
        while not ready():
            if child.poll() is not None:
                raise ServiceError(f"{name} ended with status {child.returncode}:\n{self._tail(name)}")
            if time.monotonic() > deadline:
                raise ServiceError(f"{name} not ready within {patience_seconds:.0f} s:\n{self._tail(name)}")
            time.sleep(0.02)

    def _tail(self, name: str) -> str:
        log = self.log(name)
        return "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:]) if log.exists() else ""


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
