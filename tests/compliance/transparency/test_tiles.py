"""Tiles and proofs as files: paths and bytes as C2SP's specifications give them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.transparency.tiles import MalformedBundle, Tile, bundle_of, entries_of, tiles_of
from compliance.transparency.tlog_proof import InclusionProof, MalformedProof

CHECKPOINT = "log.example\n2\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— log.example AAAAAAAA\n"
HASH = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ="


def test_a_tile_lies_where_the_specification_says():
    assert Tile(0, 1_234_067, 256).path == "tile/0/x001/x234/067"
    assert Tile(3, 0, 1).path == "tile/3/000.p/1"
    assert Tile(0, 67, 256).entries_path == "tile/entries/067"
    assert Tile(0, 1_067, 12).entries_path == "tile/entries/x001/067.p/12"


def test_a_tree_of_70_000_has_the_tiles_that_the_specification_counts():
    tiles = list(tiles_of(70_000))
    assert [(t.level, t.index, t.width) for t in tiles if t.width < 256] == [
        (0, 273, 112),
        (1, 1, 17),
        (2, 0, 1),
    ]
    assert [sum(t.width == 256 and t.level == level for t in tiles) for level in range(3)] == [273, 1, 0]
    assert [t.path for t in tiles_of(256)] == ["tile/0/000", "tile/1/000.p/1"]
    assert not list(tiles_of(0))


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_a_bundle_gives_back_its_entries(entries):
    assert entries_of(bundle_of(entries)) == entries


def test_a_bundle_has_lengths_of_two_bytes_the_high_one_first():
    assert bundle_of([b"ab", b"c" * 258]) == b"\x00\x02ab\x01\x02" + b"c" * 258
    with pytest.raises(OverflowError):
        bundle_of([bytes(65_536)])
    for cut in (b"\x00", b"\x00\x02a"):
        with pytest.raises(MalformedBundle):
            entries_of(cut)


def test_a_proof_is_spelt_as_the_specification_spells_it():
    text = f"c2sp.org/tlog-proof@v1\nindex 73894\n{HASH}\n{HASH}\n\n{CHECKPOINT}"
    proof = InclusionProof.parse(text)
    assert (proof.index, len(proof.hashes), proof.checkpoint) == (73894, 2, CHECKPOINT)
    assert proof.text == text
    with_extra = text.replace("index", "extra YWdl\nindex")
    assert InclusionProof.parse(with_extra) == proof
    assert InclusionProof(0, (), CHECKPOINT).text == f"c2sp.org/tlog-proof@v1\nindex 0\n\n{CHECKPOINT}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v2\nindex 0\n\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n",
        "c2sp.org/tlog-proof@v1\n\n",
        "c2sp.org/tlog-proof@v1\nindex 00\n\n",
        "c2sp.org/tlog-proof@v1\nindex ٣\n\n",
        "c2sp.org/tlog-proof@v1\nindex x\n\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nindex 1\n\n",
        "c2sp.org/tlog-proof@v1\nextra ?\nindex 0\n\n",
        f"c2sp.org/tlog-proof@v1\nindex 0\n{HASH[:-4]}\n\n",
    ],
)
def test_what_is_no_proof_is_refused(text):
    with pytest.raises(MalformedProof):
        InclusionProof.parse(text)
