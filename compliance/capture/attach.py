"""Putting the triggers on: after each migration, on every table that there is and that is not exempt."""

import hashlib
from typing import Any, NamedTuple

from compliance.capture.declared import ByStatement, Declaration, Exempt
from compliance.capture.registry import REGISTRY
from compliance.capture.sql import Table, attach, count_changes, on_partition

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
            WHERE pronamespace = stored.relnamespace AND proname = 'qtweb_capture_' || stored.relname),
        (SELECT count(*) FROM pg_trigger WHERE tgrelid = stored.oid AND tgenabled = 'A'
            AND tgname LIKE ANY (ARRAY['capture%', 'revision%', 'key_stays']))
    FROM pg_class AS stored JOIN pg_attribute AS kept ON kept.attrelid = stored.oid
    WHERE stored.relnamespace = 'public'::regnamespace AND stored.relkind IN ('r', 'p')
        AND NOT stored.relispartition AND kept.attnum > 0 AND NOT kept.attisdropped
    GROUP BY stored.oid ORDER BY stored.relname
"""


class Found(NamedTuple):
    """A table as it is found: what its triggers were made of, None without any, and how many of them are on."""

    name: str
    columns: list[str]
    types: list[str]
    key: list[str]
    is_append_only: bool
    partitions: list[str]
    made_of: str | None
    triggers: int

    @property
    def table(self) -> Table:
        """What its triggers are made of, beside its declaration."""
        return Table(
            self.name, dict(zip(self.columns, self.types, strict=True)), self.key, self.is_append_only
        )


def attach_all(cursor: Any) -> list[str]:
    """Put triggers on each table whose triggers are missing or older than its declaration or columns; return which.

    A table is locked only where something is put on it.
    """
    cursor.execute(_TABLES)
    found = [Found(*row) for row in cursor.fetchall()]
    return [each.name for each in found if _attach(cursor, each, REGISTRY.get(each.name))]


def _attach(cursor: Any, found: Found, declared: Declaration | None) -> bool:
    if isinstance(declared, Exempt):
        return False
    table = found.table
    text = attach(table, declared)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if (found.made_of, found.triggers) == (digest, text.count("ENABLE ALWAYS TRIGGER")):
        return False
    if isinstance(declared, ByStatement):
        text += "".join(on_partition(table, partition) for partition in found.partitions)
    cursor.execute(count_changes(table, declared) + text)
    cursor.execute(f"COMMENT ON FUNCTION public.{table.function}() IS '{digest}'")
    return True
