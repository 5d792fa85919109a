"""A PostgreSQL and a Redis of the soak's own, to be killed: no test beside it notices."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections
from redis import Redis

from qtweb.embedded import binaries, folders, postgres, processes, redis, unprivileged
from qtweb.embedded.children import complete
from qtweb.embedded.instance import Instance
from tests.execution.site import PATIENCE_S, wait_until

IMMEDIATE_SHUTDOWN = signal.SIGQUIT  # no checkpoint, no goodbye: the next start recovers
_CLIENT_BOUNDS = "-c lock_timeout=2000 -c statement_timeout=60000"  # a frozen process may hold the row
# A recovery opens every file otherwise, those of other tests' databases too.
_SETTINGS = "recovery_init_sync_method = syncfs\n"


class Ground:
    """The two servers under a soak; each may be killed and started again, and loses what it may lose."""

    def __init__(self, of: Instance, database: str, log: Path) -> None:
        """Copy the cluster of a running instance, whose databases are migrated; `database` is the one used here.

        What the servers say goes to `log`.
        """
        self._log = log
        self.instance = Instance.temporary()
        self._database = database
        self._binaries = binaries.reachable(of.home / "binaries")
        self._servers: dict[str, subprocess.Popen[bytes]] = {}
        data = folders.for_servers(self.instance.home / "postgres")
        backup = [str(self._binaries.path("pg_basebackup")), "--pgdata", str(data), "--no-sync"]
        backup += ["--checkpoint=fast", "--dbname", of.superuser_url("postgres")]
        done = complete(
            backup, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, **unprivileged.identity()
        )
        assert done.returncode == 0, done.stderr
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(_SETTINGS)

    @property
    def environment(self) -> dict[str, str]:
        """For the processes that run on this ground."""
        whole = self.instance.child_environment()
        del whole["PROMETHEUS_MULTIPROC_DIR"]
        return {
            **whole,
            "DATABASE_URL": self.instance.database_url(self._database),
            "MIGRATION_DATABASE_URL": self.instance.migration_database_url(self._database),
        }

    def start_database(self) -> None:
        """Start PostgreSQL, and return when it has recovered."""

        def is_up() -> bool:
            # Until the last session of a killed one has ended, the new one refuses to start.
            if "postgres" not in self._servers or self._servers["postgres"].poll() is not None:
                with self._log.open("ab") as log:
                    self._servers["postgres"] = postgres.start(self.instance, self._binaries, log=log)
            return postgres.accepts_connections(self.instance)

        wait_until(is_up, "PostgreSQL is up again", poll_s=0.05)

    def start_broker(self) -> None:
        """Start Redis, empty."""
        with self._log.open("ab") as log:
            self._servers["redis"] = redis.start(self.instance, self._binaries, log=log)
        wait_until(lambda: redis.answers(self.instance), "Redis is up again")

    def crash(self, server: str, number: signal.Signals) -> None:
        """End "postgres" or "redis" by a signal that leaves it no time."""
        process = self._servers[server]
        process.send_signal(number)
        process.wait(PATIENCE_S)

    def empty_broker(self) -> None:
        """Let Redis forget everything."""
        with Redis(unix_socket_path=str(self.instance.redis_socket)) as broker:
            broker.flushall()

    def end_sessions(self) -> None:
        """End every session with the database, whatever it does."""
        with psycopg.connect(self.instance.superuser_url("postgres"), autocommit=True) as superuser:
            superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [self._database]
            )

    def close(self) -> None:
        """End both, and remove the cluster."""
        for process in self._servers.values():
            process.kill()
            process.wait()
        # The sessions of a killed PostgreSQL end when they notice, and may write until then.
        wait_until(lambda: not self._stop_rest(), "the sessions have ended")
        self.instance.close()

    def _stop_rest(self) -> list[processes.Process]:
        left = processes.of_instance(self.instance.home, self.instance.title)
        processes.stop(left, grace_seconds=0)
        return left

    @contextmanager
    def used_by_django(self) -> Iterator[None]:
        """Django's connections of this process go to this ground, in every thread."""
        connection = connections["default"]
        connection.close()
        before: dict[str, Any] = dict(connection.settings_dict)
        options = {**before["OPTIONS"], "options": _CLIENT_BOUNDS}
        here = {"NAME": self._database, "HOST": str(self.instance.sockets), "OPTIONS": options}
        connection.settings_dict.update(here)
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(before)
