"""No setting, variable or permission of the application turns capture off, and none bends what a leaf says."""

import hmac
import json
from typing import Any

import psycopg
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from psycopg.errors import InsufficientPrivilege

from compliance.capture.attach import NotCaptured, attach_all
from compliance.capture.declared import Exempt
from compliance.capture.registry import REGISTRY
from compliance.checks import every_table_is_captured
from compliance.leaves import canonical, columns
from compliance.models import Leaf
from orders.kernel.postgresql import patience
from orders.kernel.postgresql.claims import SEPARATOR, SETTING
from orders.models import Account
from qtweb.embedded.instance import Instance
from tests.compliance.capture.rows import SECRET, insert
from tests.embedded_services import instance
from tests.world import World

ATTEMPTS = (
    "ALTER TABLE orders_order DISABLE TRIGGER capture_rows",
    "ALTER TABLE orders_order DISABLE TRIGGER ALL",
    "ALTER TABLE orders_order ENABLE REPLICA TRIGGER capture_rows",
    "ALTER TABLE orders_order DROP COLUMN audit_revision",
    "DROP TRIGGER capture_rows ON orders_order",
    "DROP FUNCTION qtweb_capture_orders_order() CASCADE",
    "CREATE OR REPLACE FUNCTION qtweb_capture_orders_order() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NULL; END'",
    "ALTER FUNCTION qtweb_write_leaf RENAME TO harmless",
    "SELECT qtweb_write_leaf('orders_order', 'x', 1, 'insert', '{}', '{}')",
    "SELECT qtweb_commitment('guessed', 'orders_user.username', 'x')",
    "SELECT * FROM compliance_capturekey",
    "UPDATE compliance_capturekey SET inner_pad = ''",
    "SET session_replication_role = replica",
    "CREATE TEMP TABLE compliance_leaf (id int)",
    "CREATE SCHEMA elsewhere",
)
SETTINGS = {
    "search_path": "pg_temp",
    "TimeZone": "Asia/Kolkata",
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "sql_standard",
    "bytea_output": "escape",
    "extra_float_digits": "-15",
    "quote_all_identifiers": "on",
    "transform_null_equals": "on",
    "check_function_bodies": "off",
    "plan_cache_mode": "force_custom_plan",
    "row_security": "off",
    "array_nulls": "off",
    "client_encoding": "UTF8",
    "application_name": '"},{',
    "default_transaction_deferrable": "on",
    SETTING: "x",
}
"""What a session may set that could change how text, times or names are read or written."""

_TRIGGERS = """
    SELECT relname, coalesce(bit_or(tgtype::int) FILTER (WHERE tgenabled = 'A' AND tgname LIKE 'capture%'), 0)
    FROM pg_class LEFT JOIN pg_trigger ON tgrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') GROUP BY relname
"""
_EVERY_VERB = 4 | 8 | 16 | 32  # INSERT, DELETE, UPDATE, TRUNCATE in pg_trigger.tgtype


def _own_leaf(application: "psycopg.Connection[Any]") -> dict[str, Any]:
    """The one leaf about accounts that this transaction wrote."""
    [(body,)] = application.execute(
        "SELECT body FROM public.compliance_leaf WHERE object_type = 'orders_account'"
        " AND transaction_id = pg_current_xact_id()::text::bigint"
    ).fetchall()
    assert canonical(json.loads(body)) == body
    said: dict[str, Any] = json.loads(body)
    return said


def test_every_table_is_captured_whatever_is_done_to_it(committed_database):
    """Tables of later migrations too, and months of market data."""
    with committed_database.as_application() as application:
        application.execute("SELECT qtweb_market_data_month('execution_bar', '2024-03-01')")
        found = dict(application.execute(_TRIGGERS).fetchall())
    exempt = {name for name, declared in REGISTRY.items() if isinstance(declared, Exempt)}
    assert "execution_bar_202403" in found
    assert {name for name, verbs in found.items() if verbs & _EVERY_VERB != _EVERY_VERB} == exempt


def test_the_application_cannot_turn_it_off(committed_database):
    with committed_database.as_application() as application:
        for attempt in ATTEMPTS:
            with pytest.raises(InsufficientPrivilege):
                application.execute(attempt)
                pytest.fail(f"the application could: {attempt}")


def test_no_setting_of_a_session_keeps_a_leaf_away_or_bends_it(
    committed_database: Any, committed_world: World
) -> None:
    update = "UPDATE public.orders_account SET currency = 'EUR' WHERE id = %s"
    said = []
    with committed_database.as_application() as application:
        for name, value in [("application_name", "psql"), *SETTINGS.items()]:
            with application.transaction(force_rollback=True):
                application.execute("SELECT set_config(%s, %s, true)", [name, value])
                application.execute(update, [committed_world.account.pk])
                said.append(_own_leaf(application))
    own = ("recorded_at", "transaction", "correlation_id", "source", "actor")
    alike = [{key: value for key, value in leaf.items() if key not in own} for leaf in said]
    assert alike == [alike[0]] * len(said)
    assert (said[0]["role"], said[0]["source"], said[0]["after"]) == (
        "qtweb_app",
        "psql",
        {"currency": "EUR"},
    )
    assert {leaf["actor"] for leaf in said[:-1]} == {"database:qtweb_app"}


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=32)


