"""Reads of the stored tree: a proof takes two statements, however large the tree is.

What is proved is proved to ourselves before it is handed out: a proof that does not lead to the signed root is worth
nothing, and tells that the stored tree is broken.
"""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet, Subquery

from compliance.errors import AuditForked, AuditTreeBroken, CheckpointNotOurs
from compliance.merkle import frontier_keys, root_of_frontier
from compliance.models import Cosignature, Leaf, SearchEntry, SignedCheckpoint, TreeEntry
from compliance.signing_keys import keyring
from compliance.transparency.checkpoints import TreeHead, open_checkpoint
from compliance.transparency.notes import MOST_SIGNATURES, InvalidNote, parse_note
from compliance.transparency.proofs import (
    InvalidProof,
    Key,
    keys_of,
    plan_consistency,
    plan_inclusion,
    proof_of,
    require_consistency,
    root_from_inclusion,
)
from orders.kernel.statements import Statement

_NOTES_AT_ONCE = 8

# OFFSET 0: without it PostgreSQL looks for the ends from both ends of the leaf ids' index, so over the whole log.
_LEAF_IDS = Statement(
    """
    SELECT min(leaf_id), max(leaf_id) FROM (
        SELECT leaf_id FROM compliance_treeentry WHERE sequence >= %(start)s AND sequence < %(stop)s OFFSET 0
    ) AS page
    """
)
# The account stands first among the facts, and quotes within a text never stand bare: so it is found in an entry's one
# spelling. No body is parsed: PostgreSQL takes a text for JSON that it then fails to read, by a lone surrogate or
# thousands of brackets, and one such leaf would end whoever reads it.
ACCOUNT_OF_LEAF = """
    CASE WHEN leaf.object_type IN ('order', 'run')
        THEN substring(left(split_part(leaf.body, '"facts":{"account_id":"', 2), 36),
            '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$')::uuid END
"""
"""SQL of the account that the row `leaf` is found by: that of an order or of the work on it, else null."""

# Keys as arrays: a list of pairs that is some thousands long is more than PostgreSQL's stack can parse.
_ENTRIES = Statement(
    "SELECT sequence, leaf_hash FROM compliance_treeentry WHERE sequence = ANY (%(sequences)s::bigint[])"
)
_NODES = Statement(
    """
    SELECT stored.level, stored.index, stored.hash
    FROM unnest(%(levels)s::int[], %(indexes)s::bigint[]) AS wanted (level, index)
    JOIN compliance_treenode AS stored ON stored.level = wanted.level AND stored.index = wanted.index
    """
)


def leaf_ids(start: int, stop: int) -> tuple[int, int] | None:
    """Return the lowest and the highest leaf id of the entries `start` up to, not including, `stop`; None without any.

    Who joins entries and leaves says these to PostgreSQL as well: it then reads the months that they lie in, and plans
    for those alone.
    """
    lowest, highest = _LEAF_IDS.row({"start": start, "stop": stop})
    return None if lowest is None else (lowest, highest)


def newest_findable() -> SearchEntry | None:
    """Return the last of the tree's entries that a search knows, None before the first; what no entry is counts not."""
    last = TreeEntry.objects.order_by("-sequence").values("sequence")[:1]
    return SearchEntry.objects.filter(sequence__lte=Subquery(last)).order_by("-sequence").first()


def leaves_between(start: int, stop: int) -> QuerySet[Leaf]:
    """Return the leaves that are there of the entries `start` up to, not including, `stop`, in no order."""
    ids = leaf_ids(start, stop)
    if ids is None:
        return Leaf.objects.none()
    entries = TreeEntry.objects.filter(sequence__gte=start, sequence__lt=stop).order_by()
    return Leaf.objects.filter(pk__gte=ids[0], pk__lte=ids[1], pk__in=entries.values("leaf_id")).order_by()


def stored_hashes(keys: Iterable[Key]) -> dict[Key, bytes]:
    """Return the hashes of complete subtrees, leaves (level 0) among them. Raises AuditTreeBroken without one."""
    wanted = set(keys)
    leaves = [index for level, index in wanted if level == 0]
    above = [key for key in wanted if key[0] > 0]
    found = {(0, sequence): stored for sequence, stored in _ENTRIES.rows({"sequences": leaves})}
    nodes = _NODES.rows({"levels": [level for level, _ in above], "indexes": [index for _, index in above]})
    found |= {(level, index): stored for level, index, stored in nodes}
    if missing := wanted - found.keys():
        level, index = min(missing)
        raise AuditTreeBroken("a subtree is missing", level=level, index=index)
    return found


