"""A port of a test's own on 127.0.0.1, held from the moment it is chosen until its server is done with it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reserved_port() -> Iterator[int]:
    """Hold a port: nothing else is given it, and a server that sets SO_REUSEADDR (all of ours do) may listen on it.

    A port that is only looked up may be taken before its server binds it, or while that is being restarted: by
    another test, or as the near end of any outgoing connection. A client that calls a port where nobody listens may
    even be connected to itself (RFC 9293, 3.5, simultaneous open) and read its own request as the answer.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
