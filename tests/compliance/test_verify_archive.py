"""`verify.py archive` reads a month's archive by itself: it accepts and refuses what the house accepts and refuses."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance import verify
from compliance.merkle import frontier_keys, keys_between
from compliance.transparency.archives import Archive, Entry, write_archive
from compliance.transparency.notes import encoded
from tests.compliance.test_standalone_verify import KEY, kinds
from tests.compliance.transparency.handed_over import Log
from tests.compliance.transparency.test_archives import LOG, MONTH, WHOLE, archive


def check(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, *more: object) -> list[str]:
    file = tmp_path / "audit-2026-11.archive"
    file.write_bytes(content)
    return kinds(capsys, "archive", file, *KEY, *more)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_part_of_any_tree_leads_to_its_root(tmp_path, capsys, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, LOG.size))
    start = data.draw(st.integers(0, size - 1))
    stop = data.draw(st.integers(start + 1, size))
    late = tuple(each for each in data.draw(st.sets(st.sampled_from([stop - 1, stop - 2]))) if each >= start)
    assert check(capsys, tmp_path, archive(start, stop, size, late)) == []


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(WHOLE) - 1), bit=st.integers(0, 7))
def test_every_flipped_bit_is_caught_but_the_name_of_the_month(tmp_path, capsys, at: int, bit: int) -> None:
    altered = bytearray(WHOLE)
    altered[at] ^= 1 << bit
    if not MONTH <= at < MONTH + 7:
        assert check(capsys, tmp_path, bytes(altered))


def framed(entry: bytes) -> bytes:
    return len(entry).to_bytes(4) + entry


def said(old: str, new: str) -> Callable[[], bytes]:
    return lambda: WHOLE.replace(old.encode(), new.encode(), 1)


NINE, TEN = framed(LOG.entries[9]), framed(LOG.entries[10])
FIRST = LOG.hashes[frontier_keys(5)[0]]
HIDDEN = b"\xff" * 4 + LOG.hashes[0, 9]
CASES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a leaf says something else": ("altered-leaf", lambda: WHOLE.replace(b'"c-9"', b'"c-8"')),
    "a leaf is no JSON": ("altered-leaf", lambda: WHOLE.replace(NINE, NINE.replace(b"{", b"[", 1))),
    "two leaves are swapped": ("altered-leaf", lambda: WHOLE.replace(NINE + TEN, TEN + NINE)),
    "a leaf is dropped": ("dropped-leaf", lambda: WHOLE.replace(NINE, b"")),
    "a leaf is dropped, and not counted": (
        "altered-leaf",
        lambda: said('"stop":23', '"stop":22')().replace(b'"leaves":17', b'"leaves":16').replace(NINE, b""),
    ),
    "a leaf is hidden": ("dropped-leaf", lambda: WHOLE.replace(NINE, HIDDEN)),
    "a leaf is hidden, and not counted": (
        "dropped-leaf",
        lambda: said('"leaves":17', '"leaves":16')().replace(NINE, HIDDEN),
    ),
    "there are more leaves than it says": ("foreign-leaf", said('"leaves":17', '"leaves":16')),
    "it is cut off": ("dropped-leaf", lambda: WHOLE[:-1]),
    "it is cut off within a length": ("dropped-leaf", lambda: WHOLE[: -len(LOG.entries[22]) - 2]),
    "more follows": ("foreign-leaf", lambda: WHOLE + b"x"),
    "a leaf is longer than any": ("malformed", lambda: WHOLE.replace(NINE, framed(bytes(65_536)))),
    "a hash is none": (
        "malformed",
        lambda: WHOLE.replace(encoded(FIRST).encode(), encoded(FIRST[:31]).encode()),
    ),
    "it needs other hashes": ("malformed", said('"start":5', '"start":7')),
    "it goes beyond the tree": ("malformed", said('"stop":23', '"stop":71')),
    "a number is none": ("malformed", said('"leaves":17', '"leaves":17.0')),
    "the month is none": ("malformed", said("2026-11", "2026-13")),
    "its first line is spelt otherwise": ("malformed", said('"start":5', '"start": 5')),
    "it says something else about itself": ("malformed", said("This line", "That line")),
    "it has another format": ("malformed", said("qtweb audit archive 1", "qtweb audit archive 2")),
    "its first line says more": ("malformed", said('"stop":23}', '"stop":23,"too":1}')),
    "its first line is no mapping": ("malformed", lambda: b"[]\n"),
    "it is empty": ("malformed", lambda: b""),
}


@pytest.mark.parametrize("case", CASES)
def test_what_was_done_to_an_archive_is_named(tmp_path, capsys, case: str) -> None:
    kind, made = CASES[case]
    assert made() != WHOLE
    assert kind in check(capsys, tmp_path, made())


def of(log: Log, start: int, stop: int) -> bytes:
    """The archive of a part of a log of its own."""
    file = io.BytesIO()
    keys = (frontier_keys(start), keys_between(stop, log.size))
    left, right = ([log.hashes[key] for key in each] for each in keys)
    first = Archive("2026-11", start, stop, stop - start, log.checkpoint(), left, right)
    write_archive(file, first, [Entry(at, log.entries[at], log.hashes[0, at]) for at in range(start, stop)])
    return file.getvalue()


def test_an_archive_without_a_leaf_is_none(tmp_path, capsys) -> None:
    assert check(capsys, tmp_path, of(Log(20), 5, 5)) == ["malformed"]


def test_a_signed_log_that_lacks_a_revision_or_whose_leaf_says_nothing_is_named(tmp_path, capsys) -> None:
    log = Log(20)
    del log.entries[10]
    log.build()
    assert check(capsys, tmp_path, of(log, 4, 16)) == ["dropped-leaf"]
    log = Log(20)
    log.entries[15] = b"["
    log.build()
    assert check(capsys, tmp_path, of(log, 4, 16)) == ["malformed"]


def test_it_says_what_is_the_house_s_word_and_which_file_it_read(tmp_path, capsys) -> None:
    (tmp_path / "a").write_bytes(WHOLE)
    verify.main(["archive", str(tmp_path / "a"), *KEY])
    shown = capsys.readouterr().out
    assert "proved: 17 leaves with these bytes at places 5 to 22 of the tree\n" in shown
    assert "all of 2026-11, and 1 others among them another month's, is the house's word" in shown
    assert verify.hashlib.sha256(WHOLE).hexdigest() in shown


def test_it_is_held_against_a_checkpoint_that_is_held(tmp_path, capsys) -> None:
    (tmp_path / "held").write_text(LOG.checkpoint(40))
    (tmp_path / "proof").write_text(LOG.consistency(40))
    known = ["--checkpoint", tmp_path / "held"]
    assert check(capsys, tmp_path, WHOLE, *known) == ["missing-file"]
    assert check(capsys, tmp_path, WHOLE, *known, "--consistency", tmp_path / "proof") == []
    (tmp_path / "held").write_text(Log(40, salt="forked").checkpoint())
    assert check(capsys, tmp_path, WHOLE, *known, "--consistency", tmp_path / "proof") == ["forked-tree"]
