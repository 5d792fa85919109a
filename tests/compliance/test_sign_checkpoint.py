"""Checkpoints are signed after the commit, by keys from outside, and only over a tree that is the old one grown."""

import hashlib

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from compliance import tree_reads
from compliance.checks import ENDED, NO_KEY, UNUSABLE_KEY, the_log_has_a_key
from compliance.errors import AuditForked, CheckpointNotOurs
from compliance.models import Checkpoint, SignedCheckpoint
from compliance.outside_looks import newest_note_of
from compliance.services.sign_checkpoint import sign_checkpoint
from compliance.services.verify import verify
from compliance.signing_keys import keyring, write_key
from compliance.transparency.checkpoints import TreeHead, open_checkpoint, sign_head
from compliance.transparency.notes import Signer, UnusableKey
from compliance.tree_reads import root_at
from tests.compliance.log import integrate, record

OLD, NEW = (Signer.generate("log.example/audit") for _ in range(2))


@pytest.fixture
def keys(settings):
    """Set which keys are configured: those that sign, and those that are believed beside them."""

    def set_keys(*signers: Signer, believed: tuple[Signer, ...] = (), file: str = "") -> None:
        settings.AUDIT_KEYS = {
            "private": " ".join(signer.secret for signer in signers),
            "public": " ".join(signer.verifier.vkey for signer in believed),
            "file": file,
            "required": True,
        }

    set_keys(OLD)
    return set_keys


def grow(*names: str) -> None:
    record(*names)
    integrate()


def newest_note() -> str:
    return SignedCheckpoint.objects.latest("id").note


def ids_of_signers(note: str, *known: Signer) -> set[bytes]:
    opened = open_checkpoint(note, [signer.verifier for signer in known])
    return {line.key_id for _, line in opened.note.signed_by}


def test_the_newest_checkpoint_is_signed_once(keys, db):
    assert sign_checkpoint() is None
    grow("a", "b", "c")
    signed = sign_checkpoint()
    assert signed.checkpoint_id == 3
    head = open_checkpoint(signed.note, [OLD.verifier]).head
    assert head == TreeHead("log.example/audit", 3, bytes(Checkpoint.objects.get().root_hash))
    assert root_at(3) == head.root
    assert sign_checkpoint() is None
    grow("d")
    assert sign_checkpoint().checkpoint_id == 4


def test_without_a_key_nothing_is_signed(keys, db):
    keys()
    grow("a")
    assert sign_checkpoint() is None


def test_a_key_is_exchanged_in_three_steps_and_the_log_stays_one(keys, db):
    grow("a")
    sign_checkpoint()
    keys(OLD, NEW)
    sign_checkpoint()  # the same head again, since it lacks the new key's signature
    assert SignedCheckpoint.objects.count() == 2
    assert len(ids_of_signers(newest_note(), OLD, NEW)) == 2
    grow("b")
    keys(NEW, believed=(OLD,))
    sign_checkpoint()
    assert ids_of_signers(newest_note(), OLD, NEW) == {NEW.verifier.key_id}


def test_a_key_that_was_just_replaced_is_not_believed(keys, db):
    grow("a")
    sign_checkpoint()
    grow("b")
    keys(NEW)
    with pytest.raises(CheckpointNotOurs, match="none of the keys that are known"):
        sign_checkpoint()


@pytest.mark.parametrize(
    "size, root", [(2, hashlib.sha256(b"other").digest()), (9, hashlib.sha256(b"larger").digest())]
)
def test_a_tree_that_is_not_the_signed_one_grown_is_not_signed(keys, db, size, root):
    grow("a", "b")
    note = sign_head(TreeHead("log.example/audit", size, root), [OLD])
    SignedCheckpoint.objects.create(checkpoint_id=2, note=note)
    grow("c")
    with pytest.raises(AuditForked):
        sign_checkpoint()
    assert SignedCheckpoint.objects.count() == 1


