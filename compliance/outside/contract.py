"""What a place outside the database promises, and how it fails."""

from collections.abc import Sequence
from typing import Protocol

from compliance.transparency.checkpoints import TreeHead
from compliance.transparency.notes import InvalidNote, parse_note

MOST_DIGITS = 15
"""A tree of more leaves than this many digits can count is none of ours."""
_NAME_CHARACTERS = 80


class Silent(OSError):
    """The place did not answer, or not so that anything can be concluded from it. The message holds no secret."""


class Contradicted(Exception):
    """The place knows the log otherwise than this database does. The message says what differs."""


class CheckpointStore(Protocol):
    """Keeps checkpoints of one log by the size of the tree; what it has once, it never gives up for another."""

    kind: str
    name: str

    def latest(self) -> str | None:
        """Return the note of the largest tree that is kept, None where there is none.

        Raises Silent, and Contradicted when what stands in its place is no checkpoint of such a tree: who may only add
        to the place would hide the newest with it.
        """
        ...

    def keep(self, size: int, note: str) -> None:
        """Keep the note of a tree of `size` leaves; one of the same head that is there already stays as it is.

        When this returns, the note survives a loss of power as far as the place itself does.
        Raises Silent, and Contradicted when another head is kept for this size.
        """
        ...


class Witness(Protocol):
    """Signs a checkpoint once it has seen that it is consistent with the last one that it signed."""

    kind: str
    name: str

    def cosign(self, note: str, *, old_size: int, proof: Sequence[bytes]) -> str:
        """Return the witness's signature line. `proof` leads from its last tree, of `old_size`, to the note's.

        Raises Silent, Elsewhere when its last tree has another size, and Contradicted when the proof does not hold.
        """
        ...


class Elsewhere(Exception):
    """The witness's last checkpoint is of a tree of `size` leaves."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the witness is at {size} entries")
        self.size = size


def require_same_head(kept: str, size: int, note: str) -> None:
    """Raise Contradicted unless both notes are about one head; who signed them may differ."""
    if head_of(kept) != head_of(note):
        raise Contradicted(f"another checkpoint is kept for {size:,} entries")


def require_size(kept: str, size: int) -> None:
    """Raise Contradicted unless a note is about a tree of `size` leaves, which is what its place says of it."""
    head = head_of(kept)
    if head is None or head.size != size:
        raise Contradicted(f"what it keeps for {size:,} entries is no checkpoint of so many")


def stray(name: str) -> Contradicted:
    """Return what to raise where something stands in the newest checkpoint's place that this log does not write."""
    return Contradicted(f"it keeps {name[:_NAME_CHARACTERS]!r} where the newest checkpoint is looked for")


def head_of(note: str) -> TreeHead | None:
    """Return what a note says, whoever signed it; None where it says nothing."""
    try:
        return TreeHead.parse(parse_note(note)[0])
    except InvalidNote:
        return None
