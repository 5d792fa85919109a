"""Answer at once, then take in what the client is still sending, so that it gets to read the answer.

A connection that is closed on unread input is reset, and its client never sees the 413 or 401 (RFC 9112, 9.6).
gunicorn takes in 64 KiB; a client that sends a body of megabytes to its end would only see a broken pipe.
"""

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

MOST_BYTES = 16 * 2**20
LONGEST_S = 5.0
LONGEST_SILENCE_S = 0.5
_READ_BYTES = 65_536
_SOCKET = "gunicorn.socket"

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Lingering:
    """A WSGI application around another; where the server is not gunicorn it only passes on."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = self._application(environ, start_response)
        has_body = environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ
        return _Answer(answer, environ) if has_body and _SOCKET in environ else answer


class _Answer:
    """An answer that is followed by taking in the rest of the request: servers call close() after sending."""

    def __init__(self, answer: Iterable[bytes], environ: Environ) -> None:
        self._answer = answer
        self._environ = environ

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        if hasattr(self._answer, "close"):
            self._answer.close()
        _take_in(self._environ)


def _take_in(environ: Environ) -> None:
    """Read and forget, at most 16 MiB within 5 s, and not beyond half a second of silence: no client holds a thread.

    What is not ended by then is cut off, or gunicorn would wait for it in its own turn.
    """
    client, body = environ[_SOCKET], environ["wsgi.input"]
    deadline, taken = time.monotonic() + LONGEST_S, 0
    with suppress(OSError):  # too slow, or gone: the answer is sent, and nothing else is owed
        while taken < MOST_BYTES and (left := deadline - time.monotonic()) > 0:
            client.settimeout(min(left, LONGEST_SILENCE_S))
            read = len(body.read(_READ_BYTES))
            if not read:
                client.settimeout(None)
                return
            taken += read
    with suppress(OSError):
        client.shutdown(socket.SHUT_RD)
        client.settimeout(None)
