"""A run ends with everything it started, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from qtweb.embedded import postgres, processes
from qtweb.embedded.errors import LeftoverError, ServiceError
from qtweb.embedded.instance import Instance
from qtweb.embedded.supervisor import Supervisor

RUN = """
import sys, time
from pathlib import Path
from qtweb.embedded.instance import Instance
from qtweb.embedded.supervisor import Supervisor

with Supervisor(Instance.temporary(), Path(sys.argv[1])) as supervisor:
    supervisor.start(["first", "second"])
    while not (supervisor.pid("first") and supervisor.pid("second")):
        time.sleep(0.02)
    print("up", supervisor.instance.home, flush=True)
    time.sleep(600)
"""
FAMILY = "sleep 3002 & setsid sleep 3002 & sleep 3002"


@pytest.fixture
def run(python, write_procfile, eventually, tmp_path: Path) -> tuple[subprocess.Popen[bytes], Path]:
    """A supervisor in a process of its own, with everything up, and the folder of its instance."""
    process = python("-c", RUN, str(write_procfile(first=FAMILY, second=FAMILY)))
    output = tmp_path / "output.txt"
    assert eventually(lambda: "up " in output.read_text())
    return process, Path(output.read_text().rpartition("up ")[2].strip())


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signal_ends_everything_and_removes_the_folder(run, number: signal.Signals, status: int) -> None:
    process, home = run
    assert len(processes.of_instance(home, home.name)) > 10
    process.send_signal(number)
    assert process.wait(120) == status
    assert processes.of_instance(home, home.name) == []
    assert not home.exists()


def test_killed_supervisor_leaves_no_process_and_a_folder_that_the_next_run_removes(run, eventually) -> None:
    process, home = run
    process.kill()
    assert eventually(lambda: not processes.of_instance(home, home.name))
    # Any run on this machine sweeps, so one of a neighbour may be at it before ours.
    Instance.temporary().close()
    assert eventually(lambda: not home.exists())


def test_whatever_outlives_the_run_is_reported_and_killed() -> None:
    instance = Instance.temporary()
    stray = subprocess.Popen(["sleep", "3003"], env={**os.environ, **instance.environment()})
    with pytest.raises(LeftoverError, match=f"sleep .{stray.pid}."):
        Supervisor(instance).stop()
    assert stray.wait(120) in (-signal.SIGTERM, -signal.SIGKILL)


def test_processes_that_end_too_soon_are_reported_with_their_last_words(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    procfile = tmp_path / "Procfile"
    procfile.write_text("broken: sh -c 'echo I am broken; exit 7'\n")
    broken = Supervisor(supervisor.instance, procfile)
    with pytest.raises(ServiceError, match="I am broken"):
        broken.start(["broken"], wait_for_health=True)


def test_unknown_process_is_refused(supervisor: Supervisor, write_procfile) -> None:
    wrong = Supervisor(supervisor.instance, write_procfile(known="sleep 1"))
    with pytest.raises(ServiceError, match="has no line unknown"):
        wrong.start(["unknown"], wait_for_health=True)


def test_healthy_is_what_answers_200_at_health_ready(
    supervisor: Supervisor, python, eventually, tmp_path: Path
) -> None:
    assert not supervisor.is_healthy()
    (tmp_path / "health").mkdir()
    (tmp_path / "health" / "ready").write_text("ok")
    port = str(supervisor.instance.web_port)
    python("-m", "http.server", port, "--bind", "127.0.0.1", "--directory", str(tmp_path))
    assert eventually(supervisor.is_healthy)


def test_copied_database_has_the_tables_and_grants_of_its_template(instance: Instance) -> None:
    postgres.create_database(instance, "template")
    with psycopg.connect(instance.migration_database_url("template")) as connection:
        connection.execute("CREATE TABLE thing (id int)")
    postgres.create_database(instance, "copy", template="template")
    with psycopg.connect(instance.database_url("copy")) as connection:
        connection.execute("INSERT INTO thing VALUES (1)")
    postgres.drop_database(instance, "copy")
    postgres.drop_database(instance, "template")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(instance.database_url("copy"))


def test_command_beside_throw_away_services_gives_its_own_status(tmp_path: Path) -> None:
    connect = "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL']).close()"
    text = f'python -c "{connect}" && echo $QTWEB_INSTANCE >$0; exit 3'
    place = tmp_path / "place"
    command = [
        sys.executable,
        "-m",
        "qtweb.embedded",
        "run-with-services",
        "--",
        "sh",
        "-c",
        text,
        str(place),
    ]
    assert subprocess.run(command, check=False).returncode == 3
    assert not Path(place.read_text().strip()).exists()
