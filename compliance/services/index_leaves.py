"""Make leaves that have their place in the tree findable: a batch in one transaction, in the order of the tree.

A pass of its own, after the integrator's and by the same process: a search may lag a second behind, sequencing must
not wait for nine indexes. Where it stands is the last row that it wrote, so it goes on after any interruption, and
fills the search of a log that is older than this table.
"""

import logging
import time

from django.db import DatabaseError

from compliance.log_metrics import INDEX_FAILURES
from compliance.models import SearchEntry, TreeEntry
from compliance.tree_reads import leaf_ids
from orders.kernel.statements import Statement
from orders.kernel.transactions import service

BATCH_INDEXED = 5_000
PAUSE_S = 15.0
"""So long after a batch could not be indexed it is tried again."""

logger = logging.getLogger(__name__)

# The account stands first among the facts, and quotes within a text never stand bare: so it is found in an entry's one
# spelling. No body is parsed: PostgreSQL takes a text for JSON that it then fails to read, by a lone surrogate or
# thousands of brackets, and one such leaf would end the index.
_INDEX = Statement(
    """
    INSERT INTO compliance_searchentry
        (leaf_id, sequence, object_type, object_id, action, actor, correlation_id, recorded_at, account_id)
    SELECT leaf.id, entry.sequence, leaf.object_type, leaf.object_id, leaf.action, leaf.actor,
        leaf.correlation_id, leaf.recorded_at,
        CASE WHEN account.id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN account.id::uuid END
    FROM compliance_treeentry AS entry
    JOIN compliance_leaf AS leaf ON leaf.id = entry.leaf_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN leaf.object_type IN ('order', 'run')
            THEN left(split_part(leaf.body, '"facts":{"account_id":"', 2), 36) END AS id
    ) AS account
    WHERE entry.sequence >= %(first)s AND entry.sequence < %(end)s
        AND leaf.id >= %(lowest)s AND leaf.id <= %(highest)s
    ON CONFLICT DO NOTHING
    """
)


@service
def index_batch() -> int:
    """Index up to BATCH_INDEXED leaves after the last that was indexed and return how many. For the sole integrator.

    A row that somebody else put into the search keeps one leaf from being found, and none of the others.
    """
    newest = TreeEntry.objects.order_by("-sequence").values_list("sequence", flat=True)[:1]
    there = SearchEntry.objects.filter(sequence__lte=newest).order_by("-sequence")
    last = there.values_list("sequence", flat=True).first()
    first = 0 if last is None else last + 1
    end = first + BATCH_INDEXED
    ids = leaf_ids(first, end)
    if ids is None:
        return 0
    return _INDEX.run({"first": first, "end": end, "lowest": ids[0], "highest": ids[1]})


class Indexing:
    """Only for the sole integrator, whose sequencing and signing no error of the search ends."""

    def __init__(self) -> None:
        self._again_at_s = 0.0

    def turn(self) -> int:
        """Index a batch and return how many leaves that were: none where the database refuses, until PAUSE_S later.

        That it failed is in the process's log and among its metrics; how long leaves have waited for the search is in
        the state of the log.
        """
        if time.monotonic() < self._again_at_s:
            return 0
        try:
            return index_batch()
        except DatabaseError:
            self._again_at_s = time.monotonic() + PAUSE_S
            INDEX_FAILURES.inc()
            logger.exception("leaves cannot be indexed for the search, tried again in %.0f s", PAUSE_S)
            return 0
