"""Children that do not outlive us: when we die, even by SIGKILL, the kernel signals them (prctl(2))."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

from qtweb.embedded.interruption import held_back

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def spawn(command: Sequence[str], death_signal: signal.Signals, **options: Any) -> subprocess.Popen[bytes]:
    """Start a child that gets `death_signal` when this process ends; `options` are those of subprocess.Popen.

    The kernel watches the thread that starts the child: use one that lives as long as the process.
    """
    # preexec_fn is unsafe beside threads where it takes a lock: this one only makes three system calls.
    return subprocess.Popen(command, preexec_fn=tie_of(death_signal), **options)  # noqa: PLW1509


def complete(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a child to its end, with its output as text; it is killed when this process ends first.

    Leaving by an exception, it is gone as well: subprocess.run would not wait for the one that it kills.
    """
    child = None
    try:
        with held_back():
            child = spawn(command, signal.SIGKILL, **options)
        outputs = child.communicate()
    except BaseException:
        if child is not None:
            child.kill()
            child.wait()
        raise
    output, errors = (data if data is None else data.decode(errors="replace") for data in outputs)
    return subprocess.CompletedProcess(command, child.returncode, output, errors)


def tie_of(death_signal: signal.Signals) -> Callable[[], None]:
    """What a child of this process has to call before exec to be tied to it.

    After any change of user, which would clear the tie: subprocess keeps to that order.
    """
    parent = os.getpid()

    def tie() -> None:
        tie_to(parent, death_signal)
        # A parent that waits with sigwait has signals blocked, and exec would keep them blocked.
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    return tie


def tie_to(parent: int, death_signal: signal.Signals) -> None:
    """Tie the calling process to its parent, whose pid is `parent`; die at once if that is dead already."""
    _prctl(_PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def adopt_orphans() -> None:
    """Make the calling process the parent of every descendant whose own parent dies."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
