"""The API behind its real server: bodies that are too large or never end, and a database that goes away."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from orders.models import Order
from qtweb.embedded.children import spawn
from qtweb.embedded.instance import CHECKOUT
from tests.conftest import CommittedDatabase
from tests.orders.api.conftest import order_body
from tests.ports import reserved_port
from tests.qtweb.api.conftest import token_of
from tests.world import World

ORDERS = "/api/v1/orders"
QUICKLY_S = 30.0
PATIENCE_S = 120.0
SERVER = ["gunicorn", "qtweb.wsgi", "--worker-class", "gthread", "--workers", "1", "--threads", "4"]


def answers(port: int) -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=QUICKLY_S)) as connection, suppress(OSError):
        connection.request("GET", "/health/live")
        return connection.getresponse().status == 200
    return False


@pytest.fixture
def port(committed_database: CommittedDatabase, tmp_path: Path) -> Iterator[int]:
    """Where gunicorn serves the test's own database."""
    with reserved_port() as chosen, serving(chosen, committed_database, tmp_path / "web.log"):
        yield chosen


@contextmanager
def serving(port: int, database: CommittedDatabase, log_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """gunicorn with the site, until the block ends."""
    command = [sys.executable, "-m", *SERVER, "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    with log_path.open("ab") as log:
        server = spawn(
            command,
            signal.SIGKILL,
            cwd=CHECKOUT,
            env=database.environment,
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: answers(port), log_path)
        yield server
    finally:
        server.terminate()
        try:
            server.wait(timeout=QUICKLY_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def until(condition: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


@pytest.fixture
def token(committed_world: World) -> str:
    return token_of(committed_world.trader)


def post(port: int, token: str, body: dict[str, Any]) -> tuple[int, dict[str, str], dict[str, Any]]:
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
        connection.request("POST", ORDERS, json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read())


def send_head(port: int, token: str, *headers: str) -> socket.socket:
    """Send the head of a POST and none of its body."""
    lines = [
        f"POST {ORDERS} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Authorization: Token {token}",
        "Content-Type: application/json",
        *headers,
    ]
    client = socket.create_connection(("127.0.0.1", port), timeout=QUICKLY_S)
    client.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return client


def answer_to(client: socket.socket) -> tuple[int, str, dict[str, Any]]:
    """What the server answers on this connection."""
    with closing(HTTPResponse(client)) as answer:
        answer.begin()
        return answer.status, answer.headers["Content-Type"], json.loads(answer.read())


def test_ten_megabytes_are_refused_before_they_are_sent(port: int, token: str) -> None:
    with send_head(port, token, "Content-Length: 10000000") as client:
        status, media_type, problem = answer_to(client)

    assert (status, media_type, problem["code"]) == (413, "application/problem+json", "INPUT_TOO_LARGE")


def test_a_chunked_body_is_refused_before_it_is_sent(port: int, token: str) -> None:
    with send_head(port, token, "Transfer-Encoding: chunked") as client:
        client.sendall(b"100\r\n" + b"x" * 256 + b"\r\n")
        status, media_type, problem = answer_to(client)

    assert (status, media_type, problem["code"]) == (411, "application/problem+json", "INPUT_LENGTH_REQUIRED")


def test_ten_megabytes_that_are_sent_all_the_same_are_refused_and_the_server_goes_on(
    port: int, token: str
) -> None:
    started = time.monotonic()

    status, _headers, problem = post(port, token, order_body(client_order_id="x" * 10_000_000))

    assert (status, problem["code"]) == (413, "INPUT_TOO_LARGE")
    assert time.monotonic() - started < QUICKLY_S
    assert post(port, token, order_body())[0] == 201


def test_clients_that_announce_a_body_and_fall_silent_hold_no_thread(port: int, token: str) -> None:
    stalled = [send_head(port, "none", "Content-Length: 1000") for _ in range(8)]

    try:
        assert [answer_to(client)[0] for client in stalled] == [401] * len(stalled)
        assert post(port, token, order_body())[0] == 201
    finally:
        for client in stalled:
            client.close()


def test_while_the_database_is_away_it_is_503_and_nothing_is_half_done(
    port: int, token: str, committed_database: CommittedDatabase
) -> None:
    body = order_body()
    assert post(port, token, order_body())[0] == 201
    connections["default"].close()
    with committed_database.away():
        status, headers, problem = post(port, token, body)

    assert (status, problem["code"]) == (503, "SYSTEM_UNAVAILABLE")
    assert int(headers["Retry-After"]) > 0
    deadline = time.monotonic() + PATIENCE_S
    while (status := post(port, token, body)[0]) == 503:
        assert time.monotonic() < deadline
    assert status == 201
    assert Order.objects.filter(client_order_id=body["client_order_id"]).count() == 1
