"""Answer at once, then take in what the client is still sending, so that it gets to read the answer.

A connection that is closed on unread input is reset, and its client never sees the 413 or 401 (RFC 9112, 9.6). The web
server takes in what fits into its buffer; a client that sends a body of megabytes to its end would only see a broken
pipe.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

LONG_BYTES = 65_536
MOST_BYTES = 16 * 2**20
LONGEST_S = 5.0
LONGEST_SILENCE_S = 0.5

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Lingering:
    """A WSGI application around another."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = self._application(environ, start_response)
        is_long = int(environ.get("CONTENT_LENGTH") or 0) > LONG_BYTES or "HTTP_TRANSFER_ENCODING" in environ
        return _Answer(answer, environ["wsgi.input"]) if is_long else answer


class _Answer:
    """An answer that is followed by taking in the rest of the request: the server sends each part as it gets it."""

    def __init__(self, answer: Iterable[bytes], body: BinaryIO) -> None:
        self._answer = answer
        self._body = body
        self._taken = 0

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer
        self.close()
        self._take_in()

    def close(self) -> None:
        """End the answer, which lets go of what it was made with."""
        if hasattr(self._answer, "close"):
            self._answer.close()

    def _take_in(self) -> None:
        """Wait at most 5 s, and not beyond half a second of silence, so that no client holds a thread of the server.

        The thread that reads ends with the connection, which the server closes on what has not come by then.
        """
        reading = threading.Thread(target=self._read, name="lingering", daemon=True)
        reading.start()
        deadline, taken = time.monotonic() + LONGEST_S, -1
        while reading.is_alive() and self._taken > taken and time.monotonic() < deadline:
            taken = self._taken
            reading.join(LONGEST_SILENCE_S)

    def _read(self) -> None:
        while self._taken < MOST_BYTES and (read := len(self._body.read(LONG_BYTES))):
            self._taken += read
