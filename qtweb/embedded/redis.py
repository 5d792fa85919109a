"""The embedded Redis: Celery's broker. It keeps nothing on disk: the database is what schedules work."""

from __future__ import annotations

import signal
import subprocess
from typing import IO

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from qtweb.embedded import unprivileged
from qtweb.embedded.binaries import Binaries
from qtweb.embedded.children import spawn
from qtweb.embedded.instance import Instance


def start(instance: Instance, binaries: Binaries, *, log: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """Run the server as a child of this process, on a socket of the instance and nowhere else.

    What it says goes to `log`, or where this process says it.
    """
    options = {
        "port": "0",
        "unixsocket": str(instance.redis_socket),
        "unixsocketperm": "700",
        "dir": str(instance.sockets),
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
        "loglevel": "warning",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    command = [str(binaries.path("redis-server")), *arguments]
    return spawn(
        command,
        signal.SIGTERM,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        **unprivileged.identity(),
    )


def answers(instance: Instance) -> bool:
    """Whether it answers a ping now."""
    with Redis(unix_socket_path=str(instance.redis_socket), socket_timeout=2) as client:
        try:
            return bool(client.ping())
        except RedisConnectionError:
            return False
