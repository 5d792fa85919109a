"""The Merkle tree of RFC 6962, section 2.1, over hashes alone: no storage, no database.

A tree of n leaves is kept as its complete subtrees. Node (level, index) covers the 2**level leaves from
index * 2**level on and never changes once those leaves exist; level 0 are the leaves' own hashes. What a new
leaf needs is only the frontier: the complete subtrees that n's binary digits name, largest first.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()
"""The root of a tree without leaves: the hash of nothing."""


@dataclass(slots=True)
class Node:
    """The hash of a complete subtree over 2**level leaves, the index-th of its level."""

    level: int
    index: int
    hash: bytes


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right). The prefix keeps a node from being passed off as a leaf."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def frontier_keys(size: int) -> list[tuple[int, int]]:
    """Return (level, index) of the complete subtrees that `size` leaves fall into, largest first."""
    levels = (level for level in reversed(range(size.bit_length())) if size >> level & 1)
    return [(level, (size >> level) - 1) for level in levels]


def keys_between(start: int, stop: int) -> list[tuple[int, int]]:
    """Return (level, index) of the largest complete subtrees over the leaves `start` up to `stop`, in their order."""
    keys = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        keys.append((level, start >> level))
        start += 1 << level
    return keys


def root_of_frontier(hashes: Iterable[bytes]) -> bytes:
    """Return the root over complete subtrees, given largest first: they are joined from the smallest up."""
    remaining = list(hashes)
    if not remaining:
        return EMPTY_ROOT
    root = remaining.pop()
    while remaining:
        root = node_hash(remaining.pop(), root)
    return root


def node_count(size: int) -> int:
    """Return how many complete subtrees above the leaves a tree of `size` leaves has."""
    return size - size.bit_count()


@dataclass(slots=True)
class Frontier:
    """A tree that grows: its size and the hashes of its complete subtrees, largest first."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, entry_hash: bytes) -> list[Node]:
        """Add one leaf's hash and return the subtrees that it completes, smallest first."""
        completed: list[Node] = []
        current, index, level = entry_hash, self.size, 0
        while index & 1:
            current = node_hash(self.hashes.pop(), current)
            index, level = index >> 1, level + 1
            completed.append(Node(level, index, current))
        self.hashes.append(current)
        self.size += 1
        return completed

    def append_subtree(self, level: int, subtree: bytes) -> None:
        """Add 2**level leaves by the hash over them: a multiple of as many has to be there already."""
        current, index = subtree, self.size >> level
        while index & 1:
            current, index = node_hash(self.hashes.pop(), current), index >> 1
        self.hashes.append(current)
        self.size += 1 << level

    def root(self) -> bytes:
        """Return the root over the leaves so far (RFC 6962's Merkle Tree Hash)."""
        return root_of_frontier(self.hashes)
