"""Every table that there is, by raw SQL: what changes leaves a leaf in the same transaction, in so many words."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.errors import InsufficientPrivilege

from compliance.capture.declared import ByRow, ByStatement, Exempt
from compliance.capture.registry import REGISTRY
from compliance.capture.sql import REVISION
from compliance.leaves import canonical
from qtweb.embedded.instance import Instance
from tests.compliance.capture.rows import SECRET, insert
from tests.embedded_services import instance

CAPTURED = {name: declared for name, declared in REGISTRY.items() if not isinstance(declared, Exempt)}
MONTHLY = ("execution_bar", "execution_quote", "execution_trade")
SINGLE_ROWS = ("orders_killswitchgate", "orders_limitsampling", "orders_markettime")
COMES_WITH = {"orders_exposure": "orders_firm"}
"""Rows that a trigger makes and nobody else may: with which table's."""

_MAY = """
    SELECT has_table_privilege(%(table)s, 'INSERT'), has_any_column_privilege(%(table)s, 'UPDATE'),
        has_table_privilege(%(table)s, 'DELETE')
"""
_COLUMN = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY has_column_privilege(%(table)s, attnum, 'UPDATE') DESC, attnum LIMIT 1
"""
_GUARDED = """
    SELECT coalesce(bit_or(CASE WHEN tgname LIKE '%%_stays' THEN 8 ELSE tgtype::int END), 0) FROM pg_trigger
    WHERE tgrelid = %s::regclass AND tgenabled = 'A'
        AND tgname IN ('append_only_rows', 'never_removed', 'hold_stays', 'grant_stays')
"""
VERBS = {"insert": 4, "update": 16, "delete": 8}
"""As bits of pg_trigger.tgtype."""

_TABLES = """
    SELECT relname, array_agg(attname::text) FILTER (WHERE attname <> %s) FROM pg_class
    JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition GROUP BY relname
"""
_LEAVES = """
    SELECT kind, action, object_id, revision, body FROM compliance_leaf
    WHERE transaction_id = pg_current_xact_id()::text::bigint AND object_type = %s ORDER BY id
"""


def test_every_table_and_every_column_is_declared(committed_database):
    with committed_database.as_application() as application:
        found = dict(application.execute(_TABLES, [REVISION]).fetchall())
    assert found.keys() == REGISTRY.keys()
    for name, columns in found.items():
        if isinstance(declared := REGISTRY[name], ByRow):
            assert declared.columns == set(columns), name


def test_each_change_of_each_table_leaves_its_leaf_in_its_own_transaction(committed_database):
    with committed_database.as_application() as application:
        _drive_all(application, "qtweb_app")


def test_each_change_by_the_tables_owner_leaves_its_leaf_where_a_guard_lets_it_pass(committed_database):
    url = Instance.migration_database_url(instance(), committed_database.name)
    with psycopg.connect(url, autocommit=True) as owner:
        _drive_all(owner, "qtweb_migrate")


def test_whoever_owns_the_tables_leaves_leaves_as_well(committed_world, committed_database):
    """Also of what triggers derive and nobody else writes, of what the application may never remove, of all at once."""
    by_hand = (
        "UPDATE orders_exposure SET cash = cash + 1",
        "DELETE FROM orders_limit",
        "TRUNCATE orders_lot CASCADE",
    )
    with committed_database.as_superuser() as owner:
        owner.execute("SET session_replication_role = replica")
        for statement, table in zip(by_hand, ("orders_exposure", "orders_limit", "orders_lot"), strict=True):
            with owner.transaction():
                changed = owner.execute(statement).rowcount
                leaves = owner.execute(_LEAVES, [table]).fetchall()
            verb = statement.split()[0].lower()
            assert {leaf[:2] for leaf in leaves} == {("row", verb)}
            assert len(leaves) == (1 if verb == "truncate" else changed)
            assert all(json.loads(leaf[4])["actor"] == "database:postgres" for leaf in leaves)


def test_a_month_of_market_data_is_captured_by_itself(committed_database):
    """Also by statements to the partition, which the table's triggers do not hear of."""
    with committed_database.as_superuser() as owner:
        for table in MONTHLY:
            owner.execute("SELECT qtweb_market_data_month(%s, '2024-03-01')", [table])
            with owner.transaction(force_rollback=True):
                owner.execute("SET session_replication_role = replica")
                insert(owner, f"{table}_202403", set())
                [(kind, verb, name, _revision, body)] = owner.execute(_LEAVES, [f"{table}_202403"]).fetchall()
            assert (kind, verb, name, json.loads(body)["after"]) == ("row", "insert", "*", {"count": 1})


