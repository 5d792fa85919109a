"""Proofs of inclusion and consistency (RFC 6962, 2.1.1, 2.1.2): which subtrees they need, and whether they hold. Pure.

A proof is planned before anything is read: a list of hashes, each the root over a few complete subtrees, so that one
statement can read them all. For 1,000,000 leaves an inclusion proof reads at most 25 of them.
"""

from collections.abc import Iterator, Mapping, Sequence

from compliance.merkle import frontier_keys, node_hash, root_of_frontier

Key = tuple[int, int]
"""(level, index) of a complete subtree: which 2**level leaves it covers, from index * 2**level on."""
Plan = list[list[Key]]
"""For each hash of a proof, in its order, the complete subtrees that it is the root over, largest first."""


class InvalidProof(ValueError):
    """A proof does not lead where it claims to, or has not the length that the sizes of its trees give it."""


def plan_inclusion(index: int, size: int) -> Plan:
    """Return what the proof needs that leaf `index` is in the tree of `size` leaves. Raises ValueError beyond it."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    plan: Plan = []
    start, stop = 0, size
    while stop - start > 1:
        split = _split(start, stop)
        if index < split:
            plan.append(_subtrees(split, stop))
            stop = split
        else:
            plan.append(_subtrees(start, split))
            start = split
    return plan[::-1]


def plan_consistency(old: int, new: int) -> Plan:
    """Return what the proof needs that a tree of `new` leaves begins with the one of `old`.

    Nothing is needed where `old` is 0 or `new`. Raises ValueError where `old` is the larger one.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not begin with {old}")
    if old in (0, new):
        return []
    plan: Plan = []
    start, stop = 0, new
    while stop != old:
        split = _split(start, stop)
        if old <= split:
            plan.append(_subtrees(split, stop))
            stop = split
        else:
            plan.append(_subtrees(start, split))
            start = split
    if start:
        # Else it is the old tree's root itself, which who verifies has.
        plan.append(_subtrees(start, stop))
    return plan[::-1]


def keys_of(plan: Plan) -> list[Key]:
    """Return every subtree that a plan reads."""
    return [key for subtrees in plan for key in subtrees]


def proof_of(plan: Plan, hashes: Mapping[Key, bytes]) -> list[bytes]:
    """Return the proof of a plan from the hashes that were read. Raises KeyError for one that was not."""
    return [root_of_frontier(hashes[key] for key in subtrees) for subtrees in plan]


def root_from_inclusion(entry_hash: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root to which a leaf's proof leads (RFC 9162, 2.1.3.2). Raises InvalidProof for a wrong length."""
    if not 0 <= index < size:
        raise InvalidProof(f"a tree of {size} leaves has no leaf {index}")
    position, last, root, hashes = index, size - 1, entry_hash, iter(proof)
    while last:
        # The rightmost subtree of a level that has no sibling moves up as it is.
        if position & 1 or position < last:
            sibling = _next(hashes)
            root = node_hash(sibling, root) if position & 1 else node_hash(root, sibling)
        position, last = position >> 1, last >> 1
    _require_end(hashes)
    return root


def require_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Accept that the tree of `new` leaves begins with the one of `old` (RFC 9162, 2.1.4.2). Raises InvalidProof."""
    if old > new:
        raise InvalidProof(f"the tree shrank from {old} leaves to {new}")
    hashes = iter(proof)
    before = after = old_root
    if 0 < old < new:
        before, after = _roots_from_consistency(old, old_root, new, hashes)
    elif old == 0:
        after = new_root
    _require_end(hashes)
    if (before, after) != (old_root, new_root):
        raise InvalidProof(f"the tree of {new} leaves does not begin with the {old} leaves of the other")


def _roots_from_consistency(
    old: int, old_root: bytes, new: int, hashes: Iterator[bytes]
) -> tuple[bytes, bytes]:
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = old_root if old & (old - 1) == 0 else _next(hashes)
    while last:
        if position & 1:
            sibling = _next(hashes)
            before, after = node_hash(sibling, before), node_hash(sibling, after)
        elif position < last:
            after = node_hash(after, _next(hashes))
        position, last = position >> 1, last >> 1
    return before, after


def _split(start: int, stop: int) -> int:
    """Where RFC 6962 parts leaves: behind the largest power of two that is smaller than their number."""
    return start + (1 << (stop - start - 1).bit_length() - 1)


def _subtrees(start: int, stop: int) -> list[Key]:
    """The complete subtrees of a range that begins where its own largest one may begin."""
    return [(level, index + (start >> level)) for level, index in frontier_keys(stop - start)]


def _next(hashes: Iterator[bytes]) -> bytes:
    try:
        return next(hashes)
    except StopIteration:
        raise InvalidProof("the proof has too few hashes") from None


def _require_end(hashes: Iterator[bytes]) -> None:
    if next(hashes, None) is not None:
        raise InvalidProof("the proof has too many hashes")
