"""An archive: the leaves of a month in a file that can be checked against a signed checkpoint by itself. Pure.

The first line is JSON: what the file is, of which month, the checkpoint, and the hashes of the complete subtrees that
lie before its first entry (`left`) and behind its last one (`right`), in base64. Then follow the entries `start` up to,
not including, `stop`, one behind the other: four bytes of length, and as many of the leaf. Of an entry that is another
month's, which a late commit has put between, there are four bytes of all ones and its hash.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from compliance.merkle import HASH_BYTES, Frontier, frontier_keys, keys_between, leaf_hash
from compliance.transparency.checkpoints import TreeHead, open_checkpoint
from compliance.transparency.notes import InvalidNote, Verifier, decoded, encoded

FORMAT = "qtweb audit archive 1"
ABOUT = (
    "This line, then each entry: four bytes of length (big-endian) and as many of the leaf, or ff ff ff ff and the hash"
    " of a leaf of another month. The root over `left`, the entries (SHA-256 of 00 and the leaf, RFC 6962) and `right`"
    " is the checkpoint's (c2sp.org/tlog-checkpoint)."
)
_LONGEST_HEADER_BYTES = 100_000
_LENGTH_BYTES = 4
_ELSEWHERE = b"\xff" * _LENGTH_BYTES


class InvalidArchive(ValueError):
    """A file is no archive, or not what the log signed."""


@dataclass(frozen=True, slots=True)
class Archive:
    """What the first line says: `month` as 2026-11, and how many of the entries are its `leaves`."""

    month: str
    start: int
    stop: int
    leaves: int
    checkpoint: str
    left: Sequence[bytes]
    right: Sequence[bytes]

    @property
    def line(self) -> bytes:
        """The first line."""
        said = {
            "about": ABOUT,
            "checkpoint": self.checkpoint,
            "format": FORMAT,
            "leaves": self.leaves,
            "left": [encoded(each) for each in self.left],
            "month": self.month,
            "right": [encoded(each) for each in self.right],
            "start": self.start,
            "stop": self.stop,
        }
        return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> "Archive":
        """Return what a first line says. Raises InvalidArchive, for any other spelling of the same as well."""
        try:
            said = json.loads(line)
            found = cls(
                month=said["month"],
                start=said["start"],
                stop=said["stop"],
                leaves=said["leaves"],
                checkpoint=said["checkpoint"],
                left=[decoded(each) for each in said["left"]],
                right=[decoded(each) for each in said["right"]],
            )
            numbers = (found.start, found.stop, found.leaves)
            is_same = found.line == line and all(type(each) is int for each in numbers)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidArchive("the first line is none of an archive") from error
        if not is_same:
            raise InvalidArchive("the first line is not as this program writes it")
        return found


@dataclass(frozen=True, slots=True)
class Entry:
    """One of an archive's entries: its leaf, or None where that is another month's, and its hash."""

    sequence: int
    leaf: bytes | None
    hash: bytes


def write_archive(file: BinaryIO, archive: Archive, entries: Iterable[Entry]) -> None:
    """Write an archive of these entries, in the order of their sequences."""
    file.write(archive.line)
    for entry in entries:
        if entry.leaf is None:
            file.write(_ELSEWHERE + entry.hash)
        else:
            file.write(len(entry.leaf).to_bytes(_LENGTH_BYTES) + entry.leaf)


def check_archive(
    file: BinaryIO, verifiers: Sequence[Verifier], look_at: Callable[[Entry], None] = lambda _entry: None
) -> tuple[Archive, TreeHead]:
    """Read an archive from its first byte to its last; return its first line and the signed tree that it leads to.

    `look_at` is given each entry before anything is known of the root. Raises InvalidArchive, with what is wrong.
    """
    archive = Archive.parse(file.readline(_LONGEST_HEADER_BYTES))
    head = _head_of(archive, verifiers)
    tree = Frontier(archive.start, list(archive.left))
    leaves = 0
    for entry in _entries(file, archive):
        look_at(entry)
        tree.append(entry.hash)
        leaves += entry.leaf is not None
    if file.read(1):
        raise InvalidArchive("more follows behind its last entry")
    if leaves != archive.leaves:
        raise InvalidArchive(f"it has {leaves} leaves of the month and not {archive.leaves}")
    for (level, _index), subtree in zip(keys_between(archive.stop, head.size), archive.right, strict=True):
        tree.append_subtree(level, subtree)
    if tree.root() != head.root:
        raise InvalidArchive("its leaves do not lead to the root that was signed")
    return archive, head


def _head_of(archive: Archive, verifiers: Sequence[Verifier]) -> TreeHead:
    try:
        head = open_checkpoint(archive.checkpoint, verifiers).head
    except InvalidNote as error:
        raise InvalidArchive(f"its checkpoint: {error}") from error
    if not 0 <= archive.start < archive.stop <= head.size:
        raise InvalidArchive("its entries are none of the checkpoint's tree")
    expected = (len(frontier_keys(archive.start)), len(keys_between(archive.stop, head.size)))
    if (len(archive.left), len(archive.right)) != expected or any(
        len(each) != HASH_BYTES for each in (*archive.left, *archive.right)
    ):
        raise InvalidArchive("it has not the hashes that its entries need")
    return head


def _entries(file: BinaryIO, archive: Archive) -> Iterator[Entry]:
    for sequence in range(archive.start, archive.stop):
        length = file.read(_LENGTH_BYTES)
        is_elsewhere = length == _ELSEWHERE
        size = HASH_BYTES if is_elsewhere else int.from_bytes(length)
        content = file.read(size) if len(length) == _LENGTH_BYTES else b""
        if len(length) != _LENGTH_BYTES or len(content) != size:
            raise InvalidArchive(f"it ends within its entry {sequence}")
        if is_elsewhere:
            yield Entry(sequence, None, content)
        else:
            yield Entry(sequence, content, leaf_hash(content))
