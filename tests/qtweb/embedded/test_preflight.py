"""deploy/preflight.sh names what a machine lacks, and the one command that mends it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qtweb.embedded.instance import CHECKOUT

TOOLS = ("id", "uname", "getconf", "df", "awk")
Machine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Runs the script in an empty folder, on a machine of which single tools answer otherwise."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(shutil.which(name) or name)
    (tools / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3.11")

    def run(**answers: str) -> subprocess.CompletedProcess[str]:
        for name, script in answers.items():
            (tools / name).unlink(missing_ok=True)
            (tools / name).write_text(f"#!/bin/sh\n{script}\n")
            (tools / name).chmod(0o755)
        return subprocess.run(
            ["/bin/sh", str(CHECKOUT / "deploy" / "preflight.sh")],
            cwd=tmp_path,
            env={"PATH": str(tools), "HOME": str(tmp_path)},
            check=False,
            capture_output=True,
            text=True,
        )

    return run


def test_a_fit_machine_gets_the_path_of_its_python(machine: Machine, tmp_path: Path) -> None:
    result = machine()
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"{tmp_path}/tools/python3\n"


@pytest.mark.parametrize(
    ("answers", "problem", "command"),
    [
        ({"python3": "exit 1"}, "Python 3.11 was not found", "install"),
        (
            {"python3": '[ "${2#*version_info}" != "$2" ]'},
            "without the modules venv and ensurepip",
            "install",
        ),
        ({"uname": '[ "$1" = -s ] && echo Darwin || echo arm64'}, "this is Darwin-arm64", "docker run"),
        ({"uname": '[ "$1" = -s ] && echo Linux || echo riscv64'}, "this is Linux-riscv64", "docker run"),
        ({"getconf": "echo glibc 2.27"}, "'glibc 2.27'", "docker run"),
        ({"getconf": "exit 1"}, "'not glibc'", "docker run"),
        ({"df": "echo; echo /dev/x 9 9 1048576 9% /"}, "1024 MB free, and 2048 MB are needed", "git clone"),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_mends_it(
    machine: Machine, answers: dict[str, str], problem: str, command: str
) -> None:
    result = machine(**answers)
    assert result.returncode == 1
    assert result.stdout == ""
    message, _, remedy = result.stderr.strip().partition("\n\n")
    assert problem in message
    assert command in remedy
    assert "\n" not in remedy
