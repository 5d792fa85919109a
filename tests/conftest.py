"""The database that a test sees: a copy of a migrated template, as the application's own role.

`db` is rolled back after the test. `committed_database` is a fresh copy, dropped after the test: for what commits,
and for tests whose other processes must see it. Nothing is flushed, no trigger or right is weakened.
"""

import copy
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connections
from hypothesis import settings
from whitenoise.middleware import WhiteNoiseMiddleware

from qtweb.embedded.postgres import create_database, drop_database
from tests.embedded_services import NOT_SHARED, empty_broker, instance
from tests.world import World, build_world

# A run says twice the same, and a busy machine is no failure. `--hypothesis-profile=explore` tries other examples.
settings.register_profile("explore", deadline=None)
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def static_files_found_once() -> Iterator[None]:
    """What a web process looks for when it starts; the clients of tests, each like one, share what is found."""
    look = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, Any] = {}

    def look_once(self: WhiteNoiseMiddleware) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", look_once)
        yield


def _use(name: str) -> None:
    connection = connections["default"]
    connection.close()
    connection.settings_dict["NAME"] = name
    connection.settings_dict["OPTIONS"].pop("pool", None)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: object) -> Iterator[None]:
    """Replaces pytest-django's: one copy of the template for the tests that are rolled back."""
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    create_database(instance(), name)
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        _use(name)
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connections["default"].close()
    drop_database(instance(), name)


@dataclass(frozen=True)
class CommittedDatabase:
    """A database of one test's own. `environment` is for the processes that the test starts."""

    name: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            **{k: v for k, v in instance().child_environment().items() if k not in NOT_SHARED},
            "DATABASE_URL": instance().database_url(self.name),
            "MIGRATION_DATABASE_URL": instance().migration_database_url(self.name),
            "REDIS_URL": os.environ["REDIS_URL"],
        }

    def as_superuser(self) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection that may do what no application may: for tampering, in tests."""
        return psycopg.connect(instance().superuser_url(self.name), autocommit=True)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Nobody gets into this database, and who was in it is out; the tests beside this one notice nothing."""
        with psycopg.connect(instance().superuser_url("postgres"), autocommit=True) as superuser:
            superuser.execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
            try:
                self._end_sessions(superuser)
                yield
            finally:
                superuser.execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")

    def _end_sessions(self, superuser: "psycopg.Connection[tuple[object, ...]]") -> None:
        sessions = "FROM pg_stat_activity WHERE datname = %s"
        while superuser.execute(f"SELECT pg_terminate_backend(pid) {sessions}", [self.name]).fetchall():
            time.sleep(0.02)

    def as_application(self) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection as qtweb_app."""
        return psycopg.connect(instance().database_url(self.name), autocommit=True)


@dataclass(frozen=True)
class BuiltWorld:
    """A database in which the world was built through the services and committed, to be copied; and the world."""

    database: str
    world: World

    def fresh(self) -> World:
        """The world for one test: what that does to it, the next one does not see."""
        return copy.deepcopy(self.world)


@pytest.fixture(scope="session")
def built_world(django_db_setup: None, django_db_blocker: object) -> Iterator[BuiltWorld]:
    """The world, built once for all tests of this process: through the services, as every test would build it."""
    shared = connections["default"].settings_dict["NAME"]
    name = f"world_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    create_database(instance(), name)
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        _use(name)
        built = BuiltWorld(name, build_world())
        _use(shared)
    yield built
    drop_database(instance(), name)


@pytest.fixture(scope="session")
def world_in_use(built_world: BuiltWorld) -> Iterator[str]:
    """A copy of the database with the world, for the tests that are rolled back."""
    name = f"{built_world.database}_in_use"
    create_database(instance(), name, template=built_world.database)
    yield name
    drop_database(instance(), name)


@contextmanager
def _committed(name_of_template: str | None, blocker: object) -> Iterator[CommittedDatabase]:
    shared = connections["default"].settings_dict["NAME"]
    database = CommittedDatabase(f"committed_{uuid4().hex[:12]}")
    if name_of_template is None:
        create_database(instance(), database.name)
    else:
        create_database(instance(), database.name, template=name_of_template)
    empty_broker()
    with blocker.unblock():  # type: ignore[attr-defined]
        _use(database.name)
        yield database
        _use(shared)
    drop_database(instance(), database.name)


@pytest.fixture
def committed_database(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: object
) -> Iterator[CommittedDatabase]:
    """A fresh committed copy, with the world in it where the test asks for that.

    Django's connection of this process points to it during the test.
    """
    has_world = "committed_world" in request.fixturenames
    template = request.getfixturevalue("built_world").database if has_world else None
    with _committed(template, django_db_blocker) as database:
        yield database


@pytest.fixture
def database_of_the_world(built_world: BuiltWorld, world_in_use: str) -> Iterator[None]:
    """Django's connection of this process points to the database with the world during the test."""
    shared = connections["default"].settings_dict["NAME"]
    assert not connections["default"].in_atomic_block, "name `world` before `db`"
    _use(world_in_use)
    yield
    _use(shared)


@pytest.fixture
def world(built_world: BuiltWorld, database_of_the_world: None, db: None) -> World:
    """The small universe of tests/world.py; what a test does to it is rolled back."""
    return built_world.fresh()


@pytest.fixture
def committed_world(built_world: BuiltWorld, committed_database: CommittedDatabase) -> World:
    """The same in a database of the test's own, committed."""
    return built_world.fresh()
