"""Capture comes to a database that has rows: they count from their first change on; and it does not go again."""

from collections.abc import Iterator
from functools import partial

import psycopg
import pytest
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import ProgrammingError

from compliance.capture.attach import attach_all
from compliance.services.verify import verify
from qtweb.embedded.postgres import ROLES, create_database, drop_database
from tests.compliance.capture.rows import insert
from tests.conftest import CommittedDatabase
from tests.embedded_services import instance

BEFORE, CAPTURE = ("compliance", "0007_outside_copies"), ("compliance", "0008_capture")
_OF_FIRMS = """
    SELECT action, revision FROM compliance_leaf WHERE object_type = 'orders_firm' ORDER BY id
"""


@pytest.fixture
def owner(committed_database: CommittedDatabase) -> Iterator[psycopg.Connection]:
    """The test's database is an empty one, migrated to what was before capture; the migrations' alias points to it."""
    migration = connections["migration"]
    shared = migration.settings_dict["NAME"]
    migration.close()
    connections["default"].close()
    drop_database(instance(), committed_database.name)
    create_database(instance(), committed_database.name, template="template0")
    with committed_database.as_superuser() as superuser:
        superuser.execute(ROLES.read_text().partition("\\connect qtweb\n")[2])
    migration.settings_dict["NAME"] = committed_database.name
    _migrate(BEFORE)
    yield migration.connection
    migration.close()
    migration.settings_dict["NAME"] = shared


def _migrate(target: tuple[str, str]) -> None:
    MigrationExecutor(connections["migration"]).migrate([target])


def _newest() -> tuple[str, str]:
    [newest] = MigrationExecutor(connections["migration"]).loader.graph.leaf_nodes("compliance")
    return newest


def test_rows_that_were_there_before_are_counted_from_their_first_change(
    owner: psycopg.Connection, committed_database: CommittedDatabase
) -> None:
    with committed_database.as_application() as application:
        insert(application, "orders_firm", set(), code="'OLD'")
        insert(application, "orders_firm", set(), code="'GONE'")
    _migrate(CAPTURE)
    with connections["migration"].cursor() as cursor:
        assert "orders_firm" in attach_all(cursor, partial(transaction.atomic, using="migration"))
        assert attach_all(cursor, partial(transaction.atomic, using="migration")) == []

    with committed_database.as_application() as application:
        assert application.execute("SELECT DISTINCT audit_revision FROM orders_firm").fetchall() == [(0,)]
        application.execute("UPDATE orders_firm SET currency = 'EUR' WHERE code = 'OLD'")
        application.execute("UPDATE orders_firm SET currency = 'GBP' WHERE code = 'OLD'")
        insert(application, "orders_firm", set(), code="'NEW'")
        assert application.execute(_OF_FIRMS).fetchall() == [("update", 1), ("update", 2), ("insert", 1)]
    with committed_database.as_superuser() as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("DELETE FROM orders_firm WHERE code = 'GONE'")
        assert superuser.execute(_OF_FIRMS).fetchall()[3:] == [("delete", 1)]
    _migrate(_newest())
    assert verify().broken is None

    with pytest.raises(ProgrammingError, match="capture cannot be removed any more"):
        _migrate(BEFORE)
