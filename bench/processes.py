"""Runs what is measured: every process of the Procfile, or the plain site under the same line as `web`."""

import http.client
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from qtweb.embedded import procfile
from qtweb.embedded.children import spawn
from qtweb.embedded.instance import CHECKOUT, Instance
from qtweb.embedded.supervisor import HEALTH_PATH, PROCFILE

_READY_SECONDS = 60.0
_STOP_SECONDS = 20.0
_SERVICES = "services"
_SITE, _PLAIN = "qtweb.rsgi:application", "bench.plain.rsgi:application"


@contextmanager
def of_procfile(
    instance: Instance, names: Sequence[str] = (), changes: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run these processes of the Procfile, all of them where none is named; the services run already.

    `changes` are variables that they get in place of the instance's.
    """
    names = names or [name for name in procfile.lines(PROCFILE) if name != _SERVICES]
    command = [sys.executable, "-m", "qtweb.embedded", "procfile", str(PROCFILE), *names]
    environment = {**instance.child_environment(), **(changes or {})}
    with _running(command, environment, instance.home / "bench.log"):
        yield _wait_until_answered(instance.web_port, HEALTH_PATH)


@contextmanager
def plain_site(instance: Instance, environment: Mapping[str, str]) -> Iterator[None]:
    """Run the plain site with the web server and all its settings that the Procfile gives to `web`."""
    words = shlex.split(procfile.lines(PROCFILE)["web"])
    served = [_PLAIN if word == _SITE else word for word in words]
    command = ["sh", "-c", "exec " + " ".join(served)]
    with _running(command, environment, instance.home / "bench-plain.log"):
        yield _wait_until_answered(instance.web_port, "/")


@contextmanager
def _running(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        child = spawn(
            command,
            signal.SIGTERM,
            cwd=CHECKOUT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield
        if child.poll() is not None:
            raise RuntimeError(f"it ended while it was measured:\n{log.read_text(errors='replace')}")
    finally:
        child.terminate()
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait_until_answered(port: int, path: str) -> None:
    """Return when the site answers anything but an error of its own. Raises TimeoutError."""
    deadline = time.monotonic() + _READY_SECONDS
    while not _answers(port, path):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing answers at port {port} within {_READY_SECONDS:.0f} s")
        time.sleep(0.1)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
