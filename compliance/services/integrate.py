"""The integrator: gives leaves their place in the tree, a batch in one transaction, and loses none.

The lowest id comes first, so causality holds: who saw another's commit has the higher leaf id.
"""

from contextlib import AbstractContextManager
from copy import deepcopy

from django.db import connection
from django.db.models import Exists, OuterRef

from compliance.errors import AuditTreeBroken
from compliance.floor import Candidate, Floor
from compliance.merkle import Frontier, frontier_keys, leaf_hash
from compliance.models import Checkpoint, Leaf, TreeEntry, TreeNode
from compliance.services.sole import sole
from orders.kernel.transactions import service

BATCH_LEAVES = 1000
_LOCK = 0x7174_7765_6200_0001  # "qtweb" and a number: which advisory lock is the integrator's


def sole_integrator() -> AbstractContextManager[bool]:
    """Try to be the one integrator of this database; yields whether we are."""
    return sole(_LOCK)


class Integrator:
    """The tree as the last batch left it, and where to look for more leaves. Only for the sole integrator."""

    def __init__(self) -> None:
        """Read the tree's frontier. Raises AuditTreeBroken when it has not the last checkpoint's root."""
        self._frontier = _stored_frontier()
        self._floor = Floor()

    @property
    def size(self) -> int:
        """How many leaves are in the tree."""
        return self._frontier.size

    @service
    def _integrate(self) -> tuple[int, Frontier, Floor]:
        # Copies of this attempt's own: one that is rolled back has changed nothing of what is remembered.
        frontier, floor = deepcopy(self._frontier), deepcopy(self._floor)
        last_id, horizon = _last_id_and_horizon()
        if last_id <= floor.leaf_id:
            return 0, frontier, floor
        if floor.candidate is None:
            floor.candidate = Candidate(last_id, _own_transaction_id())
        leaves = _unsequenced(floor.leaf_id)
        is_full = len(leaves) == BATCH_LEAVES
        if leaves:
            _extend(frontier, leaves, horizon=None if is_full else horizon)
        floor.pass_done(horizon=horizon, sequenced_through=leaves[-1][0] if is_full else None)
        return len(leaves), frontier, floor

    def run_batch(self) -> int:
        """Sequence up to BATCH_LEAVES visible leaves in one transaction and return how many.

        What the integrator remembers moves only when that transaction has committed.
        """
        sequenced, self._frontier, self._floor = self._integrate()
        return sequenced


def _stored_frontier() -> Frontier:
    last = TreeEntry.objects.order_by("-sequence").first()
    size = 0 if last is None else last.sequence + 1
    frontier = Frontier(size, [_stored_hash(level, index) for level, index in frontier_keys(size)])
    checkpoint = Checkpoint.objects.order_by("-tree_size").first()
    expected = (0, Frontier().root()) if checkpoint is None else (checkpoint.tree_size, checkpoint.root_hash)
    if (size, frontier.root()) != (expected[0], bytes(expected[1])):
        raise AuditTreeBroken("the stored tree is not the one of the last checkpoint", tree_size=size)
    return frontier


def _stored_hash(level: int, index: int) -> bytes:
    if level == 0:
        found = TreeEntry.objects.filter(sequence=index).values_list("leaf_hash", flat=True).first()
    else:
        found = TreeNode.objects.filter(level=level, index=index).values_list("hash", flat=True).first()
    if found is None:
        raise AuditTreeBroken("a subtree is missing", level=level, index=index)
    return bytes(found)


def _last_id_and_horizon() -> tuple[int, int]:
    """Return the last leaf id allocated, and the lowest transaction number still running.

    On the way this transaction is told to read by itself: for leaves of several months PostgreSQL would start workers,
    which takes longer than reading a batch.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END,"
            " pg_snapshot_xmin(pg_current_snapshot())::text::bigint,"
            " set_config('max_parallel_workers_per_gather', '0', true) FROM compliance_leaf_id_seq"
        )
        last_id, horizon, _told = cursor.fetchone()
    return last_id, horizon


def _own_transaction_id() -> int:
    """Take this transaction's number: only here, after the last id was read. See compliance/floor.py."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return int(cursor.fetchone()[0])


def _unsequenced(above: int) -> list[tuple[int, str]]:
    # The bound is said of entries as well: without it PostgreSQL reads them all, for every batch.
    entry = TreeEntry.objects.filter(leaf_id__gt=above, leaf_id=OuterRef("pk"))
    leaves = Leaf.objects.filter(~Exists(entry), pk__gt=above).order_by("pk")
    return list(leaves.values_list("pk", "body")[:BATCH_LEAVES])


def _extend(frontier: Frontier, leaves: list[tuple[int, str]], *, horizon: int | None) -> None:
    """Write entries, nodes and a checkpoint. Without a `horizon` of its own the last checkpoint's still holds."""
    entries: list[tuple[int, int, bytes]] = []
    nodes: list[tuple[int, int, bytes]] = []
    for leaf_id, body in leaves:
        entry_hash = leaf_hash(body.encode())
        entries.append((frontier.size, leaf_id, entry_hash))
        nodes += ((node.level, node.index, node.hash) for node in frontier.append(entry_hash))
    _copy(TreeEntry, "sequence, leaf_id, leaf_hash", entries)
    _copy(TreeNode, "level, index, hash", nodes)
    Checkpoint.objects.create(
        tree_size=frontier.size,
        root_hash=frontier.root(),
        horizon=_last_horizon() if horizon is None else horizon,
    )


def _copy(table: type[TreeEntry | TreeNode], columns: str, rows: list[tuple[int, int, bytes]]) -> None:
    """Insert rows by COPY: a fraction of bulk_create's cost, on a machine that admission wants for itself."""
    statement = f"COPY {table._meta.db_table} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _last_horizon() -> int:
    return Checkpoint.objects.order_by("-tree_size").values_list("horizon", flat=True).first() or 0
