"""The log by month: guarded month by month, no leaf is kept away, and an id leads to one month alone."""

from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from psycopg.errors import InsufficientPrivilege

from compliance.leaves import body
from compliance.models import Leaf, LeafMonth
from compliance.services import months
from compliance.services.months import MONTHS_AHEAD, MonthKeeper, make_months_ahead, open_month
from compliance.services.verify import verify
from compliance.tree_reads import leaves_between
from orders.kernel.clock import recorded_now
from tests.compliance.log import INSERT, event, indexed, insert, integrate, record, sequenced_ids
from tests.compliance.months import as_owner, open_next_month, part

CHANGES = ("UPDATE {table} SET body = body", "DELETE FROM {table}", "TRUNCATE {table}")
DEFAULT = "audit_months.leaf_default"


def require_guarded(database: Any, *tables: str) -> None:
    """Nobody changes what is in them: neither the application nor the owner, nor a superuser who plays replica."""
    with database.as_application() as application, as_owner(database) as owner:
        for table in tables:
            for statement in (*CHANGES, "SELECT * FROM {table}", "INSERT INTO {table} DEFAULT VALUES"):
                with pytest.raises(InsufficientPrivilege, match="permission denied for schema audit_months"):
                    application.execute(statement.format(table=table))
            for statement in CHANGES:
                with pytest.raises(InsufficientPrivilege, match="append-only"):
                    owner.execute(statement.format(table=table))
    with database.as_superuser() as superuser:
        superuser.execute("SET session_replication_role = replica")
        for table in tables:
            for statement in CHANGES:
                with pytest.raises(InsufficientPrivilege, match="append-only"):
                    superuser.execute(statement.format(table=table))


def lying_in(table: str, database: Any) -> list[int]:
    with as_owner(database) as owner:
        return [row[0] for row in owner.execute(f"SELECT id FROM {table} ORDER BY id").fetchall()]  # type: ignore[misc,call-overload]


def strange_id(database: Any) -> int:
    """A leaf with an id of no month, which takes the owner; returns it."""
    with as_owner(database) as owner:
        owner.execute(
            "INSERT INTO compliance_leaf (id, object_type, object_id, revision, action, actor, correlation_id,"
            " recorded_at, body) VALUES (-5, 'thing', 'x', 1, 'x', 'x', 'x', now(), '{}')"
        )
    return -5


def test_every_month_and_what_lies_in_none_is_guarded_against_everybody(committed_database):
    record("a")
    strange_id(committed_database)
    ended, begun = open_next_month(committed_database)
    record("b")
    make_months_ahead()
    require_guarded(committed_database, part(ended), part(begun), DEFAULT)
    assert lying_in(part(ended), committed_database) == [1]


def test_a_leaf_lies_in_the_month_that_was_open_and_is_sequenced_after_those_before_it(committed_database):
    record("a", "b")
    ended, begun = open_next_month(committed_database)
    record("c")
    first = LeafMonth.objects.get(month=begun).from_id
    assert lying_in(part(ended), committed_database) == [1, 2]
    assert lying_in(part(begun), committed_database) == [first]
    assert integrate() == 3
    assert sequenced_ids() == [1, 2, first]
    assert (verify().broken, verify().leaves) == (None, 3)


def test_a_transaction_that_began_in_the_month_before_loses_nothing(committed_database):
    with committed_database.as_application() as slow, slow.transaction():
        late = insert(slow, "late")
        _ended, begun = open_next_month(committed_database)
        record("next")
        assert integrate() == 1
    assert integrate() == 1
    assert sequenced_ids() == [LeafMonth.objects.get(month=begun).from_id, late]
    assert (verify().broken, verify().leaves) == (None, 2)


def test_a_leaf_is_written_and_verified_when_no_month_has_its_id(committed_database):
    with committed_database.as_superuser() as superuser:
        superuser.execute(
            "SELECT setval('compliance_leaf_id_seq', (SELECT max(to_id) FROM compliance_leafmonth))"
        )
    record("a", "b")
    integrate()
    assert lying_in(DEFAULT, committed_database) == list(Leaf.objects.values_list("pk", flat=True))
    assert (verify().broken, verify().leaves) == (None, 2)
    require_guarded(committed_database, DEFAULT)


def test_months_are_there_before_they_begin_and_are_made_once(committed_database):
    today = recorded_now().date()
    months = list(LeafMonth.objects.values_list("month", flat=True))
    assert months[0] == today.replace(day=1)
    assert len(months) == MONTHS_AHEAD + 1
    assert make_months_ahead() == 0
    assert open_month() == months[0]
    record("a")
    assert open_month() == months[0]
    record("b")
    assert list(Leaf.objects.values_list("pk", flat=True)) == [1, 2]


