"""What the log hands over to be checked elsewhere: checkpoints, proofs, and an order's leaves with theirs.

The actor comes first. An order's leaf is proved to whoever may see the order's trail, all else to who reads the log.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet

from compliance.errors import CheckpointNotFound, LeafArchived, LeafNotFound, LeafNotSigned
from compliance.models import (
    CopyState,
    Cosignature,
    Leaf,
    OutsideCopy,
    SearchEntry,
    SignedCheckpoint,
    TreeEntry,
)
from compliance.month_reads import MonthAway, months_away
from compliance.outside.witness import HttpWitness
from compliance.selectors import OF_ORDER, may_read_log, require_log, trail_of
from compliance.transparency.bundles import ProvedLeaf
from compliance.transparency.checkpoints import TreeHead
from compliance.transparency.tlog_proof import consistency_text, inclusion_text
from compliance.tree_reads import (
    consistency_proof,
    cosigned,
    inclusion_proofs,
    newest_note,
    opened_head,
    root_at,
)
from orders.errors import OrderNotFound
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import InvalidInput
from orders.selectors import order_for

WITNESS_PATIENCE = timedelta(seconds=10)


def checkpoint_for(actor: Actor) -> str:
    """Return the newest signed checkpoint, a note. Raises NotPermitted unless `may_read_log`, CheckpointNotFound."""
    require_log(actor)
    return newest_checkpoint()


def proof_for(actor: Actor, sequence: int) -> str:
    """Return the proof (c2sp.org/tlog-proof) that a leaf is in the tree of the newest signed checkpoint.

    Raises LeafNotFound for an absent leaf and a hidden one alike, NotPermitted where the order is seen and its trail
    is not, LeafNotSigned, CheckpointNotFound.
    """
    if not (may_read_log(actor) and _month_away(sequence)):
        _leaf_for(actor, sequence)
    return inclusion_proof(sequence)


def leaf_body_for(actor: Actor, sequence: int) -> str:
    """Return the very text of a leaf that is hashed.

    Raises LeafNotFound, NotPermitted as `proof_for` does, and LeafArchived for who reads the log.
    """
    if may_read_log(actor) and (month := _month_away(sequence)):
        raise LeafArchived(f"leaf {sequence} is in the archive of {month.name}")
    return _leaf_for(actor, sequence).body


def consistency_for(actor: Actor, old: int, new: int | None = None) -> str:
    """Return the proof that the signed tree of `new` leaves (None: the newest) begins with the one of `old` leaves.

    Raises NotPermitted unless `may_read_log`, InvalidInput for an `old` that is larger, CheckpointNotFound,
    LeafNotSigned where no checkpoint of `new` leaves was signed.
    """
    require_log(actor)
    return consistency(old, new)


def bundle_leaves_for(actor: Actor, order_id: UUID) -> tuple[str, list[ProvedLeaf]]:
    """Return the newest signed checkpoint and the leaves of an order that it covers, proved.

    Raises OrderNotFound, NotPermitted without view_audit on its account, CheckpointNotFound, LeafNotSigned where it
    covers none of them.
    """
    trail_of(actor, order_for(actor, order_id))
    return bundle_leaves(order_id)


def newest_checkpoint() -> str:
    """Return the newest signed checkpoint, a note with its witnesses' signatures. Raises CheckpointNotFound."""
    note = newest_note()
    if note is None:
        raise CheckpointNotFound("no checkpoint has been signed yet")
    return cosigned(note)


def sealing_checkpoint(sequence: int) -> str | None:
    """Return a signed checkpoint that covers a leaf, with a witness's signature where one is to be had; None before.

    A witness that agrees signs a moment after the log: so long it is waited for.
    """
    covering = SignedCheckpoint.objects.filter(checkpoint_id__gt=sequence).order_by("id")
    first = covering.first()
    if first is None:
        return None
    seen = Cosignature.objects.filter(checkpoint_id__gt=sequence).order_by("checkpoint_id").first()
    if seen is not None:
        return note_of(seen.checkpoint_id)
    is_expected = OutsideCopy.objects.filter(kind=HttpWitness.kind, state=CopyState.AGREES).exists()
    if is_expected and recorded_now() - first.recorded_at < WITNESS_PATIENCE:
        return None
    return newest_checkpoint()


