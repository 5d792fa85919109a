"""Every table that there is, by raw SQL: what changes leaves a leaf in the same transaction, in so many words."""

import json
from typing import Any

import psycopg
from psycopg.errors import InsufficientPrivilege

from compliance.capture.declared import ByRow, ByStatement, Exempt
from compliance.capture.registry import REGISTRY
from compliance.capture.sql import REVISION
from compliance.leaves import canonical
from tests.compliance.capture.rows import SECRET, insert

CAPTURED = {name: declared for name, declared in REGISTRY.items() if not isinstance(declared, Exempt)}
MONTHLY = ("execution_bar", "execution_quote", "execution_trade")
SINGLE_ROWS = ("orders_killswitchgate", "orders_limitsampling", "orders_markettime")
OF_THE_DATABASE = ("orders_exposure", "compliance_leafmonth", "compliance_monthstanding")
"""What a trigger or a function of the database writes, and nobody else."""
_FIRST_COLUMN = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum LIMIT 1
"""
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
        for table, declared in CAPTURED.items():
            with application.transaction(force_rollback=True):
                application.execute("SELECT set_config('qtweb.market_data_load', uuidv7()::text, true)")
                _drive(application, table, declared)
        assert application.execute("SELECT count(*) FROM compliance_leaf").fetchone() == (0,)


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


def _drive(application: "psycopg.Connection[Any]", table: str, declared: ByRow | ByStatement) -> None:
    """Insert, update and delete as the application: each leaves its leaf, or the role may not and is told so."""
    secret = set(declared.committed.split()) if isinstance(declared, ByRow) else set()
    if table in MONTHLY:
        application.execute("SELECT qtweb_market_data_month(%s, '2024-03-01')", [table])
    done = []
    if table not in (*SINGLE_ROWS, *OF_THE_DATABASE):
        insert(application, table, secret)
        done = ["insert"]
    column = application.execute(_FIRST_COLUMN, [table]).fetchone()[0]  # type: ignore[index]  # every table has one
    for verb, statement in {
        "update": f'UPDATE "{table}" SET "{column}" = "{column}"',
        "delete": f'DELETE FROM "{table}"',
    }.items():
        if _may(application, statement):
            done.append(verb)
    leaves = application.execute(_LEAVES, [table]).fetchall()
    if table in OF_THE_DATABASE:
        assert (done, leaves) == ([], []), "the application has no right to it"
        return
    _judge(table, declared, done, [leaf for leaf in leaves if leaf[2] == leaves[0][2]])
    for *_columns, body in leaves:
        assert SECRET not in body, f"{table}: {body}"
        assert canonical(json.loads(body)) == body


def _may(application: "psycopg.Connection[Any]", statement: str) -> bool:
    try:
        with application.transaction():
            application.execute(statement)
    except InsufficientPrivilege:
        return False
    return True


def _judge(table: str, declared: ByRow | ByStatement, done: list[str], leaves: list[Any]) -> None:
    assert [leaf[:2] for leaf in leaves] == [("row", verb) for verb in done], table
    bodies = [json.loads(leaf[4]) for leaf in leaves]
    for body in bodies:
        assert (body["role"], body["actor"], body["door"]) == ("qtweb_app", "database:qtweb_app", "database")
    if isinstance(declared, ByStatement):
        assert {leaf[3] for leaf in leaves} == {0}
        assert all(body["after"]["count"] >= 1 for body in bodies)
        return
    if declared.is_derived:
        assert {leaf[3] for leaf in leaves} == {0}
    else:
        assert [leaf[3] for leaf in leaves] == list(range(1, len(leaves) + 1))
    if done[0] == "insert":
        assert bodies[0]["after"].keys() <= declared.columns - set(declared.left_out.split())
        assert set(declared.committed.split()) <= bodies[0]["after"].keys()
    if done[-1] == "delete":
        assert bodies[-1]["before"] == bodies[0]["after"]
