"""The log is append-only whoever asks: the application by its rights, the owner and replication mode by triggers."""

import psycopg
import pytest
from django.db import connection
from psycopg.errors import CheckViolation, InsufficientPrivilege

from compliance.models import EVERY_ACCOUNT, AccountMonth, Case, CaseFile, CasePart, Leaf, LeafMonth
from compliance.selectors import approvals_for, may_read_log
from compliance.services.outside_copies import record_cosignature
from compliance.services.sign_checkpoint import sign_checkpoint
from orders.authority import accounts_with
from orders.kernel.clock import recorded_now
from orders.models import User
from orders.permissions import PERMISSIONS
from orders.selectors import orders_for
from qtweb.embedded.instance import Instance
from tests.compliance.log import INSERT, indexed, insert, record
from tests.embedded_services import instance

TABLES = {
    "compliance_leaf": "body",
    "compliance_treeentry": "leaf_hash",
    "compliance_treenode": "hash",
    "compliance_checkpoint": "root_hash",
    "compliance_searchentry": "action",
    "compliance_accountmonth": "account_id",
    "compliance_signedcheckpoint": "note",
    "compliance_cosignature": "line",
    "compliance_casefile": "content",
}
CHANGES = {
    "update": "UPDATE {table} SET {column} = {column}",
    "delete": "DELETE FROM {table}",
    "truncate": "TRUNCATE {table} CASCADE",
}
ATTEMPTS = {
    "disable a trigger": "ALTER TABLE {table} DISABLE TRIGGER append_only_rows",
    "disable all triggers": "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "let a trigger fire in origin mode only": "ALTER TABLE {table} ENABLE TRIGGER append_only_rows",
    "drop a trigger": "DROP TRIGGER append_only_rows ON {table}",
    "rename a trigger": "ALTER TRIGGER append_only_rows ON {table} RENAME TO harmless",
    "add a trigger": "CREATE TRIGGER t BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION qtweb_refuse_change()",
    "drop the table": "DROP TABLE {table} CASCADE",
    "rename the table": "ALTER TABLE {table} RENAME TO elsewhere",
    "own the table": "ALTER TABLE {table} OWNER TO qtweb_app",
    "add a rule": "CREATE RULE r AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "replace the guard": (
        "CREATE OR REPLACE FUNCTION qtweb_refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RETURN NEW; END'"
    ),
    "drop the guard": "DROP FUNCTION qtweb_refuse_change() CASCADE",
    "make a table of its own": "CREATE TABLE public.mine (id int)",
    "pretend to replicate": "SET session_replication_role = replica",
    "become the owner": "SET ROLE qtweb_owner",
    "become the migrator": "SET ROLE qtweb_migrate",
    "become the superuser": "SET SESSION AUTHORIZATION postgres",
    "become a member of the owner": "GRANT qtweb_owner TO qtweb_app",
    "write to the file system": "COPY {table} TO '/tmp/qtweb-copy'",
}


@pytest.fixture
def log(committed_database):
    """A committed log of three leaves, so that every table has rows."""
    record("a", "b", "c")
    assert indexed() == 3
    assert sign_checkpoint() is not None
    record_cosignature(witness="witness.example/w1", tree_size=3, line="a line")
    AccountMonth.objects.create(account_id=EVERY_ACCOUNT, month=LeafMonth.objects.earliest("month"))
    case = Case.objects.create(asked={}, through=2, recorded_at=recorded_now())
    CaseFile.objects.create(case=case, part=CasePart.BODY, content=b"a part")
    return committed_database


def rows(database) -> list[object]:
    with database.as_superuser() as superuser:
        return [superuser.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in TABLES]  # type: ignore[call-overload]


def test_the_application_changes_nothing_in_the_log(log):
    before = rows(log)
    with log.as_application() as application:
        for table, column in TABLES.items():
            for statement in CHANGES.values():
                with pytest.raises(InsufficientPrivilege):
                    application.execute(statement.format(table=table, column=column))
        with pytest.raises(InsufficientPrivilege):
            application.execute(
                "INSERT INTO compliance_checkpoint SELECT * FROM compliance_checkpoint"
                " ON CONFLICT (tree_size) DO UPDATE SET root_hash = 'x'"
            )
    assert rows(log) == before


def test_the_application_cannot_give_itself_what_it_lacks(log):
    with log.as_application() as application:
        for table in TABLES:
            for attempt, statement in ATTEMPTS.items():
                with pytest.raises(InsufficientPrivilege):
                    application.execute(statement.format(table=table))
                    pytest.fail(f"qtweb_app could {attempt} on {table}")


