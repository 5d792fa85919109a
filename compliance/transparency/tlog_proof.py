"""Proofs as text: of inclusion (c2sp.org/tlog-proof), and of consistency as c2sp.org/tlog-witness asks for it."""

from collections.abc import Sequence

from compliance.transparency.notes import encoded

HEADER = "c2sp.org/tlog-proof@v1"


def inclusion_text(index: int, hashes: Sequence[bytes], checkpoint: str) -> str:
    """Return where a leaf is, the hashes from its sibling up to the root's child, and the note that they lead to."""
    return "\n".join([HEADER, f"index {index}", *map(encoded, hashes), "", checkpoint])


def consistency_text(old: int, hashes: Sequence[bytes], checkpoint: str) -> str:
    """Return the proof that the checkpoint's tree begins with the one of `old` leaves: a witness's `add-checkpoint`."""
    return "\n".join([f"old {old}", *map(encoded, hashes), "", checkpoint])
