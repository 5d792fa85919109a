"""Runs named lines of a Procfile with honcho, so that they die with us even when we are killed.

honcho forks a watcher per line, and the watcher starts the line's command: to kill honcho would leave both.
"""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.process import Popen, Process

from qtweb.embedded.children import tie_of, tie_to
from qtweb.embedded.errors import EmbeddedError


class _TiedProcess(Process):
    """A line whose watcher dies with honcho, and whose command is asked to end when its watcher dies."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._manager_pid = os.getpid()

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        tie_to(self._manager_pid, signal.SIGKILL)
        self._child_ctor = functools.partial(Popen, preexec_fn=tie_of(signal.SIGTERM))
        super().run(events, ignore_signals)


def lines(procfile: Path) -> dict[str, str]:
    """The commands by name."""
    return dict(parse_procfile(procfile.read_text()).processes)


def run(procfile: Path, names: Sequence[str]) -> int:
    """Run the named lines until one ends or a signal comes. Returns honcho's exit status.

    Raises EmbeddedError for a name that the Procfile does not have.
    """
    commands = lines(procfile)
    unknown = set(names) - set(commands)
    if unknown:
        raise EmbeddedError(f"{procfile} has no line {', '.join(sorted(unknown))}")
    manager = Manager()
    manager._process_ctor = _TiedProcess
    for name in names:
        # exec: the shell gives its place to the command, which so gets the signals meant for it.
        manager.add_process(name, f"exec {commands[name]}")
    manager.loop()
    return manager.returncode or 0
