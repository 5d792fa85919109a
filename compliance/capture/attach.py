"""Putting the triggers on: after each migration, on every table that there is and that is not exempt."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import psycopg
from django.db import Error

from compliance.capture.declared import ByStatement, Declaration, Exempt
from compliance.capture.registry import REGISTRY
from compliance.capture.sql import (
    REVISION,
    Table,
    attach,
    count_changes,
    forget_name,
    is_named_in_clear,
    on_partition,
    source_of,
    triggers_of,
)
from orders.kernel.postgresql.patience import patiently

LOCK_TIMEOUT_MS = 500
LONGEST_NAME = 32
"""So many characters a leaf's object_type takes."""

_TABLES = """
    SELECT stored.relname,
        array_agg(kept.attname::text ORDER BY kept.attnum),
        array_agg(format_type(kept.atttypid, NULL) ORDER BY kept.attnum),
        coalesce((SELECT array_agg(part.attname::text ORDER BY place.number) FROM pg_index AS key
            CROSS JOIN unnest(key.indkey::smallint[]) WITH ORDINALITY AS place (attnum, number)
            JOIN pg_attribute AS part ON part.attrelid = stored.oid AND part.attnum = place.attnum
            WHERE key.indrelid = stored.oid AND key.indisprimary), '{}'),
        EXISTS (SELECT FROM pg_trigger WHERE tgrelid = stored.oid AND tgname = 'append_only_rows'
            AND tgenabled = 'A' AND tgtype & 16 = 16),
        coalesce((SELECT array_agg(month.relname::text ORDER BY month.relname) FROM pg_inherits
            JOIN pg_class AS month ON month.oid = inhrelid WHERE inhparent = stored.oid), '{}'),
        (SELECT obj_description(oid) FROM pg_proc
            WHERE pronamespace = stored.relnamespace AND proname = 'qtweb_capture_' || stored.relname
                AND prosecdef AND proconfig = ARRAY['search_path=pg_catalog, pg_temp']),
        (SELECT prosrc FROM pg_proc
            WHERE pronamespace = stored.relnamespace AND proname = 'qtweb_capture_' || stored.relname)
    FROM pg_class AS stored JOIN pg_attribute AS kept ON kept.attrelid = stored.oid
    WHERE stored.relnamespace = 'public'::regnamespace AND stored.relkind IN ('r', 'p')
        AND NOT stored.relispartition AND kept.attnum > 0 AND NOT kept.attisdropped
    GROUP BY stored.oid ORDER BY stored.relname
"""
_TRIGGERS = """
    SELECT relname, array_agg(format('%s %s %s %s', tgname, tgtype, proname,
        CASE WHEN tgqual IS NULL THEN 'False' ELSE 'True' END))
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE relnamespace = 'public'::regnamespace AND tgenabled = 'A'
        AND tgname LIKE ANY (ARRAY['capture%', 'revision%', 'key_stays'])
    GROUP BY relname
"""


class NotCaptured(RuntimeError):
    """Tables whose changes leave no leaf, or not those that are declared."""

    def __init__(self, refused: Mapping[str, str]) -> None:
        """`refused` is why, by table."""
        why = "; ".join(f"{name}: {reason}" for name, reason in refused.items())
        super().__init__(f"not captured in the audit log, until `manage.py migrate` is run again: {why}")


class Found(NamedTuple):
    """A table as it is found: what its triggers were made of and their text, None without any; and which are on."""

    name: str
    columns: list[str]
    types: list[str]
    key: list[str]
    is_append_only: bool
    partitions: list[str]
    made_of: str | None
    source: str | None
    triggers: Mapping[str, set[str]]

    @property
    def earlier_function(self) -> str | None:
        """The trigger function that the table had under another name, None where it had none."""
        functions = (each.split()[2] for each in self.triggers[self.name] if each.startswith("capture_"))
        return next((each for each in functions if each != self.table.function), None)

    @property
    def table(self) -> Table:
        """What its triggers are made of, beside its declaration."""
        return Table(
            self.name,
            dict(zip(self.columns, self.types, strict=True)),
            self.key,
            self.is_append_only,
            is_named_in_clear(self.name, self.source),
        )


def is_there(cursor: Any) -> bool:
    """Tell whether the database has what triggers call: from capture's own migration on."""
    cursor.execute("SELECT to_regproc('public.qtweb_write_leaf') IS NOT NULL")
    return bool(cursor.fetchone()[0])


def not_captured(cursor: Any) -> dict[str, str]:
    """Return the SQL of each table whose triggers are missing or older than its declaration or columns, by its name."""
    cursor.execute(_TRIGGERS)
    triggers = defaultdict(set, {name: set(those) for name, those in cursor.fetchall()})
    cursor.execute(_TABLES)
    found = [Found._make([*row, triggers]) for row in cursor.fetchall()]
    due = {each.name: _due(each, REGISTRY.get(each.name)) for each in found}
    return {name: statements for name, statements in due.items() if statements}


def attach_all(cursor: Any, alone: Callable[[], AbstractContextManager[Any]]) -> list[str]:
    """Put triggers on each table that is not captured as declared; return which.

    A table is locked only where something is put on it, and in a transaction of its own, which `alone` opens: processes
    that use tables in whatever order wait for one lock at a time, and for that briefly. Raises NotCaptured in the end
    for tables that somebody used whenever it was tried, or whose name has no room in a leaf; all others are captured.
    """
    due, refused = not_captured(cursor), {}
    for name, statements in due.items():
        try:
            _require_room(name)
            patiently(partial(_attach, cursor, statements, alone))
        except (ValueError, Error, psycopg.Error) as error:
            refused[name] = str(error).partition("\n")[0]
    if refused:
        raise NotCaptured(refused)
    return list(due)


def _attach(cursor: Any, statements: str, alone: Callable[[], AbstractContextManager[Any]]) -> None:
    with alone():
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'")
        cursor.execute(statements)


def _require_room(name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise ValueError(
            f"its name has {len(name)} characters, a leaf's object_type takes {LONGEST_NAME}: set a shorter db_table"
        )


def _due(found: Found, declared: Declaration | None) -> str:
    if isinstance(declared, Exempt):
        return ""
    table, earlier = found.table, found.earlier_function
    if earlier is not None:
        before, table = forget_name(table, earlier), replace(table, types=_without_count(table))
    else:
        before = ""
    text = attach(table, declared)
    digest = hashlib.sha256(text.encode()).hexdigest()
    directly = {
        partition: on_partition(table, partition) if isinstance(declared, ByStatement) else ""
        for partition in found.partitions
    }
    if (
        (found.made_of, found.source) == (digest, source_of(text))
        and found.triggers[found.name] == triggers_of(text)
        and all(triggers_of(made) <= found.triggers[partition] for partition, made in directly.items())
    ):
        return ""
    made_of = f"COMMENT ON FUNCTION public.{table.function}() IS '{digest}'"
    return before + count_changes(table, declared) + text + "".join(directly.values()) + made_of


def _without_count(table: Table) -> Mapping[str, str]:
    return {name: kind for name, kind in table.types.items() if name != REVISION}
