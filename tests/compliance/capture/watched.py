"""A pytest plugin: looks at every transaction of every service, before it ends, for the leaves of what it wrote.

PostgreSQL counts by itself which tables a transaction has written to; the log is asked whether each of them has a leaf
of a row that names the service. What it saw goes to the file that QTWEB_WATCHED names.
"""

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from compliance.capture.declared import ByStatement, Exempt
from compliance.capture.registry import REGISTRY
from orders.kernel import transactions
from orders.kernel.context import act
from orders.kernel.postgresql.claims import SETTING, claims

REPORT = "QTWEB_WATCHED"
_WRITTEN = """
    SELECT coalesce(parent.relname, stats.relname), sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint
    FROM pg_stat_xact_user_tables AS stats LEFT JOIN pg_inherits ON inhrelid = stats.relid
        LEFT JOIN pg_class AS parent ON parent.oid = inhparent
    WHERE stats.schemaname = 'public' AND n_tup_ins + n_tup_upd + n_tup_del > 0 GROUP BY 1
"""
_LEAVES = """
    SELECT id, kind, object_type, body::json ->> 'service' FROM compliance_leaf
    WHERE transaction_id = pg_current_xact_id_if_assigned()::text::bigint AND id > %s
"""


@dataclass
class Seen:
    """What the calls of one service left: its events, and the tables that it wrote to.

    Those are told where a leaf of a row names the service, untold (with the test that saw it) where none does, and
    exempt by the registry.
    """

    events: int = 0
    told: set[str] = field(default_factory=set)
    untold: dict[str, str] = field(default_factory=dict)
    exempt: set[str] = field(default_factory=set)


_seen: dict[str, Seen] = {}


def _rows(statement: str, values: list[Any] | None = None) -> list[Any]:
    """Ask beside Django's record of queries, which tests count."""
    found: list[Any] = connection.connection.execute(statement, values).fetchall()
    return found


@contextmanager
def _looked_at(durable: bool) -> Iterator[None]:
    running = act()
    with transaction.atomic(durable=durable):
        if running is None:
            yield
            return
        connection.ensure_connection()
        # A test that is rolled back is one transaction of many services: each says here what BEGIN says elsewhere.
        _rows("SELECT set_config(%s, %s, true)", [SETTING, claims()])
        before = dict(_rows(_WRITTEN))
        [(last,)] = _rows("SELECT coalesce(max(id), 0) FROM compliance_leaf")
        yield
        if connection.needs_rollback:
            return
        written = {name for name, count in _rows(_WRITTEN) if count > before.get(name, 0)}
        _judge(running.service, written, _rows(_LEAVES, [last]))


def _judge(name: str, written: set[str], leaves: list[Any]) -> None:
    seen = _seen.setdefault(name, Seen())
    test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
    seen.events += sum(kind == "event" and by == name for _, kind, _, by in leaves)
    told = {table for _, kind, table, by in leaves if kind == "row" and by == name}
    for table in written:
        declared = REGISTRY[table]
        if isinstance(declared, Exempt):
            seen.exempt.add(table)
        elif any(each == table or each.startswith(f"{table}_2") for each in told):
            seen.told.add(table)
        elif not (isinstance(declared, ByStatement) and declared.is_derived):
            seen.untold[table] = test


class _Transaction:
    """What a service finds as `django.db.transaction`: as it is, but that the end is looked at."""

    @staticmethod
    def atomic(durable: bool) -> AbstractContextManager[None]:
        return _looked_at(durable)


def pytest_configure(config: pytest.Config) -> None:
    transactions.transaction = _Transaction  # type: ignore[assignment]


def pytest_sessionfinish(session: pytest.Session) -> None:
    said = {
        name: {
            "events": seen.events,
            "told": sorted(seen.told),
            "untold": seen.untold,
            "exempt": sorted(seen.exempt),
        }
        for name, seen in _seen.items()
    }
    Path(os.environ[REPORT]).write_text(json.dumps(said))