def test_a_row_that_is_no_checkpoint_stops_no_signing_and_is_named(keys, db):
    grow("a")
    sign_checkpoint()
    SignedCheckpoint.objects.create(checkpoint_id=1, note="log.example/audit\nx")
    grow("b")
    assert sign_checkpoint().checkpoint_id == 2
    assert sign_checkpoint() is None
    assert newest_note_of("log.example/audit") == newest_note()
    SignedCheckpoint.objects.create(checkpoint_id=2, note="log.example/audit\nx")
    assert newest_note_of("log.example/audit") == tree_reads.newest_note() != newest_note()
    assert verify().broken.what.startswith("the signed checkpoint of size 1 is none of this log: ")


def test_a_tree_that_was_exchanged_after_it_was_signed_is_not_recorded(keys, db, monkeypatch):
    grow("a")
    other = hashlib.sha256(b"other").digest()

    def exchange(head: TreeHead, note: str) -> bool:
        monkeypatch.setattr("compliance.services.sign_checkpoint.root_at", lambda _size: other)
        return True

    with pytest.raises(AuditForked, match="another one than a moment ago"):
        sign_checkpoint(keep_first=exchange)
    assert not SignedCheckpoint.objects.exists()


def test_a_log_of_another_name_is_not_continued(keys, db):
    grow("a")
    sign_checkpoint()
    other = Signer.generate("other.example/audit")
    keys(other, believed=(OLD,))
    with pytest.raises(AuditForked):
        sign_checkpoint()


def test_a_key_file_is_for_its_owner_alone(keys, tmp_path):
    file = tmp_path / "key"
    verifier = write_key("log.example/audit", file)
    assert file.stat().st_mode & 0o777 == 0o600
    keys(file=str(file))
    assert keyring().verifiers == (verifier,)
    file.write_text(f"# exchanged in 2026\n\n{file.read_text()}{OLD.secret}\n")
    assert [signer.verifier for signer in keyring().signers] == [verifier, OLD.verifier]
    file.chmod(0o644)
    with pytest.raises(UnusableKey, match="everybody may read"):
        keyring()
    with pytest.raises(FileExistsError):
        write_key("log.example/audit", file)
    keys(file=str(tmp_path / "absent"))
    with pytest.raises(UnusableKey, match="cannot be read"):
        keyring()


def test_keys_of_two_names_do_not_sign_one_log(keys):
    keys(OLD, Signer.generate("other.example/audit"))
    with pytest.raises(UnusableKey, match="different names"):
        keyring()


def test_a_deployment_without_a_usable_key_is_refused(keys):
    assert the_log_has_a_key(None) == []
    keys(believed=(OLD,))
    assert the_log_has_a_key(None) == []
    keys()
    assert [error.id for error in the_log_has_a_key(None)] == [NO_KEY]
    with pytest.raises(SystemCheckError, match="No key signs the audit log"):
        call_command("check", deploy=True, tags=["security"])
    keys(file="/nowhere/key")
    assert [error.id for error in the_log_has_a_key(None)] == [UNUSABLE_KEY]


def test_a_log_that_was_ended_is_not_signed_and_no_deployment_names_its_own_log_so(keys, db, settings):
    grow("a")
    sign_checkpoint()
    settings.AUDIT_ENDED_LOGS = frozenset([OLD.name])
    grow("b")
    with pytest.raises(UnusableKey, match="is among QTWEB_AUDIT_ENDED_LOGS"):
        sign_checkpoint()
    assert SignedCheckpoint.objects.count() == 1
    assert [error.id for error in the_log_has_a_key(None)] == [UNUSABLE_KEY]
    keys(believed=(OLD,))
    assert [error.id for error in the_log_has_a_key(None)] == [ENDED]
    keys(Signer.generate("log.example/2"), believed=(OLD,))
    assert the_log_has_a_key(None) == []
