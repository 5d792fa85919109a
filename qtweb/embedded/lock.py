"""One holder per instance: an flock(2), which the kernel lets go when its holder dies in whatever way."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path

from qtweb.embedded import processes
from qtweb.embedded.errors import BusyInstanceError, EmbeddedError

_PATIENCE_SECONDS = 0.5


class Lock:
    """Held from construction to `release`; the file names the holder by pid and start time."""

    def __init__(self, path: Path, patience_seconds: float = _PATIENCE_SECONDS) -> None:
        """Raises BusyInstanceError when another process holds it for longer than the patience.

        Patience, because whoever only asks for the holder holds it for an instant too.
        """
        self.path = path
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
        deadline = time.monotonic() + patience_seconds
        while not _try(self._file.fileno()):
            if time.monotonic() >= deadline:
                self.release()
                raise BusyInstanceError(f"{path} is held by another process")
            time.sleep(0.02)
        self._sign()

    def release(self) -> None:
        """Let go, if it is not let go already; the file stays for the next holder."""
        self._file.close()

    def _sign(self) -> None:
        process = processes.read(os.getpid())
        if process is None:
            raise EmbeddedError("/proc does not show this process: it has to be mounted")
        text = json.dumps({"pid": process.pid, "started_ticks": process.started_ticks})
        self._file.truncate(0)
        self._file.write(text)
        self._file.flush()


def holder(path: Path) -> processes.Process | None:
    """The process that holds the lock now, or None."""
    if not path.exists():
        return None
    with path.open() as file:
        if _try(file.fileno()):
            return None
        signed = json.loads(file.read() or "null")
    process = processes.read(signed["pid"]) if signed else None
    return process if process is not None and process.started_ticks == signed["started_ticks"] else None


def _try(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
