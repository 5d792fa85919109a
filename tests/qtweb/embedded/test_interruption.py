"""A signal that ends a run is never lost, wherever the interpreter is when it comes."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from qtweb.embedded.instance import CHECKOUT

SIGNAL_AFTER_FORK = """
import os, subprocess, sys, time
from qtweb.embedded import interruption

def send():
    if sent:
        os.kill(os.getpid(), sent.pop())

with interruption.raised():
    sent = [int(sys.argv[1])]
    os.register_at_fork(after_in_parent=send)
    subprocess.run(["true"], preexec_fn=lambda: None)
    time.sleep(20)
    print("lost")
"""

SIGNAL_IN_FINALIZER = """
import os, sys, time
from qtweb.embedded import interruption

class Finalized:
    def __del__(self):
        os.kill(os.getpid(), int(sys.argv[1]))
        time.sleep(0)

with interruption.raised():
    Finalized()
    time.sleep(20)
    print("lost")
"""

OTHER_ERROR = """
from qtweb.embedded import interruption

class Finalized:
    def __del__(self):
        raise SystemExit(3)

with interruption.raised():
    Finalized()
    print("went on")
"""


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, cwd=CHECKOUT, check=False, text=True, capture_output=True, timeout=120)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("script", [SIGNAL_AFTER_FORK, SIGNAL_IN_FINALIZER], ids=["fork hook", "finalizer"])
def test_signal_whose_exception_the_interpreter_ignores_ends_the_run(
    script: str, number: signal.Signals
) -> None:
    result = run(script, int(number))
    assert (result.returncode, result.stdout) == (128 + number, ""), result.stderr


@pytest.mark.parametrize("script", [SIGNAL_AFTER_FORK, SIGNAL_IN_FINALIZER], ids=["fork hook", "finalizer"])
def test_interrupt_that_the_interpreter_ignores_is_raised_again(script: str) -> None:
    result = run(script, int(signal.SIGINT))
    assert "KeyboardInterrupt" in result.stderr
    assert result.stdout == ""


def test_other_errors_in_finalizers_are_told_and_ignored_as_ever() -> None:
    result = run(OTHER_ERROR)
    assert result.stdout == "went on\n"
    assert "Exception ignored in" in result.stderr


INTERRUPTED_AT_A_COMMAND = """
import os, signal, sys, threading
from qtweb.embedded import interruption, processes
from qtweb.embedded.children import complete

with interruption.raised():
    threading.Timer(1, os.kill, (os.getpid(), int(sys.argv[1]))).start()
    try:
        complete(["sh", "-c", "trap '' INT TERM; while true; do sleep 1; done"])
    except (KeyboardInterrupt, SystemExit):
        print([process.command for process in processes.children_of(os.getpid())])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command_that_was_running_is_gone_when_the_interruption_arrives(number: signal.Signals) -> None:
    result = run(INTERRUPTED_AT_A_COMMAND, int(number))
    assert result.stdout == "[]\n", result.stderr


INTERRUPTED_BY_ITS_OWN_CHILD = """
import os, sys
from qtweb.embedded import interruption, processes
from qtweb.embedded.children import complete

for _ in range(20):
    with interruption.raised():
        try:
            # A sleep of its own would outlive the killed shell, and hold what this script prints to for 30 s.
            complete(["sh", "-c", "kill -" + sys.argv[1] + " $PPID; exec sleep 30"])
        except (KeyboardInterrupt, SystemExit):
            left = [process.command for process in processes.children_of(os.getpid())]
            if left:
                sys.exit(f"left: {left}")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_that_comes_while_a_command_starts_leaves_none_behind(number: signal.Signals) -> None:
    result = run(INTERRUPTED_BY_ITS_OWN_CHILD, int(number))
    assert result.returncode == 0, result.stderr
