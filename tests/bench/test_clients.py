"""The bench's clients count what was answered 201 in the measured time, and tell of everything else."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

import pytest

from bench.clients import Measurement, measure

SECONDS = 0.3


class Site(BaseHTTPRequestHandler):
    """Answers 201 to the token "good", in two parts, and 403 to others."""

    protocol_version = "HTTP/1.1"
    bodies: list[bytes]

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(201 if self.headers["Authorization"] == "Token good" else 403)
        self.send_header("content-length", "10")
        self.end_headers()
        self.wfile.write(b"01234")
        self.wfile.flush()
        self.wfile.write(b"56789")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Be quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    Site.bodies = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def measured(port: int, *tokens: str) -> Measurement:
    numbers = count()
    orders = [lambda: {"number": next(numbers)}] * len(tokens)
    return measure(port=port, path="/orders", tokens=tokens, orders=orders, seconds=SECONDS)


def test_every_order_that_was_answered_is_counted_and_the_warm_up_is_not_measured(port: int) -> None:
    result = measured(port, "good", "good")

    assert result.errors == []
    assert result.sent == len(Site.bodies) == len(set(Site.bodies))
    assert 0 < len(result.latencies_ms) < result.sent
    assert result.per_second == len(result.latencies_ms) / SECONDS
    assert 0 < result.percentile_ms(50) <= result.percentile_ms(99)
    assert result.client_cpu_share > 0


def test_an_order_that_is_refused_is_an_error_and_nothing_else(port: int) -> None:
    result = measured(port, "bad")

    assert (result.sent, result.latencies_ms) == (0, [])
    assert result.errors[0] == "403 0123456789"
    assert len(result.errors) == len(Site.bodies)


def test_a_site_that_is_not_there_is_an_error_of_every_client(port: int) -> None:
    result = measured(1, "good", "good")

    assert result.sent == 0
    assert ["ConnectionRefusedError" in error for error in result.errors] == [True, True]
