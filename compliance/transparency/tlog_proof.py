"""A proof of inclusion as one text (c2sp.org/tlog-proof): index, hashes, and the checkpoint that they lead to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from compliance.merkle import HASH_BYTES
from compliance.transparency.notes import decoded, encoded

HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = "index "
_EXTRA = "extra "


class MalformedProof(ValueError):
    """A text is no proof of inclusion."""


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Where a leaf is, the hashes from its sibling up to the root's child, and the checkpoint as a note."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str

    @property
    def text(self) -> str:
        """The proof as it is given out, without extra data."""
        lines = [HEADER, f"{_INDEX}{self.index}", *map(encoded, self.hashes), ""]
        return "\n".join(lines) + "\n" + self.checkpoint

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what a text says; extra data, which nothing vouches for, is read past. Raises MalformedProof."""
        proof, parted, checkpoint = text.partition("\n\n")
        header, *lines = proof.split("\n")
        if header != HEADER or not parted:
            raise MalformedProof(f"it does not begin with {HEADER}, or no checkpoint follows")
        if lines and lines[0].startswith(_EXTRA):
            _bytes(lines.pop(0).removeprefix(_EXTRA))
        if not lines or not lines[0].startswith(_INDEX):
            raise MalformedProof("no index follows the first line")
        index = lines[0].removeprefix(_INDEX)
        if not (index.isascii() and index.isdigit()) or str(int(index)) != index:
            raise MalformedProof("the index is no number")
        return cls(int(index), _hashes(lines[1:]), checkpoint)


def _hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    hashes = tuple(map(_bytes, lines))
    if any(len(each) != HASH_BYTES for each in hashes):
        raise MalformedProof(f"a hash has not {HASH_BYTES} bytes")
    return hashes


def _bytes(line: str) -> bytes:
    try:
        return decoded(line)
    except ValueError as error:
        raise MalformedProof(f"a line is {error}") from error
