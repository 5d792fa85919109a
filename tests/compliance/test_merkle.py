"""The tree against the plain recursion of RFC 6962 and against certificate-transparency's published vectors."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.merkle import (
    EMPTY_ROOT,
    Frontier,
    frontier_keys,
    leaf_hash,
    node_count,
    node_hash,
    root_of_frontier,
)

# github.com/google/certificate-transparency, merkletree/merkle_tree_test.cc: inputs and the roots of their prefixes.
VECTOR_ENTRIES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
VECTOR_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

entries = st.lists(st.binary(max_size=40), max_size=70)


def naive_root(data: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not data:
        return hashlib.sha256().digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    split = 1
    while split * 2 < len(data):
        split *= 2
    return hashlib.sha256(b"\x01" + naive_root(data[:split]) + naive_root(data[split:])).digest()


def grown(data: list[bytes]) -> tuple[Frontier, dict[tuple[int, int], bytes]]:
    """A tree grown leaf by leaf, and every hash that it stored on its way."""
    frontier, stored = Frontier(), {}
    for sequence, entry in enumerate(data):
        stored[0, sequence] = leaf_hash(entry)
        for node in frontier.append(leaf_hash(entry)):
            stored[node.level, node.index] = node.hash
    return frontier, stored


@pytest.mark.parametrize("size", range(len(VECTOR_ROOTS)))
def test_roots_are_those_that_certificate_transparency_publishes(size):
    frontier, _ = grown([bytes.fromhex(entry) for entry in VECTOR_ENTRIES[:size]])
    assert frontier.root().hex() == VECTOR_ROOTS[size]


def test_leaf_and_node_hashes_have_different_prefixes():
    # The same source's hasher vectors: the leaf "L123456" and the node of "N123" and "N456".
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert (
        node_hash(b"N123", b"N456").hex()
        == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )


@given(entries)
def test_a_grown_tree_has_the_root_of_the_recursion(data):
    frontier, _ = grown(data)
    assert frontier.size == len(data)
    assert frontier.root() == naive_root(data)


@given(entries)
def test_every_earlier_root_follows_from_the_stored_subtrees(data):
    _, stored = grown(data)
    for size in range(len(data) + 1):
        assert root_of_frontier(stored[key] for key in frontier_keys(size)) == naive_root(data[:size])


@given(entries)
def test_stored_subtrees_are_the_complete_ones_and_no_others(data):
    _, stored = grown(data)
    above = {key: value for key, value in stored.items() if key[0] > 0}
    assert len(above) == node_count(len(data))
    for (level, index), value in above.items():
        covered = data[index << level : (index + 1) << level]
        assert len(covered) == 1 << level
        assert value == naive_root(covered)


@given(entries, st.integers(min_value=0, max_value=70))
def test_a_tree_read_back_from_its_frontier_grows_on(data, cut):
    _, stored = grown(data[:cut])
    kept = data[:cut]
    resumed = Frontier(len(kept), [stored[key] for key in frontier_keys(len(kept))])
    for entry in data[cut:]:
        resumed.append(leaf_hash(entry))
    assert resumed.root() == naive_root(data)


def test_the_empty_tree_has_the_hash_of_nothing():
    assert root_of_frontier([]) == Frontier().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()
