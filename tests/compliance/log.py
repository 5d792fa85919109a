"""Leaves for tests of the log itself: written as the business writes them, or through a connection of its own."""

from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db import transaction

from compliance.handlers import record_leaf
from compliance.leaves import body
from compliance.models import Leaf, SearchEntry, TreeEntry
from compliance.services.account_months import AccountReader
from compliance.services.index_leaves import index_batch
from compliance.services.integrate import Integrator
from orders.events import InstructionRefused
from orders.kernel.context import process_actor
from orders.kernel.rows import insert_values

MOMENT = datetime(2024, 3, 8, 14, 30, tzinfo=UTC)
INSERT = """
    INSERT INTO compliance_leaf
        (object_type, object_id, revision, action, actor, correlation_id, recorded_at, body)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""


def event(name: str = "thing", **changes: Any) -> InstructionRefused:
    facts = {"code": "RESOURCE_ACCOUNT_NOT_FOUND", "account": "EQ-1", "symbol": "SPY", **changes}
    return InstructionRefused(
        actor=process_actor("tests"), object_id=name, revision=1, market_time=MOMENT, **facts
    )


def record(*names: str) -> None:
    """A committed leaf for each name, each in a transaction of its own."""
    for name in names:
        with transaction.atomic():
            record_leaf(event(name))


def forge(**said: Any) -> None:
    """A leaf that says what it was told to, by the application's own right to add some."""
    insert_values(
        Leaf,
        **{
            "revision": 1,
            "action": "Forged",
            "actor": "process:tests",
            "correlation_id": "c",
            "recorded_at": MOMENT,
            **said,
        },
    )


def insert(connection: "psycopg.Connection[Any]", name: str = "thing") -> int:
    """A leaf in whatever transaction the connection is in; returns its id."""
    fact = event(name)
    values = (fact.object_type, name, 1, fact.action, fact.actor.reference, "c", MOMENT)
    row = connection.execute(INSERT, (*values, body(fact, correlation_id="c", recorded_at=MOMENT))).fetchone()
    assert row is not None
    return int(row[0])


def integrate() -> int:
    """Sequence all that is visible, as a fresh integrator; returns how many leaves that were."""
    integrator, total = Integrator(), 0
    while sequenced := integrator.run_batch():
        total += sequenced
    return total


def sequenced_ids() -> list[int]:
    """The leaf ids in the order of the tree."""
    return list(TreeEntry.objects.order_by("sequence").values_list("leaf_id", flat=True))


def indexed() -> int:
    """Sequence all that is visible, make it findable, read whom it concerns; returns how many leaves a search knows."""
    integrate()
    accounts = AccountReader()
    while index_batch() or accounts.run_batch():
        pass
    return SearchEntry.objects.count()


def tamper(database, table: str, *statements: str) -> None:
    """Change rows behind everybody's back, which takes the owner's right to switch the guards off."""
    with database.as_superuser() as superuser:
        superuser.execute(
            "SET session_replication_role = replica"
        )  # foreign keys look away; the guards do not
        superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            assert superuser.execute(statement).rowcount == 1
        superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_rows")
        superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_table")
