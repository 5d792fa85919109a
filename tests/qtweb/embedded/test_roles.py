"""What deploy/roles.sql lets each role do."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from qtweb.embedded import binaries, postgres
from qtweb.embedded.instance import Instance


@pytest.fixture
def database(instance: Instance) -> Iterator[str]:
    """A copy of the database with one table, made by qtweb_migrate as a migration makes it."""
    name = "roles"
    postgres.create_database(instance, name)
    with psycopg.connect(instance.migration_database_url(name)) as connection:
        connection.execute("CREATE TABLE thing (id bigserial PRIMARY KEY, word text)")
        connection.execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql RETURN 1")
    yield name
    postgres.drop_database(instance, name)


@pytest.fixture
def app(instance: Instance, database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(instance.database_url(database), autocommit=True) as connection:
        yield connection


@pytest.fixture
def superuser(instance: Instance, database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(instance.superuser_url(database), autocommit=True) as connection:
        yield connection


def test_the_application_reads_inserts_updates_and_calls_functions(app: psycopg.Connection) -> None:
    app.execute("INSERT INTO thing (word) VALUES ('a')")
    app.execute("UPDATE thing SET word = 'b'")
    assert app.execute("SELECT word, one() FROM thing").fetchall() == [("b", 1)]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM thing",
        "TRUNCATE thing",
        "DROP TABLE thing",
        "ALTER TABLE thing DISABLE TRIGGER ALL",
        "CREATE TABLE other (id int)",
        "CREATE TEMPORARY TABLE other (id int)",
        "CREATE SCHEMA other",
        "CREATE ROLE other",
        "SET ROLE qtweb_owner",
        "SET session_replication_role = replica",
        "GRANT DELETE ON thing TO qtweb_app",
    ],
)
def test_the_application_may_not(app: psycopg.Connection, statement: str) -> None:
    if statement.startswith("GRANT"):
        # PostgreSQL warns that nothing was granted instead of refusing.
        app.execute(statement)
        statement = "DELETE FROM thing"
    with pytest.raises(InsufficientPrivilege):
        app.execute(statement)


def test_the_application_is_a_member_of_nothing(superuser: psycopg.Connection) -> None:
    memberships = superuser.execute(
        "SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members"
    )
    ours = {row for row in memberships if row[1].startswith("qtweb_")}
    assert ours == {("qtweb_owner", "qtweb_migrate")}


def test_migrations_act_as_the_owner_who_cannot_log_in(
    instance: Instance, superuser: psycopg.Connection
) -> None:
    with psycopg.connect(instance.migration_database_url()) as migration:
        assert migration.execute("SELECT session_user, current_user").fetchone() == (
            "qtweb_migrate",
            "qtweb_owner",
        )
    owners = superuser.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
    assert owners.fetchall() == [("qtweb_owner",)]
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(instance.superuser_url().replace("postgres@", "qtweb_owner@"))


def test_no_role_of_ours_has_an_attribute_beyond_logging_in(superuser: psycopg.Connection) -> None:
    rows = superuser.execute(
        "SELECT rolname, rolcanlogin,"
        " rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls"
        " FROM pg_roles WHERE rolname LIKE 'qtweb%' ORDER BY rolname"
    )
    assert rows.fetchall() == [
        ("qtweb_app", True, False),
        ("qtweb_migrate", True, False),
        ("qtweb_owner", False, False),
    ]


def test_a_stranger_gets_neither_into_the_database_nor_at_a_function(superuser: psycopg.Connection) -> None:
    rights = superuser.execute(
        "SELECT has_database_privilege('stranger', current_database(), 'CONNECT'),"
        " has_schema_privilege('stranger', 'public', 'USAGE'), has_function_privilege('stranger', 'one()', 'EXECUTE')"
    )
    assert rights.fetchone() == (False, False, False)


@pytest.fixture(autouse=True)
def stranger(superuser: psycopg.Connection) -> Iterator[None]:
    superuser.execute("CREATE ROLE stranger LOGIN")
    yield
    superuser.execute("DROP ROLE stranger")


def test_the_file_may_be_run_again(instance: Instance) -> None:
    postgres.apply_roles(instance, binaries.installed())
    with psycopg.connect(instance.database_url()) as app:
        assert app.execute("SELECT current_user").fetchone() == ("qtweb_app",)
