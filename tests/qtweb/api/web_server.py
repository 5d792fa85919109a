"""The web server with the site on a test's own database, and a client of it."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import Any

from qtweb.embedded.children import spawn
from qtweb.embedded.instance import CHECKOUT

ORDERS = "/api/v1/orders"
QUICKLY_S = 30.0
PATIENCE_S = 120.0


@contextmanager
def serving(
    port: int, environment: dict[str, str], log_path: Path, *, workers: int = 1
) -> Iterator["subprocess.Popen[bytes]"]:
    """The web server with the site, until the block ends. It leads a process group of its own."""
    command = [sys.executable, "-m", "granian", "qtweb.rsgi:application", "--interface", "rsgi"]
    command += ["--workers", str(workers), "--port", str(port), "--http1-buffer-size", "32768"]
    command += ["--workers-kill-timeout", "5"]
    with log_path.open("ab") as log:
        process = spawn(
            command,
            signal.SIGKILL,
            cwd=CHECKOUT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        until(lambda: answers(port), log_path)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=QUICKLY_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(port: int) -> bool:
    """Whether the site says that it is alive."""
    with suppress(OSError):
        return get(port, "/health/live")[0] == 200
    return False


def until(condition: Callable[[], object], log: Path) -> None:
    """Wait for a condition; what the server logged is the message when it does not come."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def get(port: int, path: str, **headers: str) -> tuple[int, HTTPMessage, bytes]:
    """Status, headers and body of a page."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def post(port: int, token: str, body: dict[str, Any]) -> tuple[int, HTTPMessage, dict[str, Any]]:
    """Status, headers and body of the answer to an order."""
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
        connection.request("POST", ORDERS, json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, json.loads(answer.read())
