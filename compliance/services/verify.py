"""Verification of the audit log: everything is recomputed, page by page, in constant memory.

What the head of the log was is read in one statement; all below it never changes again, so the integrator may go
on meanwhile and no transaction is held open.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from compliance.log_state import OWN_KIND
from compliance.merkle import Frontier
from compliance.models import Leaf, TreeEntry
from compliance.month_reads import months_away
from compliance.note_reads import missing_note
from compliance.page_reads import pages
from compliance.reader import Reader
from compliance.services.archive_files import archived_month
from compliance.services.verify_months import month_fault
from compliance.tree_reads import leaf_ids
from compliance.verification import Break, VerificationResult, first_break, revision_fault

PAGE_ENTRIES = 1024


@dataclass(frozen=True, slots=True)
class Head:
    """How far entries, checkpoints and a search reach, and a node that covers no entry, as one snapshot saw it."""

    entries: int
    checkpointed: int
    horizon: int
    surplus_level: int | None
    surplus_index: int | None
    searched: int

    @property
    def size(self) -> int:
        """How many entries there are, or should be."""
        return max(self.entries, self.checkpointed)


def verify(
    progress: Callable[[int, int], None] | None = None, archives: Path | None = None
) -> VerificationResult:
    """Recompute every leaf, entry, node and checkpoint, and return the verdict with the first break found.

    `progress(done, total)` hears of every page. The log as it was when this began is what is judged. Of months that are
    archived the leaves are read in the folder `archives`; without it the verdict names them.
    """
    frontier = Frontier()
    found, unopened = _first_break(frontier, progress)
    # What went while the pages were read is told as well.
    away = months_away()
    archived = []
    for month in away if found is None else ():
        looked_at, found = archived_month(month, archives)
        archived.append(looked_at)
        if found is not None:
            break
    return VerificationResult(frontier.size, frontier.root().hex(), found, tuple(archived), unopened)


def _first_break(frontier: Frontier, progress: Callable[[int, int], None] | None) -> tuple[Break | None, int]:
    """Return the first break, and how many signed checkpoints were not opened up to there."""
    head, unopened = read_head(), 0
    with Reader() as reader:
        # PostgreSQL judges of all rows at once what no page can tell, while the pages are judged here.
        beside = reader.ask(lambda: kept_out(head.horizon) or miscounted() or fault_beside_pages())
        for page in pages(head.size, entries=PAGE_ENTRIES):
            found = first_break(page, frontier)
            unopened += sum(not note.is_opened for note in page.notes)
            if found is not None:
                return found, unopened
            if progress is not None:
                progress(page.stop, head.size)
        return uncovered(head) or beside.result(), unopened


def uncovered(head: Head) -> Break | None:
    """Return what reaches beyond the tree: entries without a checkpoint, a node or a search without entries."""
    if head.entries > head.checkpointed:
        return Break("no checkpoint covers the entry", head.checkpointed)
    if head.surplus_level is not None:
        node = f"{head.surplus_level}/{head.surplus_index}"
        return Break(f"the tree's node {node} covers no such entries", head.size)
    if head.searched > head.entries:
        return Break("a search knows of an entry that is not there", head.searched - 1)
    return None


def read_head() -> Head:
    """Return where the log ends now, as one statement sees it."""
    with connection.cursor() as cursor:
        # A complete subtree (level, index) ends before entry (index + 1) << level; levels above 62 cannot be.
        cursor.execute(
            """
            WITH entries AS (SELECT coalesce(max(sequence) + 1, 0) AS size FROM compliance_treeentry),
                 surplus AS (SELECT level, index FROM compliance_treenode, entries
                             WHERE level > 62 OR index >= size >> level LIMIT 1),
                 last AS (SELECT tree_size, horizon FROM compliance_checkpoint ORDER BY tree_size DESC LIMIT 1)
            SELECT (SELECT size FROM entries),
                   coalesce((SELECT tree_size FROM last), 0), coalesce((SELECT horizon FROM last), 0),
                   (SELECT level FROM surplus), (SELECT index FROM surplus),
                   (SELECT coalesce(max(sequence) + 1, 0) FROM compliance_searchentry)
            """
        )
        return Head(*cursor.fetchone())


def fault_beside_pages() -> Break | None:
    """Return what is wrong with archived months or lacks among the signed checkpoints: no page tells of either."""
    return month_fault() or missing_note(OWN_KIND)


def kept_out(horizon: int) -> Break | None:
    """Return a leaf that has no entry although its transaction ended before the last checkpoint was made."""
    entry = TreeEntry.objects.filter(leaf_id=OuterRef("pk"))
    leaf = Leaf.objects.filter(~Exists(entry), transaction_id__lt=horizon).order_by("pk").first()
    if leaf is None:
        return None
    name = f"{leaf.object_type} {leaf.object_id}"
    return Break("never sequenced, though older than the last checkpoint", None, leaf.pk, name)


_MISCOUNTED = """
    WITH emptied AS (
        SELECT object_type, array_agg(id ORDER BY id) AS at FROM compliance_leaf
        WHERE object_id = '*' AND kind = 'row' AND action = 'truncate' GROUP BY object_type
    )
    SELECT id, object_type, object_id, action, revision,
        CASE WHEN times_emptied > times_before THEN 0 ELSE previous END AS followed
    FROM (
        SELECT id, object_type, object_id, action, revision, times_emptied,
            lag(CASE action WHEN 'delete' THEN 0 ELSE revision END, 1, %(before)s::bigint) OVER of_row AS previous,
            lag(times_emptied, 1, 0) OVER of_row AS times_before
        FROM (
            SELECT id, object_type, object_id, action, revision,
                CASE WHEN at IS NULL THEN 0 ELSE width_bucket(id, at) END AS times_emptied
            FROM compliance_leaf LEFT JOIN emptied USING (object_type) WHERE kind = 'row' AND revision > 0
        ) AS told
        WINDOW of_row AS (PARTITION BY object_id, object_type ORDER BY id)
    ) AS counted
    WHERE revision <> CASE WHEN times_emptied > times_before THEN 0 ELSE previous END + 1 ORDER BY id LIMIT 1
