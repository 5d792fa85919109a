"""Sixteen HTTP clients on keep-alive connections, each posting its next order when the last one is answered.

They write and read sockets themselves: a client library would take a good part of the machine that it measures.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

_TIMEOUT_SECONDS = 30.0
_CREATED = b"201"
Order = Callable[[], dict[str, Any]]
"""Makes the next order's body."""


@dataclass(frozen=True)
class Measurement:
    """What the clients saw in `seconds`: latencies in ms of the orders that were answered 201, and what was not.

    `client_cpu_share` is what the clients themselves took of one core.
    """

    seconds: float
    latencies_ms: list[float]
    errors: list[str]
    client_cpu_share: float
    sent: int
    """Orders answered 201 from the first to the last, the warm-up included: what the database has to hold."""

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds

    def percentile_ms(self, percent: int) -> float:
        """Return the latency that `percent` of the orders did not exceed."""
        return quantiles(self.latencies_ms, n=100, method="inclusive")[percent - 1]


@dataclass
class _Client:
    """One client: `done` holds when each order was answered and how long that took, in seconds."""

    port: int
    head: bytes
    next_order: Order
    done: list[tuple[float, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def run(self, until: float) -> None:
        try:
            with socket.create_connection(("127.0.0.1", self.port), _TIMEOUT_SECONDS) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while time.perf_counter() < until:
                    self._post(connection)
        except OSError as error:
            self.errors.append(repr(error))

    def _post(self, connection: socket.socket) -> None:
        body = json.dumps(self.next_order()).encode()
        began = time.perf_counter()
        connection.sendall(b"%s%d\r\n\r\n%s" % (self.head, len(body), body))
        status, answer = _answer(connection)
        ended = time.perf_counter()
        if status == _CREATED:
            self.done.append((ended, ended - began))
        else:
            self.errors.append(f"{status.decode()} {answer.decode(errors='replace')[:500]}")


def measure(
    *, port: int, path: str, tokens: Sequence[str], orders: Sequence[Order], seconds: float
) -> Measurement:
    """Post to `path` for `seconds` after a warm-up of a fifth of that, one client for each token."""
    clients = [
        _Client(port, _head(port, path, token), order) for token, order in zip(tokens, orders, strict=True)
    ]
    start = time.perf_counter() + seconds / 5
    threads = [threading.Thread(target=client.run, args=(start + seconds,)) for client in clients]
    for thread in threads:
        thread.start()
    time.sleep(max(start - time.perf_counter(), 0))
    busy = time.process_time()
    time.sleep(max(start + seconds - time.perf_counter(), 0))
    busy = time.process_time() - busy
    for thread in threads:
        thread.join()
    done = [answered for client in clients for answered in client.done]
    return Measurement(
        seconds=seconds,
        latencies_ms=[took * 1000 for ended, took in done if start <= ended < start + seconds],
        errors=[error for client in clients for error in client.errors],
        client_cpu_share=busy / seconds,
        sent=len(done),
    )


def _head(port: int, path: str, token: str) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Authorization: Token {token}",
        "Content-Type: application/json",
        "Content-Length: ",
    ]
    return "\r\n".join(lines).encode()


def _answer(connection: socket.socket) -> tuple[bytes, bytes]:
    """Read one answer with a Content-Length and return status and body. Raises ConnectionError without one."""
    received = connection.recv(65_536)
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    _, found, length = head.lower().partition(b"\r\ncontent-length:")
    if not found:
        raise ConnectionError(f"an answer without its length: {head!r}")
    missing = int(length.partition(b"\r\n")[0]) - len(body)
    while missing > 0:
        part = _more(connection)
        body += part
        missing -= len(part)
    return head[9:12], body


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(65_536)
    if not part:
        raise ConnectionError("the site closed the connection in the middle")
    return part
