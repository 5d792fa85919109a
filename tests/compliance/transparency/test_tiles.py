"""Tiles and proofs as files: paths and bytes as C2SP's specifications give them."""

import pytest

from compliance.transparency.tiles import Tile, entry_bundle, tiles_of
from compliance.transparency.tlog_proof import consistency_text, inclusion_text

CHECKPOINT = "log.example\n2\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— log.example AAAAAAAA\n"


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


def test_a_bundle_has_lengths_of_two_bytes_the_high_one_first():
    assert entry_bundle([b"ab", b"c" * 258]) == b"\x00\x02ab\x01\x02" + b"c" * 258
    with pytest.raises(OverflowError):
        entry_bundle([bytes(65_536)])


def test_proofs_are_spelt_as_the_specifications_spell_them():
    hashes = [bytes(32), bytes([255]) * 32]
    assert inclusion_text(73894, hashes, CHECKPOINT) == (
        "c2sp.org/tlog-proof@v1\nindex 73894\n"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n//////////////////////////////////////////8=\n\n"
        f"{CHECKPOINT}"
    )
    assert inclusion_text(0, [], CHECKPOINT) == f"c2sp.org/tlog-proof@v1\nindex 0\n\n{CHECKPOINT}"
    assert consistency_text(2, hashes[:1], CHECKPOINT) == (
        f"old 2\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n{CHECKPOINT}"
    )
