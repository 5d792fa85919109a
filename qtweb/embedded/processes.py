"""What /proc knows: when a process began, who its children are, and which processes belong to an instance."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MARKER = "QTWEB_INSTANCE"
_SERVERS = ("postgres", "redis-server")


@dataclass(frozen=True)
class Process:
    """A process told apart from a later one with the same pid by its start, in clock ticks since boot."""

    pid: int
    started_ticks: int
    parent: int
    command: str
    state: str

    def is_running(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        now = read(self.pid)
        return now is not None and now.started_ticks == self.started_ticks and now.state != "Z"

    def send(self, number: signal.Signals) -> None:
        """Signal it, if it is still this process."""
        if self.is_running():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return  # it ended in between, which is what the signal was for


def read(pid: int) -> Process | None:
    """The process with this pid, or None when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command stands in parentheses and may itself hold spaces and parentheses: proc_pid_stat(5).
    head, _, tail = text.rpartition(")")
    fields = tail.split()
    return Process(
        pid=pid,
        started_ticks=int(fields[19]),
        parent=int(fields[1]),
        command=head.partition("(")[2],
        state=fields[0],
    )


def running() -> Iterator[Process]:
    """Every process of the machine that we may see, except zombies."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            process = read(int(entry.name))
            if process is not None and process.state != "Z":
                yield process


def children_of(pid: int) -> list[Process]:
    """The living children of a process."""
    return [process for process in running() if process.parent == pid]


def of_instance(home: Path, title: str) -> list[Process]:
    """Every process that runs for the instance in `home`, the caller and its ancestors left out.

    Ours carry the home in their environment. The servers overwrite theirs with a title for ps(1), which holds
    the instance's title instead (in PostgreSQL's cluster_name and in the path of Redis's socket).
    """
    own = _ancestors()
    return [process for process in running() if process.pid not in own and _carries(process, home, title)]


def stop(found: list[Process], grace_seconds: float) -> None:
    """Terminate these processes, and kill what is left after the grace."""
    for process in found:
        process.send(signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while any(process.is_running() for process in found) and time.monotonic() < deadline:
        time.sleep(0.02)
    for process in found:
        process.send(signal.SIGKILL)


def _carries(process: Process, home: Path, title: str) -> bool:
    if process.command in _SERVERS and title.encode() in _content(process.pid, "cmdline"):
        return True
    return f"{MARKER}={home}".encode() in _content(process.pid, "environ").split(b"\0")


def _content(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""  # gone, or another user's and therefore not ours


def _ancestors() -> set[int]:
    pids: set[int] = set()
    process = read(os.getpid())
    while process is not None:
        pids.add(process.pid)
        process = read(process.parent)
    return pids
