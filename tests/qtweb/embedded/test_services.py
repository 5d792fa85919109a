"""PostgreSQL and Redis as they run in an instance."""

from __future__ import annotations

import os
import pwd
import signal
import stat
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from qtweb.embedded import binaries, pid_file, processes, unprivileged
from qtweb.embedded.errors import MissingBinaryError, ServiceError
from qtweb.embedded.instance import Instance
from qtweb.embedded.supervisor import Supervisor


def owner_of(pid: int) -> str:
    return pwd.getpwuid(Path(f"/proc/{pid}").stat().st_uid).pw_name


def servers(instance: Instance) -> dict[str, processes.Process]:
    services = pid_file.read(instance.home, "services")
    assert services is not None
    return {child.command: child for child in processes.children_of(services)}


def test_servers_run_as_nobody_under_root_and_as_ourselves_otherwise(instance: Instance) -> None:
    expected = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    running = servers(instance)
    assert set(running) == {"postgres", "redis-server"}
    assert {owner_of(server.pid) for server in running.values()} == {expected}


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_what_is_committed_is_durable(instance: Instance, setting: str) -> None:
    with psycopg.connect(instance.database_url()) as connection:
        assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


def test_no_server_listens_on_tcp(instance: Instance) -> None:
    with psycopg.connect(instance.database_url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    with Redis(unix_socket_path=str(instance.redis_socket), decode_responses=True) as client:
        assert client.config_get("port") == {"port": "0"}


def test_sockets_are_closed_to_other_users(instance: Instance) -> None:
    assert stat.S_IMODE(instance.sockets.stat().st_mode) == 0o700


def test_services_end_when_one_server_dies(eventually) -> None:
    with Supervisor(Instance.temporary()) as supervisor:
        instance = supervisor.instance
        servers(instance)["redis-server"].send(signal.SIGKILL)
        with pytest.raises(ServiceError, match="ended with status 1"):
            supervisor.watch(20)
        assert processes.of_instance(instance.home, instance.title) == []
        assert "redis ended with status -9" in supervisor.log("services").read_text()


def test_servers_end_when_services_is_killed(eventually) -> None:
    with Supervisor(Instance.temporary()) as supervisor:
        instance = supervisor.instance
        pid = pid_file.read(instance.home, "services")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not processes.of_instance(instance.home, instance.title))


def test_binaries_are_copied_where_the_servers_user_may_not_reach_them(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = instance.home / "binaries"
    monkeypatch.setattr(unprivileged, "can_execute", lambda file: False)
    copied = binaries.reachable(private)
    monkeypatch.undo()
    for name in ("initdb", "postgres", "redis-server"):
        assert private in copied.path(name).parents
        assert unprivileged.can_execute(copied.path(name))


def test_missing_binary_says_how_to_install_it(instance: Instance) -> None:
    nowhere = binaries.Binaries(postgres=instance.home, redis=instance.home)
    with pytest.raises(MissingBinaryError, match=r"pip install -r requirements\.txt"):
        nowhere.path("initdb")
