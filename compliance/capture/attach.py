"""Putting the triggers on: after each migration, on every table that there is and that is not exempt."""

import hashlib
from typing import Any

from compliance.capture.declared import ByStatement, Exempt
from compliance.capture.registry import REGISTRY
from compliance.capture.sql import Table, attach, on_partition

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


def attach_all(cursor: Any) -> list[str]:
    """Put triggers on each table whose triggers are missing or older than its declaration or columns; return which.

    A table is locked only where something is put on it.
    """
    cursor.execute(_TABLES)
    return [found[0] for found in cursor.fetchall() if _attach(cursor, *found)]


def _attach(
    cursor: Any,
    name: str,
    columns: list[str],
    types: list[str],
    key: list[str],
    is_append_only: bool,
    partitions: list[str],
    made_of: str | None,
    triggers: int,
) -> bool:
    declared = REGISTRY.get(name)
    if isinstance(declared, Exempt):
        return False
    table = Table(name, dict(zip(columns, types, strict=True)), key, is_append_only)
    text = attach(table, declared)
    expected = text.count("ENABLE ALWAYS TRIGGER")
    digest = hashlib.sha256(text.encode()).hexdigest()
    if made_of == digest and triggers == expected:
        return False
    if isinstance(declared, ByStatement):
        text += "".join(on_partition(table, partition) for partition in partitions)
    cursor.execute(text)
    cursor.execute(f"COMMENT ON FUNCTION public.{table.function}() IS '{digest}'")
    return True
