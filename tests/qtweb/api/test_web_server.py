"""The API behind its real server: bodies that are too large or never end, and a database that goes away."""

import json
import socket
import time
from contextlib import ExitStack, closing
from http.client import HTTPResponse
from pathlib import Path
from select import select
from typing import Any

from django.db import connections

from orders.models import Order
from qtweb.whole_requests import BODY_WITHIN_S, LONGEST_SILENCE_S
from tests.conftest import CommittedDatabase
from tests.orders.api.conftest import order_body
from tests.ports import reserved_port
from tests.qtweb.api.web_server import ORDERS, PATIENCE_S, QUICKLY_S, answers, get, post, serving, until


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


def test_a_head_that_is_too_long_or_has_too_many_fields_reaches_no_application(port: int) -> None:
    for header in ("X-Long: " + "x" * 40_000, "\r\n".join(f"X-{number}: 1" for number in range(200))):
        with send_head(port, "none", header) as client, closing(HTTPResponse(client)) as answer:
            answer.begin()
            assert (answer.status, answer.headers.get("X-Correlation-Id")) == (431, None)
    assert answers(port)


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


ANNOUNCED = (
    "Content-Length: 1000",
    "Content-Length: 100000",
    "Content-Length: 10000000",
    "Transfer-Encoding: chunked",
)


def test_clients_that_announce_a_body_and_fall_silent_keep_nobody_waiting(port: int, token: str) -> None:
    with ExitStack() as stack:
        stalled = {
            sender: [stack.enter_context(send_head(port, sender, header)) for header in ANNOUNCED * 3]
            for sender in (token, "none")
        }
        for began in (0, LONGEST_SILENCE_S * 3):
            time.sleep(began)
            started = time.monotonic()
            assert post(port, token, order_body())[0] == 201
            assert time.monotonic() - started < BODY_WITHIN_S / 2

        answered = {
            sender: [answer_to(client)[0] for client in clients] for sender, clients in stalled.items()
        }

    assert answered == {token: [400, 413, 413, 411] * 3, "none": [401] * 12}


def test_a_form_that_never_comes_holds_no_thread(port: int, token: str) -> None:
    status, headers, _page = get(port, "/admin/login/")
    cookie = headers["Set-Cookie"].partition(";")[0]
    assert status == 200
    with ExitStack() as stack:
        for _ in range(12):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=QUICKLY_S))
            head = f"POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
            client.sendall(
                head.encode()
                + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ncsrf"
            )
        started = time.monotonic()
        assert post(port, token, order_body())[0] == 201
        assert time.monotonic() - started < BODY_WITHIN_S / 2


def test_a_body_that_trickles_in_is_refused_when_its_time_is_over(port: int, token: str) -> None:
    with send_head(port, token, "Content-Length: 1000") as client:
        started = time.monotonic()
        client.setblocking(False)
        while not select([client], [], [], 0.2)[0] and time.monotonic() - started < QUICKLY_S:
            client.sendall(b" ")
        client.setblocking(True)
        status, _media_type, problem = answer_to(client)

    assert (status, problem["code"]) == (400, "INPUT_INVALID")
    assert BODY_WITHIN_S - 1 < time.monotonic() - started < BODY_WITHIN_S * 2


def test_a_server_that_is_killed_leaves_no_worker_that_goes_on_serving(
    committed_database: CommittedDatabase, tmp_path: Path
) -> None:
    log = tmp_path / "web.log"
    with reserved_port() as port, serving(port, committed_database.environment, log, workers=2) as server:
        server.kill()
        server.wait(QUICKLY_S)

        until(lambda: not answers(port), log)


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