"""


_MISCOUNTED_AMONG = """
    SELECT leaf.id, leaf.object_type, leaf.object_id, leaf.action, leaf.revision, coalesce(earlier.revision, 0)
    FROM compliance_leaf AS leaf LEFT JOIN LATERAL (
        SELECT id, CASE action WHEN 'delete' THEN 0 ELSE revision END AS revision FROM compliance_leaf
        WHERE object_id = leaf.object_id AND object_type = leaf.object_type AND kind = 'row' AND revision > 0
            AND id < leaf.id
        ORDER BY id DESC LIMIT 1
    ) AS earlier ON true
    WHERE leaf.kind = 'row' AND leaf.revision > 0 AND leaf.id BETWEEN %(lowest)s AND %(highest)s
        AND leaf.id IN (SELECT leaf_id FROM compliance_treeentry WHERE sequence >= %(start)s AND sequence < %(stop)s)
        AND leaf.revision <> coalesce(earlier.revision, CASE WHEN %(is_away)s THEN leaf.revision - 1 ELSE 0 END) + 1
        AND NOT (leaf.revision = 1 AND EXISTS (
            SELECT FROM compliance_leaf WHERE object_id = '*' AND object_type = leaf.object_type AND kind = 'row'
                AND action = 'truncate' AND id > earlier.id AND id < leaf.id
        ))
    ORDER BY leaf.id LIMIT 1
"""


def miscounted() -> Break | None:
    """Return the first leaf of a row that does not follow on the row's last one, whether it has an entry or waits.

    A row's changes wait for each other, so that its leaves' ids are in the order of its changes. Where the table was
    emptied in between they count anew. Where months are
    archived the first change of a row that is left may be any: the count up to it was judged before they went.
    """
    return _while_months_stay(lambda is_away: _miscount(_MISCOUNTED, {"before": None if is_away else 0}))


def miscounted_among(start: int, stop: int) -> Break | None:
    """Return the same among the entries `start` up to, not including, `stop`, each held against the row's last one."""
    lowest, highest = leaf_ids(start, stop) or (0, 0)
    values = {"start": start, "stop": stop, "lowest": lowest, "highest": highest}
    return _while_months_stay(lambda is_away: _miscount(_MISCOUNTED_AMONG, {**values, "is_away": is_away}))


def _while_months_stay(judge: Callable[[bool], Break | None]) -> Break | None:
    """Judge with or without archived months; again where the first one went before the rows were read."""
    is_away = bool(months_away())
    found = judge(is_away)
    return judge(True) if found is not None and not is_away and months_away() else found


def _miscount(statement: str, values: dict[str, Any]) -> Break | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchone()
    if found is None:
        return None
    leaf_id, object_type, object_id, verb, revision, previous = found
    return Break(revision_fault(verb, revision, previous), None, leaf_id, f"{object_type} {object_id}")
