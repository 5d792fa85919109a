"""Where an instance lies and how its processes find it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
import psycopg
import pytest
from kombu import Connection

from compliance.transparency.notes import Signer
from qtweb.embedded import folders, unprivileged
from qtweb.embedded.errors import BusyInstanceError, EmbeddedError
from qtweb.embedded.instance import CHECKOUT, Instance
from qtweb.embedded.supervisor import Supervisor

LONGEST_SOCKET_BYTES = 107


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """A checkout so deep that a socket could not be made in it."""
    deep = tmp_path / ("a" * 100) / ("b" * 100)
    deep.mkdir(parents=True)
    yield deep
    shutil.rmtree(folders.lasting(deep), ignore_errors=True)


def parsed(url: str) -> dict[str, object]:
    return dict(dj_database_url.parse(url))


def test_database_urls_survive_djangos_parser(instance: Instance) -> None:
    urls = {
        "qtweb_app": instance.database_url(),
        "qtweb_migrate": instance.migration_database_url(),
        "postgres": instance.superuser_url(),
    }
    for role, url in urls.items():
        settings = parsed(url)
        assert (settings["USER"], settings["HOST"], settings["NAME"]) == (
            role,
            str(instance.sockets),
            "qtweb",
        )


def test_the_environment_leads_to_the_services(instance: Instance) -> None:
    environment = instance.environment()
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL"):
        settings = parsed(environment[name])
        with psycopg.connect(
            host=settings["HOST"], port=settings["PORT"], user=settings["USER"], dbname=settings["NAME"]
        ) as connection:
            assert connection.execute("SELECT session_user").fetchone() == (settings["USER"],)
    with Connection(environment["REDIS_URL"]) as broker:
        broker.ensure_connection(max_retries=1)
        assert broker.connected


def test_an_instance_has_a_key_of_its_own_for_the_audit_log(instance: Instance) -> None:
    file = Path(instance.environment()["QTWEB_AUDIT_KEY_FILE"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    signer = Signer.parse(file.read_text())
    assert signer.name.startswith("qtweb.local/log-")


def test_every_variable_is_documented(instance: Instance) -> None:
    lines = (CHECKOUT / ".env.example").read_text().splitlines()
    documented = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert documented >= set(instance.environment())


def test_children_see_nothing_of_the_callers_python_or_postgres(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "PGHOST", "PGOPTIONS"):
        monkeypatch.setenv(name, "elsewhere")
    assert "elsewhere" not in instance.child_environment().values()


@pytest.mark.parametrize("make", [Instance.temporary, Instance.lasting])
def test_what_a_killed_child_leaves_goes_with_its_instance(
    make: Callable[..., Instance], checkout: Path
) -> None:
    instance = make() if make == Instance.temporary else make(checkout)
    killed = "import os, tempfile; print(tempfile.mkdtemp(), flush=True); os.kill(os.getpid(), 9)"
    environment = instance.child_environment()
    run = subprocess.run(
        [sys.executable, "-c", killed], env=environment, capture_output=True, text=True, check=False
    )
    left = Path(run.stdout.strip())
    assert left.is_dir()
    instance.close()
    assert not left.exists()


def test_socket_paths_are_short_however_deep_the_checkout(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(checkout))
    for instance in (Instance.temporary(), Instance.lasting(checkout)):
        for name in (".s.PGSQL.5432.lock", "redis.sock"):
            assert len(os.fsencode(instance.sockets / name)) <= LONGEST_SOCKET_BYTES
        instance.close()


def test_second_lasting_instance_says_where_the_first_runs(checkout: Path) -> None:
    first = Instance.lasting(checkout)
    with pytest.raises(BusyInstanceError) as refusal:
        Instance.lasting(checkout)
    first.close()
    assert first.web_url in str(refusal.value)
    assert f"pid {os.getpid()}" in str(refusal.value)
    assert str(first.home) in str(refusal.value)


def test_lasting_instance_keeps_data_address_and_secret(checkout: Path) -> None:
    environments = []
    for statement in ("CREATE TABLE kept (id int)", "SELECT id FROM kept"):
        with Supervisor(Instance.lasting(checkout)) as supervisor:
            environments.append(supervisor.instance.environment())
            with psycopg.connect(supervisor.instance.migration_database_url()) as connection:
                connection.execute(statement)
    first, second = environments
    for name in ("SECRET_KEY", "WEB_PORT", "VENUES", "VENUE_STORE"):
        assert first[name] == second[name]
    assert first["DATABASE_URL"] != second["DATABASE_URL"]
    assert not Path(urlsplit(second["REDIS_URL"]).path).parent.exists()


def test_secrets_differ_and_are_for_our_eyes_only(checkout: Path, instance: Instance) -> None:
    lasting = Instance.lasting(checkout)
    secret = lasting.environment()["SECRET_KEY"]
    lasting.close()
    assert len(secret) >= 50
    assert secret != instance.environment()["SECRET_KEY"]
    assert stat.S_IMODE((lasting.home / "secret_key").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's checkout can be closed to the servers' user")
def test_root_keeps_data_where_nobody_can_reach_it(tmp_path: Path) -> None:
    closed, opened = tmp_path / "closed", Path("/var/tmp")
    closed.mkdir(mode=0o700)
    assert not unprivileged.can_enter(closed)
    assert folders.lasting(closed).parent == opened
    assert folders.lasting(opened) == opened / ".serve"


def test_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EmbeddedError, match="is a link"):
        folders.make_own(tmp_path / "link")


def test_attaching_to_nothing_says_what_to_start(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="make serve"):
        Instance.attached(tmp_path)


def test_sweep_removes_what_a_dead_run_left_and_nothing_alive(instance: Instance, eventually) -> None:
    dead = Instance.temporary()
    assert dead.held is not None
    dead.held.release()
    folders.sweep()  # or a neighbour's, which may be faster
    assert eventually(lambda: not dead.home.exists())
    assert instance.home.exists()