def _drive_all(session: "psycopg.Connection[Any]", role: str) -> None:
    for table, declared in CAPTURED.items():
        with session.transaction(force_rollback=True):
            session.execute("SELECT set_config('qtweb.market_data_load', uuidv7()::text, true)")
            _drive(session, role, table, declared)
    assert session.execute("SELECT count(*) FROM compliance_leaf").fetchone() == (0,)


def _drive(session: "psycopg.Connection[Any]", role: str, table: str, declared: ByRow | ByStatement) -> None:
    """Insert, update and delete: each leaves its leaf, or the role has no right to it, or a guard stands before it."""
    secret = set(declared.committed.split()) if isinstance(declared, ByRow) else set()
    if table in MONTHLY:
        session.execute("SELECT qtweb_market_data_month(%s, '2024-03-01')", [table])
    [column] = session.execute(_COLUMN, {"table": table}).fetchone()  # type: ignore[misc]  # every table has one
    does: dict[str, Callable[[], object]] = {
        "insert": lambda: insert(session, table, secret),
        "update": lambda: session.execute(f'UPDATE "{table}" SET "{column}" = "{column}"'),
        "delete": lambda: session.execute(f'DELETE FROM "{table}"'),
    }
    if table in COMES_WITH:
        insert(session, COMES_WITH[table], set())
    done = [] if table not in (*SINGLE_ROWS, *COMES_WITH) else ["there already"]
    for verb in list(does)[len(done) :]:
        if _passes(session, does[verb]):
            done.append(verb)
    done = [verb for verb in done if verb in VERBS]
    assert done == [verb for verb in _allowed(session, table) if verb != "insert" or verb in done], table
    leaves = session.execute(_LEAVES, [table]).fetchall()
    if table in COMES_WITH:
        done.insert(0, "insert")
    if not done:
        assert leaves == [], f"{table}: nothing was done"
        return
    _judge(table, declared, role, done, [leaf for leaf in leaves if leaf[2] == leaves[0][2]])
    for *_columns, body in leaves:
        assert SECRET not in body, f"{table}: {body}"
        assert canonical(json.loads(body)) == body


def _allowed(session: "psycopg.Connection[Any]", table: str) -> list[str]:
    """What PostgreSQL grants the role on a table, without what one of our guards refuses everybody."""
    may = session.execute(_MAY, {"table": table}).fetchone()
    [guarded] = session.execute(_GUARDED, [table]).fetchone()  # type: ignore[misc]  # one row in any case
    return [
        verb for verb, granted in zip(VERBS, may or (), strict=True) if granted and not guarded & VERBS[verb]
    ]


def _passes(session: "psycopg.Connection[Any]", does: Callable[[], object]) -> bool:
    try:
        with session.transaction():
            does()
    except InsufficientPrivilege:
        return False
    return True


def _judge(table: str, declared: ByRow | ByStatement, role: str, done: list[str], leaves: list[Any]) -> None:
    assert [leaf[:2] for leaf in leaves] == [("row", verb) for verb in done], table
    bodies = [json.loads(leaf[4]) for leaf in leaves]
    for body in bodies:
        assert (body["role"], body["actor"], body["door"]) == (role, f"database:{role}", "database")
    if isinstance(declared, ByStatement):
        assert {leaf[3] for leaf in leaves} == {0}
        assert all(body["after"]["count"] >= 1 for body in bodies)
        return
    assert [leaf[3] for leaf in leaves] == list(range(1, len(leaves) + 1))
    if done[0] == "insert":
        assert bodies[0]["after"].keys() <= declared.columns - set(declared.left_out.split())
        assert set(declared.committed.split()) <= bodies[0]["after"].keys()
    if done[-1] == "delete":
        assert bodies[-1]["before"]
        assert done[0] != "insert" or bodies[-1]["before"] == bodies[0]["after"]
