"""Files of the log that leave the house: an order's bundle, and the whole log. Who took them is in the log itself."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from compliance.disclosure import bundle_leaves, bundle_leaves_for, newest_checkpoint
from compliance.errors import AuditTreeBroken, BundleTooLarge, LeafArchived, LeafTooLarge
from compliance.leaves import ENTRY_MAX_BYTES
from compliance.log_events import BundleTaken, LogExportBegun, LogExported, LogExportEvent
from compliance.models import TreeEntry, TreeNode
from compliance.month_reads import months_away
from compliance.transparency.bundles import MOST_LEAVES, ProvedLeaf, bundle_of
from compliance.transparency.checkpoints import TreeHead
from compliance.transparency.tiles import CHECKPOINT, files_of
from compliance.tree_reads import leaves_between, opened_head
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.selectors import market_now


@dataclass(frozen=True, slots=True)
class Bundle:
    """An order's bundle, and the name under which it is saved."""

    name: str
    content: bytes


@service
def take_bundle(*, actor: Actor, order_id: UUID) -> Bundle:
    """Return an order's bundle for a person who may see its trail.

    Raises OrderNotFound, NotPermitted, CheckpointNotFound, LeafNotSigned, BundleTooLarge.
    """
    return _bundle(actor, order_id, *bundle_leaves_for(actor, order_id))


@service
def write_bundle(*, actor: Actor, order_id: UUID) -> Bundle:
    """Return the same for whoever has the machine. Raises CheckpointNotFound, LeafNotSigned, BundleTooLarge."""
    return _bundle(actor, order_id, *bundle_leaves(order_id))


def export_log(*, actor: Actor, folder: Path) -> TreeHead:
    """Write the log up to its newest signed checkpoint as c2sp.org/tlog-tiles, the checkpoint last, and return that.

    That it begins is in the log before there is a file, so that whoever stops half-way has left a leaf as well.
    The folder is new, or has an earlier export of the same log. Raises CheckpointNotFound, LeafArchived where a month
    is archived, LeafTooLarge, AuditTreeBroken, OSError.
    """
    if away := months_away():
        raise LeafArchived(f"the log up to the end of {away[-1].name} is archived")
    note = newest_checkpoint()
    head = opened_head(note)
    _tell_export(LogExportBegun, actor=actor, head=head)
    for path, content in files_of(head.size, _entries, _hashes):
        _write(folder / path, content)
    _write(folder / CHECKPOINT, note.encode())
    _tell_export(LogExported, actor=actor, head=head)
    return head


@service
def _tell_export(event: type[LogExportEvent], *, actor: Actor, head: TreeHead) -> None:
    publish(
        event(
            actor=actor,
            object_id="log",
            revision=0,
            market_time=market_now(),
            tree_size=head.size,
            root=head.root.hex(),
        )
    )


def _bundle(actor: Actor, order_id: UUID, checkpoint: str, leaves: list[ProvedLeaf]) -> Bundle:
    if len(leaves) > MOST_LEAVES:
        raise BundleTooLarge(f"the order has {len(leaves)} leaves, a bundle holds {MOST_LEAVES}")
    content = bundle_of(str(order_id), checkpoint, leaves)
    publish(
        BundleTaken(
            actor=actor,
            object_id="bundle",
            revision=0,
            market_time=market_now(),
            order_id=order_id,
            leaves=len(leaves),
            digest=hashlib.sha256(content).hexdigest(),
        )
    )
    return Bundle(f"order-{order_id}-audit.zip", content)


def _entries(start: int, stop: int) -> list[bytes]:
    entries = TreeEntry.objects.filter(sequence__gte=start, sequence__lt=stop).order_by("sequence")
    found = dict(leaves_between(start, stop).values_list("pk", "body"))
    bodies = [found[each].encode() for each in entries.values_list("leaf_id", flat=True) if each in found]
    _require_all(bodies, start, stop)
    for sequence, entry in enumerate(bodies, start):
        if len(entry) > ENTRY_MAX_BYTES:
            raise LeafTooLarge(f"the leaf at place {sequence} has {len(entry)} bytes", sequence=sequence)
    return bodies


def _hashes(level: int, start: int, stop: int) -> list[bytes]:
    if level == 0:
        entries = TreeEntry.objects.filter(sequence__gte=start, sequence__lt=stop).order_by("sequence")
        found = [bytes(each) for each in entries.values_list("leaf_hash", flat=True)]
    else:
        nodes = TreeNode.objects.filter(level=level, index__gte=start, index__lt=stop).order_by("index")
        found = [bytes(each) for each in nodes.values_list("hash", flat=True)]
    _require_all(found, start, stop)
    return found


def _require_all(found: Sequence[bytes], start: int, stop: int) -> None:
    if len(found) != stop - start:
        raise AuditTreeBroken(f"of {stop - start} entries or nodes from {start} on there are {len(found)}")


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
