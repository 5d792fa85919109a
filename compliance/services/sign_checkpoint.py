"""Signing the tree's head: after the integrator has committed it, with keys that the database does not hold.

A log never signs a tree that does not begin with every tree it signed before. `_kept_heads` says which those are: what
is kept of them outside the database belongs there.
"""

from collections.abc import Iterator

from compliance.models import Checkpoint, SignedCheckpoint
from compliance.signing_keys import Keyring, keyring
from compliance.transparency.checkpoints import TreeHead, sign_head
from compliance.transparency.notes import parse_note
from compliance.tree_reads import consistency_proof, newest_note, opened_head
from orders.kernel.transactions import service


@service
def sign_checkpoint() -> SignedCheckpoint | None:
    """Sign the newest checkpoint with every key that signs, and keep the note; None where there is nothing to sign.

    Raises AuditForked where the tree does not begin with one that was signed before, CheckpointNotOurs where that
    one's keys are not known, UnusableKey for a key that cannot be used.
    """
    keys = keyring()
    head = _newest_head(keys)
    if head is None or _is_signed(head, keys):
        return None
    for kept in _kept_heads():
        consistency_proof(kept, head)
    return SignedCheckpoint.objects.create(checkpoint_id=head.size, note=sign_head(head, keys.signers))


def _newest_head(keys: Keyring) -> TreeHead | None:
    newest = Checkpoint.objects.order_by("-tree_size").first()
    if newest is None or keys.origin is None:
        return None
    return TreeHead(keys.origin, newest.tree_size, bytes(newest.root_hash))


def _is_signed(head: TreeHead, keys: Keyring) -> bool:
    """Tell whether the last note is of this head and under all these keys: a new key signs the head again."""
    note = newest_note()
    if note is None:
        return False
    text, lines = parse_note(note)
    signed = {(line.name, line.key_id) for line in lines}
    return text == head.text and signed >= {(key.name, key.verifier.key_id) for key in keys.signers}


def _kept_heads() -> Iterator[TreeHead]:
    """Every head that was signed before and that the next one has to extend."""
    note = newest_note()
    if note is not None:
        yield opened_head(note)