def test_a_leaf_has_the_one_spelling_of_canonical_json_whatever_stands_in_a_row_or_a_claim(
    world: World,
) -> None:
    """PostgreSQL and Python escape alike; and who claims a quote or a brace claims no more than that."""

    @given(text, text, text)
    def check(code: str, actor: str, source: str) -> None:
        claims = [claim.replace(SEPARATOR, "") for claim in (actor, "", "", "", source, "")]
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, SEPARATOR.join(claims)])
        Account.objects.filter(pk=world.account.pk).update(code=code)
        leaf = Leaf.objects.latest("id")
        said = json.loads(leaf.body)
        assert canonical(said) == leaf.body
        assert (
            said["actor"]
            == (claims[0][:64] or "database:qtweb_app")
            == columns(leaf.body).actor
            == leaf.actor
        )
        assert said["after"].get("code", before[0]) == code
        assert (said["role"], said["transaction"]) == ("qtweb_app", leaf.transaction_id)
        before[0] = code

    before = [world.account.code]
    check()


def test_a_leaf_fits_a_tile_whatever_is_claimed(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, SEPARATOR.join(["\x01" * 100_000] * 6)])
    Account.objects.filter(pk=world.account.pk).update(currency="EUR")
    leaf = Leaf.objects.latest("id")
    said = json.loads(leaf.body)
    assert (len(leaf.body) < 6_000, said["after"]) == (True, {"currency": "EUR"})
    assert said["source"] == "\x01" * 256


def test_a_commitment_is_an_hmac_under_a_key_that_the_application_has_not(
    committed_database: Any,
) -> None:
    with committed_database.as_superuser() as superuser:
        [pad] = superuser.execute("SELECT inner_pad FROM compliance_capturekey").fetchone()
        [said] = superuser.execute("SELECT qtweb_commitment('ana', 'orders_user.username', 'x')").fetchone()
    key = bytes(byte ^ 0x36 for byte in pad)
    assert len(key) == 64
    assert len(set(key[:32])) > 8
    assert said == hmac.new(key, b"orders_user.username\x1fx\x1fana", "sha256").hexdigest()


def test_a_revision_cannot_be_set_by_hand_and_a_key_cannot_be_changed(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_firm (id, code, currency, audit_revision) VALUES (uuidv7(), 'NEW', 'USD', 7)"
        )
        cursor.execute("UPDATE orders_firm SET audit_revision = 40 WHERE code = 'NEW'")
        cursor.execute("SELECT audit_revision FROM orders_firm WHERE code = 'NEW'")
        assert cursor.fetchone() == (2,)
        with pytest.raises(Exception, match="the key of a row never changes"):
            cursor.execute("UPDATE orders_firm SET id = uuidv7() WHERE code = 'NEW'")


def test_a_table_in_use_or_without_room_for_its_name_is_told_and_all_others_are_captured(
    committed_database, monkeypatch
):
    """Nothing is locked while a table is waited for, and the check of a deployment names what is not captured."""
    monkeypatch.setattr(patience, "PAUSES_S", (0.01,))
    too_long = "made_with_a_name_of_33_characters"
    url = Instance.migration_database_url(instance(), committed_database.name)
    with psycopg.connect(url, autocommit=True) as owner, psycopg.connect(url) as other:
        for name in ("made_in_use", "made_later", too_long):
            owner.execute(f"CREATE TABLE {name} (id uuid PRIMARY KEY)")
        other.execute("SELECT FROM made_in_use")
        with pytest.raises(NotCaptured) as refused:
            attach_all(owner.cursor(), owner.transaction)
        assert str(refused.value).partition("again: ")[2] == (
            f"made_in_use: canceling statement due to lock timeout; {too_long}: its name has 33 characters,"
            " a leaf's object_type takes 32: set a shorter db_table"
        )
        named = [error.msg for error in every_table_is_captured(None, databases=["default"])]
        assert named == [f"The audit log does not capture {name}." for name in ("made_in_use", too_long)]
        other.rollback()
        owner.execute(f"DROP TABLE {too_long}")
        assert attach_all(owner.cursor(), owner.transaction) == ["made_in_use"]
    assert every_table_is_captured(None, databases=["default"]) == []


def test_a_table_that_nobody_declared_is_captured_with_nothing_in_clear(committed_database):
    url = Instance.migration_database_url(instance(), committed_database.name)
    with psycopg.connect(url, autocommit=True) as owner, owner.transaction():
        assert attach_all(owner.cursor(), owner.transaction) == []
        owner.execute("CREATE TABLE made_later (id uuid PRIMARY KEY, name text, amount numeric)")
        owner.execute("CREATE TABLE made_without_key (name text)")
        assert attach_all(owner.cursor(), owner.transaction) == ["made_later", "made_without_key"]
        assert attach_all(owner.cursor(), owner.transaction) == []
        insert(owner, "made_later", {"name", "amount"})
        insert(owner, "made_without_key", {"name"})
        [without] = owner.execute(
            "SELECT body FROM compliance_leaf WHERE object_type = 'made_without_key'"
        ).fetchone()
        [body] = owner.execute("SELECT body FROM compliance_leaf WHERE object_type = 'made_later'").fetchone()
    assert SECRET not in body + without
    assert json.loads(without)["after"] == {"count": 1}
    said = json.loads(body)
    assert said["after"].keys() == {"id", "name", "amount"}
    assert said["after"]["amount"].keys() == said["after"]["name"].keys() == {"committed"}
    assert said["after"]["id"] == said["object"]["id"]
    assert (said["role"], said["actor"]) == ("qtweb_migrate", "database:qtweb_migrate")