def inclusion_proofs(sequences: Sequence[int], head: TreeHead) -> list[list[bytes]]:
    """Return the proof of each leaf in the head's tree. Raises AuditTreeBroken where one does not lead to its root."""
    plans = [plan_inclusion(sequence, head.size) for sequence in sequences]
    hashes = stored_hashes(
        [key for plan in plans for key in keys_of(plan)] + [(0, each) for each in sequences]
    )
    proofs = [proof_of(plan, hashes) for plan in plans]
    for sequence, proof in zip(sequences, proofs, strict=True):
        if root_from_inclusion(hashes[0, sequence], sequence, head.size, proof) != head.root:
            raise AuditTreeBroken("the stored tree has not the root that was signed", sequence=sequence)
    return proofs


def root_at(size: int) -> bytes:
    """Return the root over the first `size` leaves. Raises AuditTreeBroken where the stored tree is smaller."""
    keys = frontier_keys(size)
    hashes = stored_hashes(keys)
    return root_of_frontier(hashes[key] for key in keys)


def consistency_proof(old: TreeHead, head: TreeHead) -> list[bytes]:
    """Return the proof that the head's tree begins with the old one.

    Raises AuditForked where it does not, or is smaller; AuditTreeBroken where the stored tree lacks what it needs.
    """
    if old.origin != head.origin or old.size > head.size:
        raise AuditForked(
            f"log {head.origin} has {head.size} leaves, log {old.origin} had {old.size}", tree_size=head.size
        )
    plan = plan_consistency(old.size, head.size)
    proof = proof_of(plan, stored_hashes(keys_of(plan)))
    try:
        require_consistency(old.size, old.root, head.size, head.root, proof)
    except InvalidProof as error:
        raise AuditForked(str(error), tree_size=head.size) from error
    return proof


def newest_note() -> str | None:
    """Return the newest checkpoint that was signed, as a note; None before the first.

    What is none is passed over, or one row by SQL would end all signing: verification names it.
    """
    return newest_checkpoint_of(SignedCheckpoint.objects.order_by("-id").values_list("note", flat=True))


def newest_checkpoint_of(notes: "QuerySet[SignedCheckpoint, str]") -> str | None:
    """Return the first of the notes that is a checkpoint, whoever signed it; None without one."""
    return next(filter(_is_checkpoint, notes.iterator(chunk_size=_NOTES_AT_ONCE)), None)


def _is_checkpoint(note: str) -> bool:
    try:
        TreeHead.parse(parse_note(note)[0])
    except InvalidNote:
        return False
    return True


def cosigned(note: str) -> str:
    """Return a checkpoint with what witnesses have signed of it since (c2sp.org/tlog-cosignature), if any have.

    A witness signs only what is committed here: an older line of this size is of a log that had another name.
    Raises CheckpointNotOurs for what is no checkpoint.
    """
    try:
        text, signatures = parse_note(note)
        size = TreeHead.parse(text).size
    except InvalidNote as error:
        raise CheckpointNotOurs(str(error)) from error
    signed = SignedCheckpoint.objects.filter(checkpoint_id=size, note__startswith=text)
    first = Subquery(signed.order_by("id").values("recorded_at")[:1])
    lines = Cosignature.objects.filter(checkpoint_id=size, recorded_at__gte=first).order_by("witness")
    return note + "".join(lines.values_list("line", flat=True)[: MOST_SIGNATURES - len(signatures)])


def newest_signed_head() -> TreeHead | None:
    """Return what the newest signed checkpoint says, None before the first.

    Raises CheckpointNotOurs where no key that is configured here signed it, UnusableKey for such a key.
    """
    note = newest_note()
    return None if note is None else opened_head(note)


def opened_head(note: str) -> TreeHead:
    """Return what a checkpoint of this log says. Raises CheckpointNotOurs, UnusableKey."""
    try:
        return open_checkpoint(note, keyring().verifiers).head
    except InvalidNote as error:
        raise CheckpointNotOurs(str(error)) from error