def inclusion_proof(sequence: int) -> str:
    """Return a leaf's proof, whoever asks. Raises LeafNotSigned, CheckpointNotFound."""
    note = newest_checkpoint()
    head = opened_head(note)
    if sequence >= head.size:
        raise LeafNotSigned(f"the newest signed checkpoint has {head.size} leaves", tree_size=head.size)
    return inclusion_text(sequence, inclusion_proofs([sequence], head)[0], note)


def consistency(old: int, new: int | None = None) -> str:
    """Return a proof of consistency, whoever asks. Raises InvalidInput, LeafNotSigned, CheckpointNotFound."""
    note = newest_checkpoint() if new is None else note_of(new)
    head = opened_head(note)
    if old > head.size:
        raise InvalidInput(f"the checkpoint has {head.size} leaves, which is less than {old}")
    return consistency_text(old, consistency_proof(TreeHead(head.origin, old, root_at(old)), head), note)


def bundle_leaves(order_id: UUID) -> tuple[str, list[ProvedLeaf]]:
    """Return what `bundle_leaves_for` returns, whoever asks.

    Raises CheckpointNotFound, LeafNotSigned, and LeafArchived for an order of which a leaf is archived.
    """
    note = newest_checkpoint()
    require_none_away(SearchEntry.objects.filter(object_id=str(order_id), object_type__in=OF_ORDER))
    head = opened_head(note)
    entries = TreeEntry.objects.filter(
        leaf__object_type__in=OF_ORDER, leaf__object_id=str(order_id), sequence__lt=head.size
    )
    rows = list(entries.order_by("sequence").values_list("sequence", "leaf__body"))
    if not rows:
        raise LeafNotSigned("no signed checkpoint covers a leaf of this order yet", tree_size=head.size)
    proofs = inclusion_proofs([sequence for sequence, _ in rows], head)
    return note, list(_proved(rows, proofs))


def _proved(rows: Iterable[tuple[int, str]], proofs: Iterable[list[bytes]]) -> Iterator[ProvedLeaf]:
    for (sequence, body), proof in zip(rows, proofs, strict=True):
        yield ProvedLeaf(sequence, body.encode(), proof)


def _month_away(sequence: int) -> MonthAway | None:
    """Return the archived month of an entry, None where its leaf is in the table or nowhere."""
    leaf_id = TreeEntry.objects.filter(pk=sequence).values_list("leaf_id", flat=True).first()
    if leaf_id is None or Leaf.objects.filter(pk=leaf_id).exists():
        return None
    return next((month for month in months_away() if leaf_id in month.ids), None)


def require_none_away(needed: "QuerySet[SearchEntry]", what: str = "leaves of the order") -> None:
    """Raise LeafArchived where a leaf that is needed is archived: the table has it not, and reads miss it silently."""
    for month in months_away():
        if needed.filter(leaf_id__gte=month.ids.start, leaf_id__lt=month.ids.stop).exists():
            raise LeafArchived(f"{what} are in the archive of {month.name}")


def _leaf_for(actor: Actor, sequence: int) -> Leaf:
    leaf = Leaf.objects.filter(pk__in=TreeEntry.objects.filter(pk=sequence).values("leaf_id")).first()
    if leaf is None or not (may_read_log(actor) or _sees_order_of(actor, leaf)):
        raise LeafNotFound("there is no such leaf for you")
    return leaf


def _sees_order_of(actor: Actor, leaf: Leaf) -> bool:
    if leaf.object_type not in OF_ORDER:
        return False
    try:
        order = order_for(actor, UUID(leaf.object_id))
    except (OrderNotFound, ValueError):
        return False
    trail_of(actor, order)
    return True


def note_of(size: int) -> str:
    """Return the signed checkpoint of a tree of `size` leaves, as `newest_checkpoint` does. Raises LeafNotSigned."""
    signed = SignedCheckpoint.objects.filter(checkpoint_id=size).order_by("-id")
    note = signed.values_list("note", flat=True).first()
    if note is None:
        raise LeafNotSigned(f"no checkpoint of {size} leaves was signed", tree_size=size)
    return cosigned(note)
