"""`python -m qtweb.embedded keep NAME -- COMMAND...`: runs COMMAND and brings it back when it ends by itself.

honcho ends every process when one ends; a worker, though, may be killed at any instant and has to come back.
What the command started goes with it: a killed Celery worker would leave its pool behind as orphans.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from qtweb.embedded import pid_file, processes
from qtweb.embedded.children import adopt_orphans, spawn

# Under the 5 s after which honcho kills what it asked to end: this process has to be there to clean up.
GRACE_SECONDS = 3.5
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_STEADY_SECONDS = 10.0  # who ran this long did not fail at starting: the pauses begin anew
_ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


class Keeper:
    """Keeps one command running under a name until a signal ends it."""

    def __init__(self, home: Path, name: str, command: Sequence[str]) -> None:
        self._home, self._name, self._command = home, name, list(command)
        self._asked_to_end = False

    def run(self) -> int:
        """Returns 0 when asked to end and all has ended. Raises OSError if the command cannot start."""
        # Blocked signals are taken one at a time below: none is lost between a check and a wait.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING | {signal.SIGCHLD})
        adopt_orphans()
        pause = _FIRST_PAUSE_SECONDS
        while not self._asked_to_end:
            began = time.monotonic()
            status = self._run_once()
            if self._asked_to_end:
                break
            steady = time.monotonic() - began >= _STEADY_SECONDS
            pause = _FIRST_PAUSE_SECONDS if steady else pause
            print(f"keep: {self._name} ended with status {status}; again in {pause} s", flush=True)
            self._asked_to_end = _next_signal(_ENDING, pause) is not None
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        return 0

    def _run_once(self) -> int:
        # A session of its own is a process group of its own, which can be killed as a whole.
        child = spawn(self._command, signal.SIGTERM, start_new_session=True)
        pid_file.write(self._home, self._name, child.pid)
        try:
            self._wait_for(child.pid)
        finally:
            pid_file.remove(self._home, self._name)
            _kill_group(child.pid)
            status = child.wait()
            _kill_orphans()
        return status

    def _wait_for(self, pid: int) -> None:
        """Until the child has ended or, once asked to end, has used up its grace. Leaves it to be reaped."""
        deadline: float | None = None
        while not _has_ended(pid):
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return
            if _next_signal(_ENDING | {signal.SIGCHLD}, left) in _ENDING and deadline is None:
                self._asked_to_end = True
                deadline = time.monotonic() + GRACE_SECONDS
                os.kill(pid, signal.SIGTERM)


def _has_ended(pid: int) -> bool:
    # Without reaping: as long as the pid is not free, neither is the number of its process group.
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _next_signal(signals: set[signal.Signals], timeout_seconds: float | None) -> int | None:
    if timeout_seconds is None:
        return signal.sigwait(signals)
    received = signal.sigtimedwait(signals, timeout_seconds)
    return None if received is None else received.si_signo


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return  # nothing is left of it


def _kill_orphans() -> None:
    """Kill and reap what left the group for a session of its own: it became ours when its parent died."""
    while orphans := processes.children_of(os.getpid()):
        for orphan in orphans:
            orphan.send(signal.SIGKILL)
            os.waitpid(orphan.pid, 0)
    _reap_all()


def _reap_all() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return  # no child is left
