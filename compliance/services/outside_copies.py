"""Writing down how the places outside the database stand, and what witnesses signed."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.db import transaction

from compliance.log_events import (
    OutsideCopyAgreed,
    OutsideCopyDiffered,
    OutsideCopyEvent,
    OutsideCopyFellSilent,
    OutsideCopyWithdrawn,
)
from compliance.log_metrics import show_place
from compliance.log_state import OWN_KIND
from compliance.models import CopyState, Cosignature, OutsideCopy
from compliance.outside_looks import Look
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import process_actor
from orders.kernel.transactions import service
from orders.selectors import market_now

NOTARY = process_actor("notary")
_DETAIL_CHARACTERS = 300
_EVENTS: Mapping[CopyState, type[OutsideCopyEvent]] = {
    CopyState.AGREES: OutsideCopyAgreed,
    CopyState.SILENT: OutsideCopyFellSilent,
    CopyState.DIFFERS: OutsideCopyDiffered,
    CopyState.WITHDRAWN: OutsideCopyWithdrawn,
}


@service
def record_looks(looks: Iterable[Look], *, database_size: int) -> None:
    """Write down how places stand, and leave a leaf of each that changed its state."""
    rows = {row.name: row for row in OutsideCopy.objects.select_for_update()}
    for look in looks:
        _record(rows.get(look.name), look, database_size)


@service
def withdraw_copies(*, named: Iterable[str], database_size: int) -> None:
    """Mark the places that are not among those `named` any more: nobody asks them from now on."""
    others = OutsideCopy.objects.exclude(name__in=list(named)).exclude(state=CopyState.WITHDRAWN)
    for row in others.select_for_update():
        look = Look(row.name, row.kind, CopyState.WITHDRAWN, "", row.tree_size)
        _record(row, look, database_size)


@service
def record_cosignature(*, witness: str, tree_size: int, line: str) -> None:
    """Keep what a witness signed; it may sign a checkpoint again, and the first signature stays."""
    Cosignature.objects.bulk_create(
        [Cosignature(checkpoint_id=tree_size, witness=witness, line=line)], ignore_conflicts=True
    )


def _record(row: OutsideCopy | None, look: Look, database_size: int) -> None:
    now = recorded_now()
    is_new = row is None
    if row is None:
        row = OutsideCopy(name=look.name, since=now, version=0)
    is_changed = is_new or row.state != look.state
    row.kind, row.state, row.detail = look.kind, look.state, look.detail[:_DETAIL_CHARACTERS]
    row.tree_size = row.tree_size if look.state == CopyState.SILENT else look.tree_size
    row.checked_at = now
    if is_changed:
        row.since, row.version = now, row.version + 1
    # That the database begins by agreeing with itself is no news.
    if is_changed and not (is_new and look.kind == OWN_KIND and look.state == CopyState.AGREES):
        publish(_EVENTS[look.state](**_facts(row, database_size)))
    row.save(force_insert=is_new)
    transaction.on_commit(partial(show_place, row.name, row.state, list(CopyState)))


def _facts(row: OutsideCopy, database_size: int) -> dict[str, Any]:
    return {
        "actor": NOTARY,
        "object_id": row.name,
        "revision": row.version,
        "market_time": market_now(),
        "kind": row.kind,
        "tree_size": row.tree_size,
        "database_size": database_size,
    }