def test_a_grant_by_the_application_to_itself_gives_nothing(log):
    with log.as_application() as application:
        # PostgreSQL answers this with a warning instead of an error, so what counts is that nothing came of it.
        application.execute("GRANT ALL ON compliance_leaf TO qtweb_app")
        with pytest.raises(InsufficientPrivilege):
            application.execute("DELETE FROM compliance_leaf")


def test_the_owner_of_the_tables_is_stopped_by_the_triggers(log):
    before = rows(log)
    with psycopg.connect(instance().migration_database_url(log.name), autocommit=True) as owner:
        assert owner.execute("SELECT current_user").fetchone() == ("qtweb_owner",)
        for table, column in TABLES.items():
            for statement in CHANGES.values():
                with pytest.raises(InsufficientPrivilege, match="append-only"):
                    owner.execute(statement.format(table=table, column=column))
    assert rows(log) == before


def test_replication_mode_does_not_silence_the_triggers(log):
    before = rows(log)
    with log.as_superuser() as superuser:
        superuser.execute("SET session_replication_role = replica")
        for table, column in TABLES.items():
            for statement in CHANGES.values():
                with pytest.raises(InsufficientPrivilege, match="append-only"):
                    superuser.execute(statement.format(table=table, column=column))
    assert rows(log) == before


def test_the_application_still_adds_leaves(log):
    before = Leaf.objects.count()
    with log.as_application() as application:
        insert(application)
    assert Leaf.objects.count() == before + 1


@pytest.mark.parametrize(
    ("column", "value"), [("id", "50000000000"), ("transaction_id", "1"), ("kind", "'row'")]
)
def test_the_database_alone_numbers_leaves_and_says_which_are_a_rows(log, column, value):
    """An id of the application's choice would keep a month from being made, or the next leaf from being written."""
    said = "object_type, object_id, revision, action, actor, correlation_id, recorded_at, body"
    with log.as_application() as application:
        with pytest.raises(InsufficientPrivilege):
            application.execute(
                f"INSERT INTO compliance_leaf ({column}, {said})"
                f" VALUES ({value}, 'x', 'x', 1, 'x', 'x', 'x', now(), '')"
            )
        with pytest.raises(InsufficientPrivilege):
            application.execute("SELECT nextval('compliance_leaf_id_seq')")


@pytest.mark.parametrize(
    ("recorded_at", "body"),
    [
        ("infinity", "{}"),
        ("-infinity", "{}"),
        ("0044-03-15 12:00:00Z BC", "{}"),
        ("1999-12-31 23:59:59Z", "{}"),
        ("9000-01-01Z", "{}"),
        ("2026-11-28Z", "é" * 32_768),
    ],
)
def test_no_leaf_is_of_a_moment_that_nobody_can_name_or_larger_than_a_tile_takes(log, recorded_at, body):
    with log.as_application() as application, pytest.raises(CheckViolation):
        application.execute(INSERT, ("x", "x", 1, "x", "x", "x", recorded_at, body))


@pytest.mark.parametrize(
    "table",
    [
        "django_migrations",
        "django_content_type",
        "auth_permission",
        "auth_group",
        "auth_group_permissions",
        "guardian_groupobjectpermission",
        "guardian_userobjectpermission",
        "knox_authtoken",
    ],
)
def test_what_migrations_alone_write_the_application_cannot(db, table):
    with connection.cursor() as cursor:
        for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            cursor.execute(
                "SELECT has_any_column_privilege(%s, %s)"
                if right in ("INSERT", "UPDATE")
                else "SELECT has_table_privilege(%s, %s)",
                [table, right],
            )
            assert cursor.fetchone() == (False,), f"{right} on {table}"


def test_there_is_no_superuser_flag():
    assert "is_superuser" not in {field.name for field in User._meta.get_fields()}
    with pytest.raises(AttributeError):
        User(username="root").is_superuser = True  # type: ignore[misc]


@pytest.mark.parametrize("flags", [{"is_staff": True}, {"is_active": True, "is_staff": True}])
def test_no_flag_of_a_person_opens_anything(world, flags):
    world.place()
    User.objects.filter(pk=world.nobody.user_id).update(**flags)
    person = User.objects.get(pk=world.nobody.user_id)
    for permission, _title in PERMISSIONS:
        assert not accounts_with(world.nobody, permission).exists()
        assert not person.has_perm(f"orders.{permission}")
        assert not person.has_perm(f"orders.{permission}", world.account)
    assert not orders_for(world.nobody).exists()
    assert not approvals_for(world.nobody).exists()
    assert not may_read_log(world.nobody)


def test_the_process_of_the_site_has_no_way_to_another_role(log):
    with log.as_application() as application:
        row = application.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,"
            " (SELECT count(*) FROM pg_auth_members WHERE member = pg_roles.oid)"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (False, False, False, False, False, 0)
    assert "qtweb_app@" in Instance.database_url(instance(), log.name)
