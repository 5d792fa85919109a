"""Verification against tampering of every kind, by a superuser on a committed copy: the right entry is named."""

import subprocess
import sys

import pytest

from compliance.services import verify as module
from compliance.services.verify import verify
from qtweb.embedded.instance import CHECKOUT
from tests.compliance.log import insert, integrate, record, sequenced_ids, tamper

NAMES = "abcdefghijk"  # eleven leaves: nodes on three levels, and a frontier of three subtrees


@pytest.fixture
def log(committed_database):
    """A committed log of eleven leaves in two batches: sequence s holds leaf s + 1, about object NAMES[s]."""
    record(*NAMES[:7])
    integrate()
    record(*NAMES[7:])
    integrate()
    assert sequenced_ids() == list(range(1, 12))
    return committed_database


def test_a_log_that_nobody_touched_verifies(log):
    result = verify()
    assert result.broken is None
    assert result.leaves == 11
    assert str(result) == f"audit: verified 11 leaves, root {result.root}"


def test_an_empty_log_verifies_with_the_root_of_nothing(db):
    assert str(verify()) == (
        "audit: verified 0 leaves, root e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def test_leaves_that_wait_for_the_integrator_are_no_break(log):
    record("new")
    assert (verify().leaves, verify().broken) == (11, None)


def test_the_verdict_does_not_depend_on_the_size_of_a_page(log, monkeypatch):
    whole, sizes = verify(), (1, 2, 3, 4, 11, 64)
    for page_entries in sizes:
        monkeypatch.setattr(module, "PAGE_ENTRIES", page_entries)
        assert verify() == whole
    tamper(log, "compliance_treenode", "UPDATE compliance_treenode SET hash = sha256('x') WHERE level = 3")
    for page_entries in sizes:
        monkeypatch.setattr(module, "PAGE_ENTRIES", page_entries)
        assert verify().broken.sequence == 7


def test_progress_is_told_page_by_page(log, monkeypatch):
    monkeypatch.setattr(module, "PAGE_ENTRIES", 4)
    told = []
    verify(lambda done, total: told.append((done, total)))
    assert told == [(4, 11), (8, 11), (11, 11)]


TAMPERING = {
    "a byte of a body altered": (
        "compliance_leaf",
        ["UPDATE compliance_leaf SET body = overlay(body placing 'X' from 20 for 1) WHERE id = 5"],
        "entry 4 (leaf 5, object refusal e): the leaf's body does not have the entry's hash",
    ),
    "a leaf deleted": (
        "compliance_leaf",
        ["DELETE FROM compliance_leaf WHERE id = 8"],
        "entry 7 (leaf 8, object unknown): the leaf is missing",
    ),
    "the last leaf deleted": (
        "compliance_leaf",
        ["DELETE FROM compliance_leaf WHERE id = 11"],
        "entry 10 (leaf 11, object unknown): the leaf is missing",
    ),
    "an entry deleted": (
        "compliance_treeentry",
        ["DELETE FROM compliance_treeentry WHERE sequence = 3"],
        "entry 3 (leaf unknown, object unknown): the entry is missing",
    ),
    "the last entry deleted": (
        "compliance_treeentry",
        ["DELETE FROM compliance_treeentry WHERE sequence = 10"],
        "entry 10 (leaf unknown, object unknown): the entry is missing",
    ),
    "two leaves swapped": (
        "compliance_treeentry",
        [
            "UPDATE compliance_treeentry SET leaf_id = 99 WHERE sequence = 2",
            "UPDATE compliance_treeentry SET leaf_id = 3 WHERE sequence = 6",
            "UPDATE compliance_treeentry SET leaf_id = 7 WHERE sequence = 2",
        ],
        "entry 2 (leaf 7, object refusal g): the leaf's body does not have the entry's hash",
    ),
    "an entry's hash altered": (
        "compliance_treeentry",
        ["UPDATE compliance_treeentry SET leaf_hash = sha256('x') WHERE sequence = 9"],
        "entry 9 (leaf 10, object refusal j): the leaf's body does not have the entry's hash",
    ),
    "a node altered": (
        "compliance_treenode",
        ["UPDATE compliance_treenode SET hash = sha256('x') WHERE level = 2 AND index = 1"],
        "entry 7 (leaf 8, object refusal h): the tree's node 2/1 over the entries 4 to 7 does not follow from them",
    ),
    "a node deleted": (
        "compliance_treenode",
        ["DELETE FROM compliance_treenode WHERE level = 1 AND index = 4"],
        "entry 9 (leaf 10, object refusal j): the tree's node 1/4 over the entries 8 to 9 is missing",
    ),
    "a node added": (
        "compliance_treenode",
        ["INSERT INTO compliance_treenode (level, index, hash) VALUES (1, 5, sha256('x'))"],
        "entry 11 (leaf unknown, object unknown): the tree's node 1/5 covers no such entries",
    ),
    "a node added far above": (
        "compliance_treenode",
        ["INSERT INTO compliance_treenode (level, index, hash) VALUES (64, 0, sha256('x'))"],
        "entry 11 (leaf unknown, object unknown): the tree's node 64/0 covers no such entries",
    ),
    "an early checkpoint altered": (
        "compliance_checkpoint",
        ["UPDATE compliance_checkpoint SET root_hash = sha256('x') WHERE tree_size = 7"],
        "entry 6 (leaf 7, object refusal g): the checkpoint of size 7 has another root than its leaves",
    ),
    "the last checkpoint altered": (
        "compliance_checkpoint",
        ["UPDATE compliance_checkpoint SET root_hash = sha256('x') WHERE tree_size = 11"],
        "entry 10 (leaf 11, object refusal k): the checkpoint of size 11 has another root than its leaves",
    ),
    "the last checkpoint deleted": (
        "compliance_checkpoint",
        ["DELETE FROM compliance_checkpoint WHERE tree_size = 11"],
        "entry 7 (leaf unknown, object unknown): no checkpoint covers the entry",
    ),
    "a checkpoint of a larger tree": (
        "compliance_checkpoint",
        ["UPDATE compliance_checkpoint SET tree_size = 13 WHERE tree_size = 11"],
        "entry 11 (leaf unknown, object unknown): the entry is missing",
    ),
}


@pytest.mark.parametrize("kind", TAMPERING)
def test_tampering_is_found_at_its_entry(log, kind):
    table, statements, expected = TAMPERING[kind]
    tamper(log, table, *statements)
    assert str(verify()) == f"audit: BROKEN at {expected}"


COLUMNS = {
    "object_type": "'order'",
    "object_id": "'other'",
    "revision": "2",
    "action": "'OrderPlaced'",
    "actor": "'user:somebody'",
    "correlation_id": "'c-2'",
    "recorded_at": "recorded_at + interval '1 microsecond'",
}


def test_a_column_that_no_longer_says_what_the_body_says_is_found(log):
    # From the end of the log to its beginning: the first break is always the one just made.
    for leaf_id, (column, value) in zip(range(len(COLUMNS), 0, -1), COLUMNS.items(), strict=True):
        tamper(log, "compliance_leaf", f"UPDATE compliance_leaf SET {column} = {value} WHERE id = {leaf_id}")
        broken = verify().broken
        assert (broken.sequence, broken.leaf_id) == (leaf_id - 1, leaf_id)
        assert broken.what == f"the column {column} does not say what the leaf's body says"


def test_a_moment_of_the_same_name_before_the_first_year_is_another_one(log):
    said = "to_char(recorded_at, 'YYYY-MM-DD HH24:MI:SS.USTZH')"
    with log.as_superuser() as superuser:
        superuser.execute("ALTER TABLE compliance_leaf DROP CONSTRAINT leaf_recorded_at_is_nameable")
    tamper(
        log,
        "compliance_leaf",
        f"UPDATE compliance_leaf SET recorded_at = ({said} || ' BC')::timestamptz WHERE id = 3",
    )
    assert verify().broken.what == "the column recorded_at does not say what the leaf's body says"


def test_a_body_that_is_no_entry_is_found_even_where_its_hash_fits(log):
    tamper(log, "compliance_leaf", "UPDATE compliance_leaf SET body = '{}' WHERE id = 6")
    tamper(
        log,
        "compliance_treeentry",
        r"UPDATE compliance_treeentry SET leaf_hash = sha256('\x00'::bytea || '{}'::bytea) WHERE sequence = 5",
    )
    broken = verify().broken
    assert (broken.sequence, broken.what) == (5, "the body is no entry of this log")


def test_entries_swapped_with_their_hashes_are_found_by_the_tree(log):
    hashes = "(SELECT leaf_hash FROM compliance_treeentry WHERE sequence = {})"
    tamper(
        log,
        "compliance_treeentry",
        f"UPDATE compliance_treeentry SET leaf_id = 99, leaf_hash = {hashes.format(6)} WHERE sequence = 2",
        "UPDATE compliance_treeentry SET leaf_id = 3, leaf_hash = ("
        "  SELECT sha256('\\x00'::bytea || convert_to(body, 'UTF8')) FROM compliance_leaf WHERE id = 3"
        ") WHERE sequence = 6",
        "UPDATE compliance_treeentry SET leaf_id = 7 WHERE sequence = 2",
    )
    broken = verify().broken
    assert broken.sequence == 3
    assert broken.what == "the tree's node 1/1 over the entries 2 to 3 does not follow from them"


def test_a_leaf_that_was_kept_out_of_the_tree_is_found(log):
    """Its transaction had ended when the last checkpoint was made, so it had to be in that tree."""
    with log.as_application() as application:
        kept_out = insert(application, "kept-out")
    assert verify().broken is None
    tamper(log, "compliance_leaf", f"UPDATE compliance_leaf SET transaction_id = 3 WHERE id = {kept_out}")
    broken = verify().broken
    assert (broken.sequence, broken.leaf_id, broken.object_name) == (None, kept_out, "refusal kept-out")
    assert broken.what == "never sequenced, though older than the last checkpoint"
    assert str(broken).startswith(f"leaf {kept_out} (object refusal kept-out): ")


def run_audit_verify(database) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "audit", "verify"],
        cwd=CHECKOUT,
        env=database.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_command_prints_the_root_and_ends_with_0(log):
    result = run_audit_verify(log)
    assert result.stdout == f"audit: verified 11 leaves, root {verify().root}\n"
    assert result.returncode == 0


def test_the_command_names_the_entry_and_ends_with_1(log):
    tamper(log, "compliance_leaf", "UPDATE compliance_leaf SET body = body || ' ' WHERE id = 3")
    result = run_audit_verify(log)
    assert result.stdout.startswith("audit: BROKEN at entry 2 (leaf 3, object refusal c): ")
    assert result.returncode == 1


def test_an_entry_that_is_there_twice_is_named(log):
    with log.as_superuser() as superuser:
        for key in ("pkey CASCADE", "leaf_id_key"):
            superuser.execute(f"ALTER TABLE compliance_treeentry DROP CONSTRAINT compliance_treeentry_{key}")
    again = "INSERT INTO compliance_treeentry SELECT * FROM compliance_treeentry WHERE sequence = 5"
    tamper(log, "compliance_treeentry", again)
    expected = "entry 5 (leaf 6, object refusal f): the entry, or its leaf, is there twice"
    assert str(verify()) == f"audit: BROKEN at {expected}"
