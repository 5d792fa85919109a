"""What is signed is held to the tree as well: altered, removed, or not to be opened here, it is named."""

import pytest

from compliance.models import Leaf, SignedCheckpoint
from compliance.services.outside_copies import record_cosignature
from compliance.services.sign_checkpoint import sign_checkpoint
from compliance.services.verify import verify
from compliance.services.watch import LogWatch
from compliance.transparency.notes import Signer
from orders.models import Firm
from tests.compliance.log import integrate, record, tamper
from tests.world import World


@pytest.fixture
def log(committed_database):
    """A committed log of three leaves, signed twice: at the size of two and of three."""
    for names in ("ab", "c"):
        record(*names)
        integrate()
        sign_checkpoint()
    return committed_database


NOTE = "UPDATE compliance_signedcheckpoint SET note = {} WHERE tree_size = 2"
ALTERED = {
    "nonsense": (NOTE.format("'nonsense'"), "is none of this log: no signatures stand behind an empty line"),
    "another size": (
        NOTE.format("(SELECT note FROM compliance_signedcheckpoint WHERE tree_size = 3)"),
        "says that it is of size 3",
    ),
    "a byte of the signature": (
        NOTE.format("overlay(note placing 'AAAA' from length(note) - 20)"),
        "does not hold",
    ),
}


@pytest.mark.parametrize("how", ALTERED)
def test_an_altered_note_is_named_at_its_size(log, how):
    statement, why = ALTERED[how]
    tamper(log, "compliance_signedcheckpoint", statement)
    found = verify().broken
    assert found.sequence == 1
    assert found.what.startswith("the signed checkpoint of size 2 ")
    assert why in found.what
    assert LogWatch().turn() == found


def test_a_note_of_another_root_is_named_whoever_signed_it_and_what_nobody_knows_is_told(log, settings):
    settings.AUDIT_KEYS = {
        **settings.AUDIT_KEYS,
        "private": Signer.generate("log.example/other").secret,
        "file": "",
    }
    assert str(verify()).splitlines()[1] == (
        "audit: NOT OPENED: 2 signed checkpoints, which no key that is configured here signed"
    )
    settings.AUDIT_KEYS = {**settings.AUDIT_KEYS, "private": "", "file": "/nowhere/key"}
    assert verify().unopened == 2
    root = "split_part(note, chr(10), 3)"
    tamper(
        log,
        "compliance_signedcheckpoint",
        NOTE.format(f"replace(note, {root}, encode(sha256('x'), 'base64'))"),
    )
    assert verify().broken.what == "the signed checkpoint of size 2 has another root than its leaves"


def test_a_log_that_was_ended_is_not_held_to_the_tree(log, settings):
    name = SignedCheckpoint.objects.latest("id").note.partition("\n")[0]
    tamper(log, "compliance_signedcheckpoint", NOTE.format("split_part(note, chr(10), 1) || chr(10)"))
    assert verify().broken is not None
    settings.AUDIT_ENDED_LOGS = frozenset({name})
    assert verify().broken is None


def test_a_note_that_was_removed_is_missed_by_who_knows_of_it(log):
    record_cosignature(witness="witness.example/w1", tree_size=3, line="a line")
    tamper(log, "compliance_signedcheckpoint", "DELETE FROM compliance_signedcheckpoint WHERE tree_size = 3")
    found = verify().broken
    assert str(found) == (
        "entry 2 (leaf unknown, object unknown): the signed checkpoint of size 3 is not there any more"
    )
    assert LogWatch().turn() == found


def test_a_horizon_that_falls_is_named(log):
    tamper(log, "compliance_checkpoint", "UPDATE compliance_checkpoint SET horizon = 0 WHERE tree_size = 3")
    assert verify().broken.what == "the checkpoint of size 3 has a lower horizon than the one before"


def test_a_rows_leaf_is_of_the_transaction_that_it_says(committed_world: World, committed_database) -> None:
    Firm.objects.update(currency="EUR")
    integrate()
    leaf = Leaf.objects.filter(kind="row").latest("pk")
    assert verify().broken is None
    tamper(
        committed_database,
        "compliance_leaf",
        f"UPDATE compliance_leaf SET transaction_id = 5 WHERE id = {leaf.pk}",
    )
    found = verify().broken
    assert (found.leaf_id, found.what) == (
        leaf.pk,
        "the column transaction_id does not say what the leaf's body says",
    )
