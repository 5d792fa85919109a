"""Checkpoints (c2sp.org/tlog-checkpoint): a log's name, how many leaves it has, and the root over them, as a note."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from compliance.merkle import HASH_BYTES
from compliance.transparency.notes import (
    LOG,
    MalformedNote,
    OpenedNote,
    Signer,
    UnknownKey,
    Verifier,
    decoded,
    encoded,
    open_note,
    sign,
)

_LINES = 3


class MalformedCheckpoint(MalformedNote):
    """A note's text is no checkpoint."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A tree of `size` leaves and its root, of the log that is called `origin`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The note's text, without extension lines."""
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what a note's text says. Extension lines are no part of a head. Raises MalformedCheckpoint."""
        lines = text.split("\n")
        if len(lines) <= _LINES or lines.pop() or not all(lines):
            raise MalformedCheckpoint("a checkpoint has three lines at least, none of them empty")
        origin, size, root = lines[:_LINES]
        return cls(origin, _size(size), _root(root))


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A checkpoint that was opened: what it says, and who signed it."""

    head: TreeHead
    note: OpenedNote


def sign_head(head: TreeHead, signers: Sequence[Signer]) -> str:
    """Return the checkpoint as a note, signed by each signer."""
    return sign(head.text, signers)


def open_checkpoint(note: str, verifiers: Sequence[Verifier]) -> SignedHead:
    """Return the checkpoint if a known key of the log signed it; a witness's signature alone does not do.

    Raises MalformedNote (MalformedCheckpoint among them), UnknownKey, BadSignature.
    """
    opened = open_note(note, verifiers)
    head = TreeHead.parse(opened.text)
    if not any(key.kind == LOG and key.name == head.origin for key, _ in opened.signed_by):
        raise UnknownKey(f"no known key of the log {head.origin} signed its checkpoint")
    return SignedHead(head, opened)


def _size(line: str) -> int:
    if not (line.isascii() and line.isdigit()) or (line.startswith("0") and line != "0"):
        raise MalformedCheckpoint("the second line is no size of a tree")
    size = int(line)
    if size >= 1 << 63:
        raise MalformedCheckpoint("the second line is no size of a tree")
    return size


def _root(line: str) -> bytes:
    try:
        root = decoded(line)
    except ValueError as error:
        raise MalformedCheckpoint(f"the third line is {error}") from error
    if len(root) != HASH_BYTES:
        raise MalformedCheckpoint(f"the third line is no hash of {HASH_BYTES} bytes")
    return root
