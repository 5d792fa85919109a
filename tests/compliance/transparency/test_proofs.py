"""Proofs against the plain recursion of RFC 6962, for every leaf and every pair of sizes, and against altered ones."""

import hashlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.transparency.proofs import (
    InvalidProof,
    keys_of,
    plan_consistency,
    plan_inclusion,
    proof_of,
    require_consistency,
    root_from_inclusion,
)
from tests.compliance.test_merkle import VECTOR_ENTRIES, VECTOR_ROOTS, grown, naive_root

MOST_LEAVES = 33
LEAVES = [f"leaf {number}".encode() for number in range(MOST_LEAVES)]
STORED = grown(LEAVES)[1]
ROOTS = [naive_root(LEAVES[:size]) for size in range(MOST_LEAVES + 1)]
MILLION = 1_000_000


def naive_path(index: int, data: list[bytes]) -> list[bytes]:
    """RFC 6962, section 2.1.1, word for word."""
    if len(data) == 1:
        return []
    split = largest_power_below(len(data))
    if index < split:
        return [*naive_path(index, data[:split]), naive_root(data[split:])]
    return [*naive_path(index - split, data[split:]), naive_root(data[:split])]


def naive_subproof(old: int, data: list[bytes], whole: bool) -> list[bytes]:
    """RFC 6962, section 2.1.2, word for word."""
    if old == len(data):
        return [] if whole else [naive_root(data)]
    split = largest_power_below(len(data))
    if old <= split:
        return [*naive_subproof(old, data[:split], whole), naive_root(data[split:])]
    return [*naive_subproof(old - split, data[split:], False), naive_root(data[:split])]


def largest_power_below(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def flipped(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data) ^ 1 << bit).to_bytes(len(data))


def test_every_leaf_of_every_size_is_proved_as_the_recursion_proves_it():
    for size in range(1, MOST_LEAVES + 1):
        for index in range(size):
            proof = proof_of(plan_inclusion(index, size), STORED)
            assert proof == naive_path(index, LEAVES[:size])
            assert root_from_inclusion(STORED[0, index], index, size, proof) == ROOTS[size]


def test_every_tree_is_consistent_with_all_before_it_and_with_no_other():
    for new in range(MOST_LEAVES + 1):
        for old in range(new + 1):
            proof = proof_of(plan_consistency(old, new), STORED)
            assert proof == (naive_subproof(old, LEAVES[:new], True) if old else [])
            require_consistency(old, ROOTS[old], new, ROOTS[new], proof)
            forked = hashlib.sha256(ROOTS[old]).digest()
            if old:
                with pytest.raises(InvalidProof):
                    require_consistency(old, forked, new, ROOTS[new], proof)
                with pytest.raises(InvalidProof):
                    require_consistency(old, ROOTS[old], new, forked, proof)


# github.com/transparency-dev/merkle, proof/verify_test.go: leaf or size, size, proof, over the published entries.
INCLUSION_VECTORS = [
    (0, 8, "96a296d2 5f083f0a 6b47aaf2"),
    (5, 8, "bc1a0643 ca854ea1 d37ee418"),
    (2, 3, "fac54203"),
    (1, 5, "6e340b9c 5f083f0a bc1a0643"),
]
CONSISTENCY_VECTORS = [
    (1, 8, "96a296d2 5f083f0a 6b47aaf2"),
    (6, 8, "0ebc5d34 ca854ea1 d37ee418"),
    (2, 5, "5f083f0a bc1a0643"),
]


def test_proofs_are_those_that_certificate_transparency_publishes():
    data = [bytes.fromhex(entry) for entry in VECTOR_ENTRIES]
    stored = grown(data)[1]
    for index, size, expected in INCLUSION_VECTORS:
        proof = proof_of(plan_inclusion(index, size), stored)
        assert [each.hex()[:8] for each in proof] == expected.split()
        assert root_from_inclusion(stored[0, index], index, size, proof).hex() == VECTOR_ROOTS[size]
    for old, new, expected in CONSISTENCY_VECTORS:
        proof = proof_of(plan_consistency(old, new), stored)
        assert [each.hex()[:8] for each in proof] == expected.split()


@given(st.data())
def test_an_altered_proof_leads_elsewhere(data):
    size = data.draw(st.integers(2, MOST_LEAVES))
    index = data.draw(st.integers(0, size - 1))
    proof = proof_of(plan_inclusion(index, size), STORED)
    at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    altered = [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]]
    assert root_from_inclusion(STORED[0, index], index, size, altered) != ROOTS[size]
    assert root_from_inclusion(flipped(STORED[0, index], bit), index, size, proof) != ROOTS[size]
    for wrong in (proof[:-1], [*proof, bytes(32)]):
        with pytest.raises(InvalidProof):
            root_from_inclusion(STORED[0, index], index, size, wrong)
    other = data.draw(st.integers(0, size - 1).filter(lambda other: other != index))
    with suppress(InvalidProof):  # the other leaf's proof may have another length
        assert root_from_inclusion(STORED[0, index], other, size, proof) != ROOTS[size]


@given(st.data())
def test_an_altered_proof_of_consistency_is_refused(data):
    new = data.draw(st.integers(2, MOST_LEAVES))
    old = data.draw(st.integers(1, new - 1))
    proof = proof_of(plan_consistency(old, new), STORED)
    at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    for wrong in ([*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]], proof[:-1], [*proof, bytes(32)]):
        with pytest.raises(InvalidProof):
            require_consistency(old, ROOTS[old], new, ROOTS[new], wrong)


def test_a_tree_that_shrank_or_a_leaf_beyond_it_proves_nothing():
    with pytest.raises(InvalidProof, match="shrank from 3 leaves to 2"):
        require_consistency(3, ROOTS[3], 2, ROOTS[2], [])
    with pytest.raises(InvalidProof, match="no leaf 3"):
        root_from_inclusion(ROOTS[1], 3, 3, [])
    for refused in (lambda: plan_inclusion(3, 3), lambda: plan_consistency(4, 3)):
        with pytest.raises(ValueError, match="3 leaves"):
            refused()


@given(st.integers(0, MILLION - 1))
def test_at_a_million_leaves_an_inclusion_proof_reads_at_most_25_subtrees(index):
    assert len(keys_of(plan_inclusion(index, MILLION))) <= 25


def test_the_first_leaf_of_a_million_reads_the_most_and_a_proof_of_consistency_one_more():
    assert len(keys_of(plan_inclusion(0, MILLION))) == 25
    assert max(len(keys_of(plan_consistency(old, MILLION))) for old in range(1, MILLION, 997)) == 26
