"""Reads of the log as it is stored, a page of entries at a time, for who recomputes it.

The statements are prepared: planned anew for each page they took as long as reading it.
"""

from collections.abc import Iterator

from compliance.month_reads import months_away
from compliance.note_reads import notes_between
from compliance.reader import Reader
from compliance.tree_reads import ACCOUNT_OF_LEAF, leaf_ids
from compliance.verification import Page, SetApart, StoredEntry
from orders.kernel.statements import Statement

# The bounds of the leaves' ids are said beside the join: PostgreSQL then opens only the months that they lie in.
# Of a year before the first to_char spells the number alone.
_ENTRIES = Statement(
    f"""
    SELECT entry.sequence, entry.leaf_id, entry.leaf_hash,
        CASE WHEN found.sequence IS NULL
                THEN entry.sequence > (SELECT coalesce(max(sequence), -1) FROM compliance_searchentry
                    WHERE sequence <= (SELECT max(sequence) FROM compliance_treeentry))
            WHEN leaf.id IS NULL THEN found.leaf_id = entry.leaf_id
            ELSE (found.leaf_id, found.object_type, found.object_id, found.action, found.actor, found.correlation_id,
                    found.recorded_at)
                = (leaf.id, leaf.object_type, leaf.object_id, leaf.action, leaf.actor, leaf.correlation_id,
                    leaf.recorded_at)
                AND CASE WHEN found.account_id IS NOT NULL THEN position(found.account_id::text IN leaf.body) > 0
                    ELSE {ACCOUNT_OF_LEAF} IS NULL END
        END,
        leaf.body, leaf.object_type, leaf.object_id, leaf.revision, leaf.action, leaf.actor, leaf.correlation_id,
        to_char(leaf.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            || CASE WHEN leaf.recorded_at < '0001-01-01Z' THEN ' BC' ELSE '' END,
        leaf.kind, CASE leaf.kind WHEN 'row' THEN leaf.transaction_id END
    FROM compliance_treeentry AS entry LEFT JOIN compliance_leaf AS leaf
        ON leaf.id = entry.leaf_id AND leaf.id BETWEEN %(lowest)s AND %(highest)s
    LEFT JOIN compliance_searchentry AS found
        ON found.sequence = entry.sequence AND found.sequence >= %(start)s AND found.sequence < %(stop)s
    WHERE entry.sequence >= %(start)s AND entry.sequence < %(stop)s ORDER BY entry.sequence
    """  # noqa: S608 - a constant of our own
)
# The nodes whose last entry lies on the page are one range of indexes on each level.
_NODES = Statement(
    """
    SELECT stored.level, stored.index, stored.hash
    FROM generate_series(1, %(levels)s::int) AS wanted (level) CROSS JOIN LATERAL (
        SELECT level, index, hash FROM compliance_treenode
        WHERE level = wanted.level AND index >= %(start)s::bigint >> wanted.level
            AND index < %(stop)s::bigint >> wanted.level
        OFFSET 0
    ) AS stored
    """
)
_ROOTS = Statement(
    """
    SELECT tree_size, root_hash, horizon < lag(horizon, 1, (
        SELECT horizon FROM compliance_checkpoint WHERE tree_size <= %(start)s ORDER BY tree_size DESC LIMIT 1
    )) OVER (ORDER BY tree_size)
    FROM compliance_checkpoint WHERE tree_size > %(start)s AND tree_size <= %(stop)s
    """
)


def pages(size: int, *, entries: int) -> Iterator[Page]:
    """Yield the pages of so many `entries` up to `size`: while one is looked at the next is read beside it.

    A single page is read by who asks.
    """
    bounds = [(start, min(start + entries, size)) for start in range(0, size, entries)]
    if len(bounds) < 2:
        yield from (read_page(*each) for each in bounds)
        return
    with Reader() as reader:
        ahead = reader.ask(read_page, *bounds[0])
        for each in bounds[1:]:
            page, ahead = ahead.result(), reader.ask(read_page, *each)
            yield page
        yield ahead.result()


def read_page(start: int, stop: int) -> Page:
    """Return the rows of the entries `start` up to, not including, `stop`."""
    entries = _entries(start, stop)
    away: list[SetApart] = []
    if any(entry.body is None for entry in entries):
        away = [SetApart(month.ids, month.sequences) for month in months_away()]
        # A month that was put back between the two reads is read now.
        entries = _entries(start, stop)
    roots = _ROOTS.rows({"start": start, "stop": stop})
    nodes = _NODES.rows({"levels": stop.bit_length() - 1, "start": start, "stop": stop})
    return Page(
        start=start,
        stop=stop,
        entries=entries,
        nodes={(level, index): stored for level, index, stored in nodes},
        roots={size: root for size, root, _is_fallen in roots},
        fallen=[size for size, _root, is_fallen in roots if is_fallen],
        notes=notes_between(start, stop),
        away=away,
    )


def _entries(start: int, stop: int) -> list[StoredEntry]:
    lowest, highest = leaf_ids(start, stop) or (0, 0)
    values = {"start": start, "stop": stop, "lowest": lowest, "highest": highest}
    return [StoredEntry._make(row) for row in _ENTRIES.rows(values)]
