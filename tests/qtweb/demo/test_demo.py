"""The demo as a person runs it: a process of its own, judged by its exit status, its words and what it leaves."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qtweb.embedded import processes
from qtweb.embedded.instance import CHECKOUT

REAL_BARS = CHECKOUT.parent / "shared" / "data" / "market" / "us_equities_minute_trades.csv"
HEADER = "symbol,date,time,open,high,low,close,volume\n"
ROW = "SPY,2013-10-04,09:30:00,167.2,167.3,167.1,167.2,1000\n"
PATIENCE_SECONDS = 240
INTERRUPTED = 130

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start_demo() -> Iterator[Start]:
    """Starts the demo, and ends it with the test if it is still there."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "qtweb.demo", *arguments],
            cwd=CHECKOUT,
            env={name: value for name, value in os.environ.items() if name != processes.MARKER},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


def printed_by(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    return output


def read_until(process: subprocess.Popen[str], words: str) -> None:
    """Let the demo run until it has printed these words."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if words in line:
            return
    pytest.fail("".join(["it ended before:\n", *seen]))


def home_named_by(pid: int) -> str | None:
    """The instance in a process's environment; None where it names none or has just ended."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    named = re.search(rb"QTWEB_INSTANCE=([^\0]+)", environment)
    return named[1].decode() if named else None


def home_of(process: subprocess.Popen[str]) -> Path:
    """The instance in which the demo's children live.

    A child between its fork and its exec still shows the demo's own environment, which names none: look again.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        homes = {home_named_by(child.pid) for child in processes.children_of(process.pid)} - {None}
        if homes:
            (home,) = homes
            return Path(home)
        time.sleep(0.02)
    pytest.fail("the demo has no child that names its instance")


def assert_everything_held(process: subprocess.Popen[str]) -> str:
    output = printed_by(process)
    assert process.returncode == 0, output
    assert re.search(r"All \d+ claims hold", output), output
    assert re.search(r"audit: verified \d+ leaves, root [0-9a-f]{64}", output), output
    assert re.search(r"Shares filled, our record +100,000 of 100,000 ordered", output), output
    assert re.search(r"Shares filled, the venues' +100,000 of 100,000 ordered", output), output
    assert "SIGKILL to the worker" in output
    assert "FAIL" not in output
    return output


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (HEADER + ROW + "SPY,2013-10-04,09:31:00,167.2,x,167.1,167.2,1000\n", "line 3, column high"),
        (HEADER + ROW + "SPY,2013-10-04,9:31,167.2,167.3,167.1,167.2,1000\n", "line 3, column time"),
        (HEADER + ROW + ROW, "line 3, column time"),
        (HEADER, "line 1, column symbol"),
        ("", "line 1, column symbol"),
        (HEADER + ROW, "cannot carry 100,000 shares"),
    ],
)
def test_file_that_cannot_be_used_is_said_at_once(
    start_demo: Start, tmp_path: Path, text: str, complaint: str
) -> None:
    file = tmp_path / "bars.csv"
    file.write_text(text)
    process = start_demo("--bars", str(file))
    output = printed_by(process)
    assert process.returncode == 1
    assert complaint in output
    assert "Traceback" not in output
    assert "Setting up" not in output


def test_file_that_is_not_there_is_said_at_once(start_demo: Start, tmp_path: Path) -> None:
    process = start_demo("--bars", str(tmp_path / "nowhere.csv"))
    output = printed_by(process)
    assert process.returncode == 1
    assert "nowhere.csv" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_demo_that_is_ended_while_it_sets_up_leaves_nothing(
    start_demo: Start, ending: signal.Signals
) -> None:
    process = start_demo()
    read_until(process, "Setting up")
    home = home_of(process)
    process.send_signal(ending)
    output = printed_by(process)
    assert process.returncode == (INTERRUPTED if ending == signal.SIGINT else 128 + ending), output
    assert processes.of_instance(home, home.name) == []
    assert not home.exists()


@pytest.mark.long
def test_demo_that_is_interrupted_in_the_middle_leaves_nothing(start_demo: Start) -> None:
    process = start_demo()
    read_until(process, "slices sent")
    home = home_of(process)
    assert len(processes.of_instance(home, home.name)) > 10
    process.send_signal(signal.SIGINT)
    output = printed_by(process)
    assert process.returncode == INTERRUPTED, output
    assert processes.of_instance(home, home.name) == []
    assert not home.exists()


@pytest.mark.long
def test_everything_the_demo_claims_holds_on_a_made_up_day(start_demo: Start) -> None:
    process = start_demo()
    read_until(process, "ready after")
    home = home_of(process)
    assert_everything_held(process)
    assert processes.of_instance(home, home.name) == []
    assert not home.exists()


@pytest.mark.long
@pytest.mark.skipif(not REAL_BARS.exists(), reason=f"no real bars: {REAL_BARS} is not there")
def test_everything_the_demo_claims_holds_on_real_bars(start_demo: Start) -> None:
    output = assert_everything_held(start_demo("--bars", str(REAL_BARS)))
    assert "SPY on Tuesday 8 October 2013" in output
