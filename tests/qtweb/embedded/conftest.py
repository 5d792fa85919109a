"""One throw-away instance for the tests that only look at it; the others start their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qtweb.embedded.instance import CHECKOUT, Instance
from qtweb.embedded.supervisor import Supervisor

PATIENCE_SECONDS = 120.0


@pytest.fixture(scope="package")
def supervisor() -> Iterator[Supervisor]:
    with Supervisor(Instance.temporary()) as running:
        yield running


@pytest.fixture(scope="package")
def instance(supervisor: Supervisor) -> Instance:
    return supervisor.instance


@pytest.fixture
def python(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a Python process of the test's own, with its output in `output.txt`, and ends it with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "output.txt").open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=CHECKOUT,
                env={**os.environ, **environment},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], bool]:
    """Whether a condition comes true while patience lasts."""

    def holds(condition: Callable[[], object]) -> bool:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.02)
        return False

    return holds


@pytest.fixture
def write_procfile(tmp_path: Path) -> Callable[..., Path]:
    """A Procfile whose lines are kept shell commands."""

    def write(**commands: str) -> Path:
        lines = [
            f"{name}: python -m qtweb.embedded keep {name} -- sh -c '{text}'"
            for name, text in commands.items()
        ]
        path = tmp_path / "Procfile"
        path.write_text("\n".join(lines) + "\n")
        return path

    return write
