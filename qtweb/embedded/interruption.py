"""Turns the signals that end a run into exceptions, so that what was started is ended on the way out."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_AGAIN_SECONDS = 0.02


def _raise(number: int, frame: FrameType | None) -> None:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


@contextmanager
def raised() -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt (where a shell had it ignored, too), SIGTERM and SIGHUP SystemExit."""
    with _handled_by(_raise), _sent_again():
        yield


@contextmanager
def ignored() -> Iterator[None]:
    """A second Ctrl-C does not interrupt the cleaning up after the first."""
    with _handled_by(signal.SIG_IGN):
        yield


@contextmanager
def held_back() -> Iterator[None]:
    """No signal comes between the start of a child and the note of it: one that was sent comes at the end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _handled_by(handler: object) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    before = {number: signal.signal(number, handler) for number in ENDING}  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, handler_before in before.items():
            signal.signal(number, handler_before)


@contextmanager
def _sent_again() -> Iterator[None]:
    """Send a signal again whose exception the interpreter ignored.

    It does that to whatever is raised in a finalizer, or by a hook that runs after a fork (logging has one).
    """
    before = sys.unraisablehook

    def hear(ignored_: sys.UnraisableHookArgs) -> None:
        number = _number_of(ignored_.exc_value)
        if number is None:
            before(ignored_)
        else:
            # By a thread and a little later: raised in here it would be ignored once more.
            threading.Timer(_AGAIN_SECONDS, os.kill, (os.getpid(), number)).start()

    sys.unraisablehook = hear
    try:
        yield
    finally:
        sys.unraisablehook = before


def _number_of(error: BaseException | None) -> int | None:
    """The signal that raised this, by `_raise`; None for any other exception."""
    if isinstance(error, KeyboardInterrupt):
        return signal.SIGINT
    if isinstance(error, SystemExit) and error.code in [128 + number for number in ENDING]:
        return int(error.code) - 128
    return None
