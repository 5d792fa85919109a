"""The lasting instance is found again, stopped and deleted from another process."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qtweb.embedded import folders, processes, serve
from qtweb.embedded.instance import CHECKOUT, Instance

# Stands in for the site: what serve calls, and a page that says it is ready.
MANAGE = """
import sys
if sys.argv[1] == {failing!r}:
    sys.exit("it does not work")
if "--print-access" in sys.argv:
    print("trader / password")
"""
SITE = "python -m http.server $WEB_PORT --bind 127.0.0.1 --directory page"
PROCFILE = f"web: python -m qtweb.embedded keep web -- {SITE}\n"

HOLD = """
import sys, time
from pathlib import Path
from qtweb.embedded.instance import Instance
from qtweb.embedded.supervisor import Supervisor

with Supervisor(Instance.lasting(Path(sys.argv[1]))):
    print("up", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The place of a lasting instance that is not the checkout's own."""
    monkeypatch.setattr(serve, "CHECKOUT", tmp_path)
    yield folders.lasting(tmp_path)
    shutil.rmtree(folders.lasting(tmp_path), ignore_errors=True)


@pytest.fixture
def running(home: Path, python, eventually, tmp_path: Path) -> subprocess.Popen[bytes]:
    process = python("-c", HOLD, str(tmp_path))
    assert eventually(lambda: "up" in (tmp_path / "output.txt").read_text())
    return process


@pytest.fixture
def write_checkout(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A checkout with the real services and a stand-in for the site, one of whose commands may fail."""

    def write(failing: str = "") -> Path:
        shutil.copytree(CHECKOUT / "qtweb" / "embedded", tmp_path / "qtweb" / "embedded")
        shutil.copytree(CHECKOUT / "deploy", tmp_path / "deploy")
        (tmp_path / "page" / "health").mkdir(parents=True)
        (tmp_path / "page" / "health" / "ready").write_text("ready")
        (tmp_path / "manage.py").write_text(MANAGE.format(failing=failing))
        (tmp_path / "Procfile").write_text(PROCFILE)
        return tmp_path

    yield write
    embedded(tmp_path, "reset")


def embedded(checkout: Path, command: str) -> subprocess.CompletedProcess[str]:
    """`python -m qtweb.embedded COMMAND` in a checkout."""
    return subprocess.run(
        [sys.executable, "-m", "qtweb.embedded", command],
        cwd=checkout,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )


def test_serve_returns_with_the_way_in_while_the_site_runs_on(write_checkout) -> None:
    checkout = write_checkout()
    first = embedded(checkout, "serve")
    assert first.returncode == 0, first.stdout
    assert "trader / password" in first.stdout
    instance = Instance.attached(folders.lasting(checkout))
    assert f"Serving at {instance.web_url}" in first.stdout
    assert urllib.request.urlopen(f"{instance.web_url}/health/ready").read() == b"ready"
    second = embedded(checkout, "serve")
    assert f"already running at {instance.web_url}" in second.stdout
    assert "Stopped (pid" in embedded(checkout, "stop").stdout
    assert processes.of_instance(instance.home, instance.title) == []
    assert not instance.sockets.exists()


@pytest.mark.parametrize("failing", ["migrate", "seed_universe"])
def test_serve_that_does_not_come_up_says_why_and_leaves_nothing(write_checkout, failing: str) -> None:
    checkout = write_checkout(failing)
    result = embedded(checkout, "serve")
    instance = Instance.attached(folders.lasting(checkout))
    assert result.returncode == 1
    assert "it does not work" in result.stdout
    assert processes.of_instance(instance.home, instance.title) == []


def test_second_serve_says_where_the_first_runs_and_starts_nothing(
    running: subprocess.Popen[bytes], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    title = Instance.attached(home).title
    before = {process.pid for process in processes.of_instance(home, title)}
    serve.start()
    assert capsys.readouterr().out.strip() == (
        f"already running at {Instance.attached(home).web_url} (pid {running.pid}, data in {home})"
    )
    assert {process.pid for process in processes.of_instance(home, title)} == before


def test_stop_ends_it_and_reset_deletes_its_data(
    running: subprocess.Popen[bytes], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    serve.stop()
    assert f"Stopped (pid {running.pid})" in capsys.readouterr().out
    assert running.wait(120) == 128 + signal.SIGTERM
    assert processes.of_instance(home, Instance.attached(home).title) == []
    assert (home / "postgres").is_dir()
    serve.reset()
    assert f"Deleted {home}" in capsys.readouterr().out
    assert not home.exists()


def test_stop_finds_what_a_killed_run_left_by_its_marker(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = Instance.lasting(tmp_path)
    stray = subprocess.Popen(["sleep", "3004"], env=dead.environment())
    dead.close()
    serve.stop()
    assert f"Stopped sleep (pid {stray.pid})" in capsys.readouterr().out
    assert stray.wait(120) == -signal.SIGTERM


def test_stop_and_reset_of_nothing_say_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    serve.reset()
    assert capsys.readouterr().out == f"Nothing is running\nNothing to delete: there is no {home}\n"
