"""The embedded PostgreSQL: made once, run in the foreground, given its roles, copied for tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql

from qtweb.embedded import folders, unprivileged
from qtweb.embedded.binaries import Binaries
from qtweb.embedded.children import complete, spawn
from qtweb.embedded.errors import ServiceError
from qtweb.embedded.instance import CHECKOUT, DATABASE, POSTGRES_PORT, Instance

ROLES = CHECKOUT / "deploy" / "roles.sql"
_CAPTURED: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
FAST_SHUTDOWN = signal.SIGINT  # ends the sessions and writes a checkpoint

# fsync, synchronous_commit and full_page_writes keep their defaults, on: what is measured here is durable.
_SETTINGS = {
    "listen_addresses": "",
    "port": str(POSTGRES_PORT),
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def prepare(instance: Instance, binaries: Binaries) -> None:
    """Make the instance's database cluster if there is none. Raises ServiceError."""
    data = _data(instance)
    if data.exists():
        return
    # Made beside its place and renamed, so that a run killed in the middle leaves no half of a cluster.
    partial = instance.home / "postgres.partial"
    shutil.rmtree(partial, ignore_errors=True)
    command = [str(binaries.path("initdb")), "--pgdata", str(folders.for_servers(partial))]
    command += ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    if not instance.is_lasting:
        command.append("--no-sync")  # the files of initdb alone; the server itself always syncs
    result = complete(command, cwd="/", **_CAPTURED, **unprivileged.identity())
    if result.returncode != 0:
        raise ServiceError(f"initdb failed: {result.stderr or result.stdout}")
    partial.rename(data)


def start(instance: Instance, binaries: Binaries, *, log: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """Run the server as a child of this process, on a socket of the instance and nowhere else.

    What it says goes to `log`, or where this process says it.
    """
    settings = {
        **_SETTINGS,
        "unix_socket_directories": str(instance.sockets),
        "cluster_name": instance.title,
    }
    command = [str(binaries.path("postgres")), "-D", str(_data(instance))]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return spawn(
        command,
        FAST_SHUTDOWN,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        **unprivileged.identity(),
    )


def accepts_connections(instance: Instance) -> bool:
    """Whether the superuser can connect now."""
    return _connects(instance.superuser_url("postgres"))


def application_connects(instance: Instance) -> bool:
    """Whether the site can connect to its database now, as its own role."""
    return _connects(instance.database_url())


def _connects(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def apply_roles(instance: Instance, binaries: Binaries) -> None:
    """Run deploy/roles.sql, which may be run again and again. Raises ServiceError."""
    command = [str(binaries.path("psql")), "--no-psqlrc", "--quiet", "--file", str(ROLES)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    command.append(instance.superuser_url("postgres"))
    result = complete(command, env=environment, **_CAPTURED)
    if result.returncode != 0:
        raise ServiceError(f"{ROLES} failed: {result.stderr}")


def create_database(instance: Instance, name: str, template: str = DATABASE) -> None:
    """Copy a database, with its tables, triggers and grants; nobody may be connected to the template."""
    new = sql.Identifier(name)
    statements = [
        sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER qtweb_owner").format(new, sql.Identifier(template)),
        # A copy has the rights inside its template, but not those on the database itself.
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(new),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO qtweb_app, qtweb_migrate").format(new),
    ]
    _as_superuser(instance, statements)


def drop_database(instance: Instance, name: str) -> None:
    """Drop a database, ending the sessions in it; nothing happens when there is none."""
    _as_superuser(instance, [sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))])


def _as_superuser(instance: Instance, statements: list[sql.Composed]) -> None:
    with psycopg.connect(instance.superuser_url("postgres"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def _data(instance: Instance) -> Path:
    return instance.home / "postgres"
