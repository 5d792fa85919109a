"""An archive leads from its leaves to the signed root, whatever part of the tree it is; altered bytes are caught."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.merkle import Frontier, frontier_keys, keys_between
from compliance.transparency.archives import Archive, Entry, InvalidArchive, check_archive, write_archive
from tests.compliance.transparency.handed_over import SIGNER, Log

LOG = Log(70)
KEYS = (SIGNER.verifier,)


def archive(start: int, stop: int, size: int = LOG.size, elsewhere: tuple[int, ...] = ()) -> bytes:
    first = Archive(
        month="2026-11",
        start=start,
        stop=stop,
        leaves=stop - start - len(elsewhere),
        checkpoint=LOG.checkpoint(size),
        left=[LOG.hashes[key] for key in frontier_keys(start)],
        right=[LOG.hashes[key] for key in keys_between(stop, size)],
    )
    entries = [
        Entry(at, None if at in elsewhere else LOG.entries[at], LOG.hashes[0, at])
        for at in range(start, stop)
    ]
    file = io.BytesIO()
    write_archive(file, first, entries)
    return file.getvalue()


def read(content: bytes) -> list[Entry]:
    found: list[Entry] = []
    check_archive(io.BytesIO(content), KEYS, found.append)
    return found


@given(st.data())
def test_any_part_of_any_tree_leads_to_its_root(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, LOG.size))
    start = data.draw(st.integers(0, size - 1))
    stop = data.draw(st.integers(start + 1, size))
    elsewhere = tuple(data.draw(st.sets(st.integers(start, stop - 1), max_size=3)))
    found = read(archive(start, stop, size, elsewhere))
    assert [entry.sequence for entry in found] == list(range(start, stop))
    assert [entry.leaf for entry in found if entry.leaf is not None] == [
        LOG.entries[at] for at in range(start, stop) if at not in elsewhere
    ]


@given(st.integers(0, 70), st.integers(0, 70))
def test_the_subtrees_between_two_places_are_whole_and_cover_them(start: int, stop: int) -> None:
    tree = Frontier()
    for level, index in [*frontier_keys(min(start, stop)), *keys_between(min(start, stop), max(start, stop))]:
        assert tree.size == index << level
        tree.append_subtree(level, LOG.hashes[level, index])
    assert tree.size == max(start, stop)
    assert tree.root() == LOG.head(tree.size).root


WHOLE = archive(5, 23, elsewhere=(21,))
MONTH = WHOLE.index(b"2026-11")


@settings(max_examples=300)
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 7))
def test_every_flipped_bit_is_caught_but_the_name_of_the_month(at: int, bit: int) -> None:
    """The name is the log's word: the log has it with the SHA-256 of the file."""
    altered = bytearray(WHOLE)
    altered[at] ^= 1 << bit
    if MONTH <= at < MONTH + 7:
        return
    with pytest.raises(InvalidArchive):
        read(bytes(altered))


def test_what_is_cut_off_added_dropped_or_swapped_is_caught() -> None:
    dropped = archive(5, 23, elsewhere=(21,)).replace(len(LOG.entries[9]).to_bytes(4) + LOG.entries[9], b"")
    swapped = WHOLE.replace(LOG.entries[7], b"?" * len(LOG.entries[7]), 1)
    for content, what in (
        (WHOLE[:-1], "it ends within its entry 22"),
        (WHOLE + b"x", "more follows"),
        (dropped, "it ends within its entry 22"),
        (swapped, "do not lead to the root"),
        (WHOLE.replace(b'"leaves":17', b'"leaves":18'), "17 leaves of the month and not 18"),
        (WHOLE.replace(b'"start":5', b'"start":7'), "the hashes that its entries need"),
        (WHOLE.replace(b'"start":5', b'"start":true'), "not as this program writes it"),
        (WHOLE.replace(b'"stop":23', b'"stop":71'), "none of the checkpoint's tree"),
        (WHOLE.replace(b'"start":5', b'"start": 5'), "not as this program writes it"),
        (b"{}\n", "none of an archive"),
        (b"", "none of an archive"),
    ):
        with pytest.raises(InvalidArchive, match=what):
            read(content)


def test_a_checkpoint_by_an_unknown_key_is_none() -> None:
    with pytest.raises(InvalidArchive, match="its checkpoint"):
        check_archive(io.BytesIO(WHOLE), ())
