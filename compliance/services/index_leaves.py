"""Make leaves that have their place in the tree findable: a batch in one transaction, in the order of the tree.

A pass of its own, after the integrator's and by the same process: a search may lag a second behind, sequencing must
not wait for nine indexes. Where it stands is the last of the tree's entries that has a row, so it goes on after any
interruption, and fills the search of a log that is older than this table. What somebody else put there stays, and
stops nothing: verification names it.
"""

from compliance.tree_reads import ACCOUNT_OF_LEAF, leaf_ids, newest_findable
from orders.kernel.statements import Statement
from orders.kernel.transactions import service

BATCH_INDEXED = 5_000

_INDEX = Statement(
    f"""
    INSERT INTO compliance_searchentry
        (leaf_id, sequence, object_type, object_id, action, actor, correlation_id, recorded_at, account_id)
    SELECT leaf.id, entry.sequence, leaf.object_type, leaf.object_id, leaf.action, leaf.actor,
        leaf.correlation_id, leaf.recorded_at, {ACCOUNT_OF_LEAF}
    FROM compliance_treeentry AS entry
    JOIN compliance_leaf AS leaf ON leaf.id = entry.leaf_id
    WHERE entry.sequence >= %(first)s AND entry.sequence < %(end)s
        AND leaf.id >= %(lowest)s AND leaf.id <= %(highest)s
    ON CONFLICT DO NOTHING
    """  # noqa: S608 - a constant of our own
)


@service
def index_batch() -> int:
    """Index up to BATCH_INDEXED leaves after the last that was indexed and return how many. For the sole integrator."""
    last = newest_findable()
    first = 0 if last is None else last.sequence + 1
    end = first + BATCH_INDEXED
    ids = leaf_ids(first, end)
    if ids is None:
        return 0
    return _INDEX.run({"first": first, "end": end, "lowest": ids[0], "highest": ids[1]})
