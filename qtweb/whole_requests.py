"""Serves a WSGI application through RSGI, granian's own interface: a request is whole before a thread works on it.

So no client holds a thread by being slow: its head is the web server's to wait for, its body the event loop's, and its
answer is handed over at once. What is longer than any request may be is not waited for: the application answers by the
declared length (413, or 411 without one), and finds nothing to read.
"""

import asyncio
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO, RawIOBase
from typing import Any, BinaryIO, NoReturn, cast

THREADS = 4
"""Of one process. Python runs one at a time; the others wait for the database."""

BODY_WITHIN_S = 10.0
MOST_LEFT_BYTES = 16 * 2**20
LEFT_WITHIN_S = 5.0
LONGEST_SILENCE_S = 0.5

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class WholeRequests:
    """An RSGI application around a WSGI application."""

    def __init__(self, application: Application, *, longest_body_bytes: int) -> None:
        self._application = application
        self._longest_body_bytes = longest_body_bytes
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Take in the request, let a thread answer it, and send the answer."""
        length = int(scope.headers.get("content-length") or 0)
        is_too_long = length > self._longest_body_bytes or "transfer-encoding" in scope.headers
        body = Unreadable() if is_too_long else await _body(protocol, length)
        loop = asyncio.get_running_loop()
        status, headers, content = await loop.run_in_executor(self._threads, self._answer, scope, body)
        if is_too_long:
            stream = protocol.response_stream(status, headers)
            await stream.send_bytes(content)
            await _take_in(protocol)
        else:
            protocol.response_bytes(status, headers, content)

    def _answer(self, scope: Any, body: BinaryIO) -> tuple[int, list[tuple[str, str]], bytes]:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
            started[:] = [int(status[:3]), headers]

        answer = self._application(environ_of(scope, body), start_response)
        try:
            content = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        status, headers = started
        return status, headers, content


class Unreadable(RawIOBase, BinaryIO):
    """A body that did not come, or not in time. Reading it raises OSError, which frameworks know what to do with."""

    def read(self, size: int = -1, /) -> NoReturn:
        raise OSError("the body did not come")

    def readline(self, size: int | None = -1, /) -> NoReturn:
        self.read()


async def _body(protocol: Any, length: int) -> BinaryIO:
    if not length:
        return BytesIO()
    taken = bytearray()
    with suppress(TimeoutError):
        async with asyncio.timeout(BODY_WITHIN_S):
            async for part in protocol:
                taken += part
    return BytesIO(taken) if len(taken) == length else cast(BinaryIO, Unreadable())


async def _take_in(protocol: Any) -> None:
    """Read and forget what the client still sends, so that it gets to read the answer.

    A connection that is closed on unread input is reset, and a client that sends megabytes to their end would see a
    broken pipe in place of its 413 (RFC 9112, 9.6). At most 16 MiB within 5 s, and not beyond half a second of silence.
    """
    now = asyncio.get_running_loop().time
    end, taken = now() + LEFT_WITHIN_S, 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_SILENCE_S) as silence:
            async for part in protocol:
                taken += len(part)
                if taken > MOST_LEFT_BYTES:
                    return
                silence.reschedule(min(end, now() + LONGEST_SILENCE_S))


def environ_of(scope: Any, body: BinaryIO) -> Environ:
    """Return what PEP 3333 calls the environ of a request, for an RSGI scope.

    Names of headers that have an underscore are left out: in an environ nobody could tell X_Forwarded_For from the
    X-Forwarded-For that a proxy vouches for.
    """
    host, _, port = scope.server.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" not in name:
            key = _KEYS.get(name) or "HTTP_" + name.upper().replace("-", "_")
            joined = "; " if name == "cookie" else ","
            environ[key] = f"{environ[key]}{joined}{value}" if key in environ else value
    return environ


_KEYS = {"content-length": "CONTENT_LENGTH", "content-type": "CONTENT_TYPE"}
