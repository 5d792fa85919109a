"""`keep` brings a command back, and takes along what the command started."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from qtweb.embedded import pid_file, processes

NAME = "kept"
# A child in its process group, one in a session of its own, and one in front: what a worker's pool may look like.
FAMILY = "sleep 3001 & setsid sleep 3001 & sleep 3001"


@pytest.fixture
def keep(python, tmp_path: Path) -> Callable[[str], subprocess.Popen[bytes]]:
    return lambda text: python(
        "-m", "qtweb.embedded", "keep", NAME, "--", "sh", "-c", text, QTWEB_INSTANCE=str(tmp_path)
    )


@pytest.fixture
def sleepers(tmp_path: Path) -> Callable[[], set[int]]:
    """The pids of all sleeping members of the kept command's family."""
    return lambda: {p.pid for p in processes.of_instance(tmp_path, tmp_path.name) if p.command == "sleep"}


def test_killed_command_comes_back_and_leaves_no_grandchild(
    keep, sleepers, eventually, tmp_path: Path
) -> None:
    keep(FAMILY)
    assert eventually(lambda: len(sleepers()) == 3)
    before, first = sleepers(), pid_file.read(tmp_path, NAME)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: pid_file.read(tmp_path, NAME) not in (first, None))
    assert eventually(lambda: len(sleepers()) == 3)
    assert not before & sleepers()


def test_command_that_ends_by_itself_comes_back(keep, eventually, tmp_path: Path) -> None:
    keep(f"echo run >> {tmp_path}/runs; exit 1")
    assert eventually(
        lambda: (tmp_path / "runs").exists() and (tmp_path / "runs").read_text().count("run") >= 3
    )
    assert "kept ended with status 1" in (tmp_path / "output.txt").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_asked_to_end_it_passes_that_on_and_leaves_nothing(
    keep, sleepers, eventually, tmp_path: Path, number: signal.Signals
) -> None:
    keeper = keep('trap "echo asked; exit 0" TERM; sleep 3001 & setsid sleep 3001 & wait')
    assert eventually(lambda: len(sleepers()) == 2)
    keeper.send_signal(number)
    assert keeper.wait(120) == 0
    assert (tmp_path / "output.txt").read_text() == "asked\n"
    assert sleepers() == set()
    assert pid_file.read(tmp_path, NAME) is None


def test_command_that_will_not_end_is_killed(keep, sleepers, eventually) -> None:
    keeper = keep('trap "" TERM; sleep 3001; sleep 3001')
    assert eventually(lambda: len(sleepers()) == 1)
    keeper.terminate()
    assert keeper.wait(120) == 0
    assert sleepers() == set()


def test_command_is_asked_to_end_when_keep_itself_is_killed(keep, eventually, tmp_path: Path) -> None:
    keeper = keep('trap "echo asked; exit 0" TERM; echo up; while :; do sleep 0.05; done')
    assert eventually(lambda: "up" in (tmp_path / "output.txt").read_text())
    keeper.kill()
    assert eventually(lambda: "asked" in (tmp_path / "output.txt").read_text())
    assert eventually(lambda: not processes.of_instance(tmp_path, tmp_path.name))
