"""Follow the audit log: what a subscription wants becomes a delivery, once, in the transaction that moves its cursor.

The log is the outbox. Every event leaves its leaf in the transaction of what it tells, and the integrator gives leaves
their places without gaps, a batch in one commit, so nothing turns up below a place that was seen.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from compliance.models import EventSubscription
from compliance.models.subscription import DeliveryState
from compliance.services.subscriptions import tree_size
from compliance.tree_reads import leaf_ids
from orders.kernel.transactions import service

BATCH_ENTRIES = 2_000

_INSERT = """
    INSERT INTO compliance_eventdelivery
        (id, subscription_id, entry_id, state, attempts, next_attempt_at, last_error)
    SELECT uuidv7(), %(subscription)s, entry.sequence, %(state)s, 0, %(due)s, ''
    FROM compliance_treeentry AS entry JOIN compliance_leaf AS leaf ON leaf.id = entry.leaf_id
    WHERE entry.sequence >= %(since)s AND entry.sequence < %(until)s AND leaf.action = ANY(%(events)s)
        AND leaf.id >= %(lowest)s AND leaf.id <= %(highest)s
    ORDER BY entry.sequence
"""


@service
def fan_out(*, subscription_id: UUID, recorded_at: datetime) -> int:
    """Look at up to 2,000 more entries of the log for one subscription; return how many were looked at.

    Nothing where it stands still, or where another process is at it.
    """
    going = EventSubscription.objects.filter(pk=subscription_id, stopped_at=None)
    row = going.select_for_update(skip_locked=True).first()
    if row is None:
        return 0
    until = min(row.next_sequence + BATCH_ENTRIES, tree_size())
    looked_at = until - row.next_sequence
    ids = leaf_ids(row.next_sequence, until)
    if looked_at <= 0 or ids is None:
        return 0
    values: dict[str, Any] = {
        "subscription": row.pk,
        "state": DeliveryState.WAITING.value,
        "due": recorded_at,
        "since": row.next_sequence,
        "until": until,
        "lowest": ids[0],
        "highest": ids[1],
        "events": row.events,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        row.delivery_count += cursor.rowcount
    row.next_sequence = until
    row.save(update_fields=["next_sequence", "delivery_count"])
    return looked_at