def test_the_integrator_asks_for_months_when_the_clock_is_in_another_one(committed_database, monkeypatch):
    keeper = MonthKeeper()
    keeper.turn()
    with monkeypatch.context() as patch:
        patch.setattr(
            "compliance.services.months.make_months_ahead", lambda: pytest.fail("it is open already")
        )
        keeper.turn()
    later = datetime(2199, 1, 1, tzinfo=UTC)
    asked: list[str] = []
    monkeypatch.setattr("compliance.services.months.recorded_now", lambda: later)
    monkeypatch.setattr("compliance.services.months.make_months_ahead", lambda: asked.append("made"))
    keeper.turn()
    assert asked == ["made"]


def test_a_month_begins_while_somebody_reads_the_whole_log_and_the_next_ones_are_made_later(
    committed_database, monkeypatch, caplog
):
    """As pg_dump does: a partition that is to be attached waits for readers, and no leaf waits with it."""
    migration = "DELETE FROM compliance_leafmonth WHERE month = (SELECT max(month) FROM compliance_leafmonth)"
    with committed_database.as_superuser() as superuser:
        [(newest,)] = superuser.execute("SELECT max(month) FROM compliance_leafmonth").fetchall()
        superuser.execute(f"DROP TABLE {part(newest)}")
        superuser.execute("ALTER TABLE compliance_leafmonth DISABLE TRIGGER append_only_rows")
        superuser.execute(migration)
        superuser.execute("ALTER TABLE compliance_leafmonth ENABLE ALWAYS TRIGGER append_only_rows")
    opened: list[Any] = []
    monkeypatch.setattr(months, "open_month", lambda: opened.append(open_month()) or opened[-1])
    keeper = MonthKeeper()
    with committed_database.as_application() as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM compliance_leaf")
        keeper.turn()
        keeper.turn()
        record("a")
    assert [each.month for each in opened] == [recorded_now().month]
    assert "canceling statement due to lock timeout" in caplog.text
    assert not LeafMonth.objects.filter(month=newest).exists()
    monkeypatch.setattr(keeper, "_again_at_s", 0.0)
    keeper.turn()
    assert LeafMonth.objects.filter(month=newest).exists()


def test_the_application_makes_no_month_of_its_own_choice(committed_database):
    statements = (
        "SELECT qtweb_make_leaf_month('2199-01-01', 1, 2)",
        "SELECT qtweb_move_to_leaf_month('2199-01-01')",
        "SELECT setval('compliance_leaf_id_seq', 1)",
        "INSERT INTO compliance_leafmonth (month, from_id, to_id) VALUES ('2199-01-01', 1, 2)",
        "ALTER TABLE compliance_leaf DETACH PARTITION audit_months.leaf_default",
        "CREATE TABLE audit_months.mine (id bigint)",
    )
    with committed_database.as_application() as application:
        for statement in statements:
            with pytest.raises(InsufficientPrivilege):
                application.execute(statement)
        application.execute("SELECT qtweb_leaf_months(100000)")
    assert LeafMonth.objects.count() == 13


def test_who_reads_entries_looks_at_their_month_alone(committed_database):
    record("a", "b")
    ended, begun = open_next_month(committed_database)
    record("c")
    indexed()
    for start, stop, month in ((0, 2, ended), (2, 3, begun)):
        with connection.cursor() as cursor:
            rows = leaves_between(start, stop)
            assert rows.count() == stop - start
            text, values = rows.query.sql_with_params()
            cursor.execute(f"EXPLAIN {text}", values)
            plan = " ".join(line for (line,) in cursor.fetchall())
        assert {word for word in plan.split() if word.startswith("leaf_2") and "pkey" not in word} == {
            part(month).partition(".")[2]
        }


def test_the_migration_keeps_every_leaf_there_and_back(committed_database):
    """With ids, transactions and order, and the sequence goes on; what was recorded in a month lies in it."""
    with committed_database.as_application() as application:
        for month in (3, 3, 4, 6, 5, 6):
            moment = datetime(2026, month, 9, tzinfo=UTC)
            said = body(event("x"), correlation_id="c", recorded_at=moment)
            application.execute(
                INSERT, ("refusal", "x", 1, "InstructionRefused", "process:tests", "c", moment, said)
            )
    integrate()
    migration = import_module("compliance.migrations.0009_months")
    select = "SELECT * FROM compliance_leaf ORDER BY id"
    forget = "ALTER TABLE compliance_leafmonth DISABLE TRIGGER USER; DELETE FROM compliance_leafmonth"
    with as_owner(committed_database) as owner, owner.transaction():
        editor = SimpleNamespace(connection=owner)
        before = owner.execute(select).fetchall()
        assert len(before) == 6
        migration._make_whole(None, editor)
        assert owner.execute(select).fetchall() == before
        owner.execute(forget)
        migration._partition(None, editor)
        described = owner.execute(select)
        assert [column.name for column in described.description or ()][:2] == ["transaction_id", "id"]
        assert described.fetchall() == before
        months = owner.execute(
            "SELECT to_char(month, 'MM'), from_id, to_id FROM compliance_leafmonth"
        ).fetchall()
        assert months[:3] == [("03", 1, 3), ("04", 3, 4), ("06", 4, 7)]
    record("next")
    assert Leaf.objects.latest("id").pk == 7
    integrate()
    assert verify().leaves == 7
