"""Signing the tree's head: after the integrator has committed it, with keys that the database does not hold.

A log never signs a tree that does not begin with every tree it signed before: the last one in the database, and what
places outside of it were found to have (compliance/notary.py asks them first).
"""

from collections.abc import Callable, Sequence

from django.conf import settings

from compliance.errors import AuditForked
from compliance.merkle import EMPTY_ROOT
from compliance.models import Checkpoint, SignedCheckpoint
from compliance.signing_keys import Keyring, keyring
from compliance.transparency.checkpoints import TreeHead, sign_head
from compliance.transparency.notes import parse_note
from compliance.tree_reads import consistency_proof, newest_note, opened_head, root_at
from orders.kernel.transactions import service


def sign_checkpoint(
    *,
    outside: Sequence[TreeHead] = (),
    keep_first: Callable[[TreeHead, str], bool] = lambda _head, _note: True,
) -> SignedCheckpoint | None:
    """Sign the newest checkpoint with every key that signs, and keep the note; None where there is nothing to sign.

    `outside` are the heads that places outside the database have: the tree begins with each of them, or is not signed.
    `keep_first` is given the note before the database is, with no transaction open; where it says no, nobody ever hears
    of that signature.
    Raises AuditForked where the tree does not begin with one that was signed before, CheckpointNotOurs where that
    one's keys are not known, UnusableKey for a key that cannot be used.
    """
    keys = keyring()
    if keys.origin is None:
        return None
    head = newest_head(keys.origin)
    if head.size == 0 or _is_signed(head, keys):
        return None
    require_own_beginning(head)
    for kept in outside:
        consistency_proof(kept, head)
    note = sign_head(head, keys.signers)
    return _record(head, note) if keep_first(head, note) else None


@service
def _record(head: TreeHead, note: str) -> SignedCheckpoint:
    if newest_head(head.origin).size < head.size or root_at(head.size) != head.root:
        raise AuditForked("the tree is another one than a moment ago", tree_size=head.size)
    return SignedCheckpoint.objects.create(checkpoint_id=head.size, note=note)


def newest_head(origin: str) -> TreeHead:
    """Return the tree as the integrator left it, of no leaves before its first batch, under the log's name."""
    newest = Checkpoint.objects.order_by("-tree_size").first()
    if newest is None:
        return TreeHead(origin, 0, EMPTY_ROOT)
    return TreeHead(origin, newest.tree_size, bytes(newest.root_hash))


def require_own_beginning(head: TreeHead) -> TreeHead | None:
    """Return the last head that this database had signed, None before the first, if the tree begins with it.

    A log that was ended (QTWEB_AUDIT_ENDED_LOGS) is not continued, and counts no more. Raises AuditForked,
    AuditTreeBroken, CheckpointNotOurs, UnusableKey.
    """
    note = newest_note()
    if note is None or note.partition("\n")[0] in settings.AUDIT_ENDED_LOGS:
        return None
    signed = opened_head(note)
    consistency_proof(signed, head)
    return signed


def _is_signed(head: TreeHead, keys: Keyring) -> bool:
    """Tell whether the last note is of this head and under all these keys: a new key signs the head again."""
    note = newest_note()
    if note is None:
        return False
    text, lines = parse_note(note)
    signed = {(line.name, line.key_id) for line in lines}
    return text == head.text and signed >= {(key.name, key.verifier.key_id) for key in keys.signers}
