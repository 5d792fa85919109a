"""Signing against what is known outside: a database that was put back signs nothing, and says so, until it is right."""

import threading
from contextlib import contextmanager
from pkgutil import resolve_name

import pytest
from django.db import connections

from compliance import notary as module
from compliance.models import CopyState, Cosignature, Leaf, OutsideCopy, SignedCheckpoint
from compliance.notary import ASKED_EVERY_S, OWN, Notary
from compliance.outside.contract import head_of
from compliance.outside.places import places
from compliance.transparency.notes import Signer, Verifier, open_note
from qtweb.embedded.postgres import create_database, drop_database
from tests.compliance.log import integrate, record, tamper
from tests.compliance.outside.servers import PATIENCE_S, running_witness
from tests.compliance.outside.trees import ORIGIN
from tests.embedded_services import instance

SIGNER = Signer.generate(ORIGIN)
WITNESS_NAME = "witness.example/w1"


@pytest.fixture
def witness(tmp_path):
    with running_witness(tmp_path / "witness", origin=ORIGIN, log_vkey=SIGNER.verifier.vkey) as running:
        yield running


@pytest.fixture
def outside(tmp_path):
    """Names the places of a test."""
    return {"stores": f"vault=folder://{tmp_path}/vault", "witnesses": ""}


@pytest.fixture(autouse=True)
def keys(settings):
    settings.AUDIT_KEYS = {"private": SIGNER.secret, "public": "", "file": "", "required": True}


class Clock:
    seconds = 0.0

    def __call__(self):
        return self.seconds


def notary_of(outside, clock=None):
    return Notary(
        lambda origin: places(**outside, origin=origin, timeout_s=PATIENCE_S),
        interval_s=1,
        clock=clock or Clock(),
    )


def turn(outside):
    """A turn of a notary that was just started."""
    notary_of(outside).turn()


def grow(names):
    record(*names)
    integrate()


def kept(outside):
    """The heads that a folder keeps, by size."""
    store = places(outside["stores"], "", origin=ORIGIN).stores[0]
    notes = [path.read_text() for path in store._root.rglob("*.checkpoint")]
    return {head.size: head.root for head in map(head_of, notes)}


def signed_sizes():
    return list(SignedCheckpoint.objects.order_by("id").values_list("checkpoint_id", flat=True))


def states():
    return dict(OutsideCopy.objects.values_list("name", "state"))


def actions():
    return list(
        Leaf.objects.filter(object_type="outside_copy").order_by("pk").values_list("action", flat=True)
    )


class Backups:
    """Copies of a database that can be put back in its place, as whoever restores a backup does."""

    def __init__(self, database):
        self._database, self._made = database, []

    def take(self):
        connections["default"].close()
        name = f"{self._database.name}_{len(self._made)}"
        create_database(instance(), name, template=self._database.name)
        self._made.append(name)
        return name

    def put_back(self, name):
        connections["default"].close()
        drop_database(instance(), self._database.name)
        create_database(instance(), self._database.name, template=name)

    def forget(self):
        for name in self._made:
            drop_database(instance(), name)


@pytest.fixture
def backups(committed_database):
    made = Backups(committed_database)
    yield made
    made.forget()


def test_what_is_signed_is_kept_outside_and_signed_by_the_witness(committed_database, outside, witness):
    outside["witnesses"] = witness.place
    grow("abc")
    turn(outside)
    integrate()  # the leaves that tell of the places
    turn(outside)
    note = SignedCheckpoint.objects.latest("id")
    store = places(outside["stores"], "", origin=ORIGIN).stores[0]
    assert store.latest() == note.note
    line = Cosignature.objects.get(checkpoint_id=note.checkpoint_id).line
    both = [SIGNER.verifier, Verifier.parse(witness.vkey)]
    assert len(open_note(note.note + line, both).signed_by) == 2
    assert states() == dict.fromkeys((OWN, "vault", WITNESS_NAME), CopyState.AGREES)
    assert set(OutsideCopy.objects.exclude(name=OWN).values_list("tree_size", flat=True)) == {
        note.checkpoint_id
    }
    assert actions() == ["OutsideCopyAgreed"] * 2


@pytest.mark.parametrize(
    ("who", "grown"),
    [
        ("store", ""),
        ("witness", "xyxyxyxyxyxyxyxyxyxy"),
        pytest.param("store", "xy", marks=pytest.mark.long),
        pytest.param("store", "xyxyxyxyxyxyxyxyxyxy", marks=pytest.mark.long),
        pytest.param("witness", "", marks=pytest.mark.long),
        pytest.param("witness", "xy", marks=pytest.mark.long),
    ],
)
def test_a_database_that_was_restored_from_an_older_copy_signs_nothing(
    committed_database, backups, outside, request, who, grown
):
    """Whether it is shorter than what was signed, or has grown beyond it by other entries."""
    if who == "witness":
        outside |= {"stores": "", "witnesses": request.getfixturevalue("witness").place}
    name = {"store": "vault", "witness": WITNESS_NAME}[who]
    grow("abc")
    turn(outside)
    older = backups.take()
    grow("defgh")
    turn(outside)
    right = backups.take()

    backups.put_back(older)
    if grown:
        grow(grown)
    before = signed_sizes()
    for _ in range(2):
        turn(outside)
    assert signed_sizes() == before
    row = OutsideCopy.objects.get(name=name)
    assert row.state == CopyState.DIFFERS
    assert row.detail
    assert actions().count("OutsideCopyDiffered") == 1

    backups.put_back(right)
    grow("i")
    turn(outside)
    assert states()[name] == CopyState.AGREES
    assert signed_sizes()[-1] > before[-1]


def test_an_empty_database_in_place_of_a_full_one_signs_nothing(committed_database, backups, outside):
    empty = backups.take()
    grow("abc")
    turn(outside)
    backups.put_back(empty)
    turn(outside)
    row = OutsideCopy.objects.get(name="vault")
    assert row.detail == (
        "it has a checkpoint of 3 entries, and this database has only 0: was it restored from an older copy?"
    )


def test_a_tree_that_was_altered_here_is_not_signed_again(committed_database, outside):
    grow("abc")
    turn(outside)
    tamper(
        committed_database,
        "compliance_treeentry",
        "UPDATE compliance_treeentry SET leaf_hash = sha256('x') WHERE sequence = 2",
    )
    tamper(
        committed_database,
        "compliance_checkpoint",
        "UPDATE compliance_checkpoint SET root_hash = sha256('x') WHERE tree_size = 3",
    )
    turn(outside)
    assert states() == {OWN: CopyState.DIFFERS, "vault": CopyState.DIFFERS}
    assert signed_sizes() == [3]


def test_what_is_kept_outside_and_not_signed_by_the_log_differs(committed_database, outside):
    grow("a")
    turn(outside)
    store = places(outside["stores"], "", origin=ORIGIN).stores[0]
    store.keep(9, SignedCheckpoint.objects.get().note.replace("\n1\n", "\n9\n"))
    turn(outside)
    assert "the signature of qtweb.example/log" in OutsideCopy.objects.get(name="vault").detail


def test_with_one_place_that_answers_signing_goes_on_and_the_other_is_given_what_it_missed(
    committed_database, outside, witness
):
    outside["witnesses"] = witness.place
    witness.kill()
    grow("abc")
    clock = Clock()
    notary = notary_of(outside, clock)
    notary.turn()
    assert states() == {OWN: CopyState.AGREES, "vault": CopyState.AGREES, WITNESS_NAME: CopyState.SILENT}
    assert signed_sizes() == [3]
    witness.start()
    integrate()
    notary.turn()
    assert states()[WITNESS_NAME] == CopyState.SILENT  # it is left alone for a while
    clock.seconds += ASKED_EVERY_S
    notary.turn()
    assert states()[WITNESS_NAME] == CopyState.AGREES
    assert Cosignature.objects.get().checkpoint_id == signed_sizes()[-1]
    assert "OutsideCopyFellSilent" in actions()


def test_while_no_place_answers_signing_waits(committed_database, outside, tmp_path):
    (tmp_path / "vault").touch()
    grow("abc")
    turn(outside)
    assert (signed_sizes(), states()["vault"]) == ([], CopyState.SILENT)
    (tmp_path / "vault").unlink()
    turn(outside)
    assert (signed_sizes(), states()["vault"]) == ([3], CopyState.AGREES)


def test_a_store_that_falls_silent_just_then_is_not_taken_for_one_that_has_it(
    committed_database, outside, monkeypatch
):
    grow("abc")
    with monkeypatch.context() as broken:
        broken.setattr("compliance.outside.folder._write_once", _no_space)
        turn(outside)
    assert (signed_sizes(), states()["vault"]) == ([], CopyState.SILENT)
    turn(outside)
    assert signed_sizes() == [3]


def _no_space(*_):
    raise OSError(28, "No space left on device")


def test_a_place_that_the_environment_names_no_more_is_withdrawn(committed_database, outside):
    grow("abc")
    turn(outside)
    turn({"stores": "", "witnesses": ""})
    assert states() == {OWN: CopyState.AGREES, "vault": CopyState.WITHDRAWN}
    turn({"stores": "", "witnesses": ""})
    assert actions().count("OutsideCopyWithdrawn") == 1


def test_a_key_that_cannot_be_used_is_told_where_the_log_s_state_is_told(
    committed_database, outside, settings
):
    grow("a")
    settings.AUDIT_KEYS |= {"private": "no key"}
    turn(outside)
    row = OutsideCopy.objects.get(name=OWN)
    assert (row.state, row.detail[:16]) == (CopyState.SILENT, "it cannot sign: ")
    settings.AUDIT_KEYS |= {"private": ""}
    turn(outside)
    assert signed_sizes() == []


def test_after_entries_were_lost_for_good_the_log_goes_on_under_a_new_name(
    committed_database, backups, outside, settings
):
    grow("abc")
    turn(outside)
    older = backups.take()
    grow("d")
    turn(outside)
    backups.put_back(older)
    grow("x")
    second = Signer.generate("qtweb.example/log/2")
    settings.AUDIT_KEYS |= {"private": second.secret, "public": SIGNER.verifier.vkey}
    turn(outside)
    assert states()[OWN] == CopyState.DIFFERS  # one name does not silently take another's place
    settings.AUDIT_ENDED_LOGS = frozenset([ORIGIN])
    turn(outside)
    assert set(states().values()) == {CopyState.AGREES}
    assert head_of(SignedCheckpoint.objects.latest("id").note).origin == "qtweb.example/log/2"


class Killed(BaseException):
    """Stands for SIGKILL: nothing below catches it."""


ACTS = {
    "the store was asked": ("compliance.outside_looks.StorePlace.look",),
    "how places stand was written down": ("compliance.notary.record_looks",),
    "the note was kept in the store": ("compliance.outside.folder.FolderStore.keep",),
    "the note was committed": ("compliance.services.sign_checkpoint._record",),
    "the witness had signed": ("compliance.outside.witness.HttpWitness.cosign",),
    "the cosignature was kept": ("compliance.notary.record_cosignature",),
}


@contextmanager
def killed_after(names, monkeypatch):
    """Let the notary die when one of these has been done."""

    def dying(act):
        def wrapped(*given, **named):
            act(*given, **named)
            raise Killed

        return wrapped

    with monkeypatch.context() as patch:
        for name in names:
            owner, _, attribute = name.rpartition(".")
            patch.setattr(name, dying(_resolve(owner, attribute)))
        yield


def _resolve(owner, attribute):
    return getattr(resolve_name(owner), attribute)


MOST_TELLING = ("the note was kept in the store", "the witness had signed")


@pytest.mark.parametrize(
    "after",
    [after if after in MOST_TELLING else pytest.param(after, marks=pytest.mark.long) for after in ACTS],
)
def test_killed_at_any_point_no_two_roots_are_signed_for_one_size(
    committed_database, backups, outside, witness, monkeypatch, after
):
    """Not even where the database is then put back to what it was and grows to the same size by other entries."""
    outside["witnesses"] = witness.place
    grow("abc")
    turn(outside)
    integrate()
    older = backups.take()
    grow("de")
    with killed_after(ACTS[after], monkeypatch), pytest.raises(Killed):
        turn(outside)
    connections["default"].close()
    first = kept(outside) | _signed_heads()
    backups.put_back(older)
    grow("xy")
    turn(outside)
    turn(outside)
    later = _signed_heads() | kept(outside)
    assert {size: root for size, root in later.items() if first.get(size, root) != root} == {}
    was_known_outside = max(first) == max(kept(outside))
    assert states()["vault"] == (
        CopyState.DIFFERS if len(first) > 1 and was_known_outside else CopyState.AGREES
    )


def _signed_heads():
    heads = map(head_of, SignedCheckpoint.objects.values_list("note", flat=True))
    return {head.size: head.root for head in heads}


def test_killed_at_any_point_the_next_one_brings_all_places_to_the_same_checkpoint(
    committed_database, outside, witness, monkeypatch
):
    outside["witnesses"] = witness.place
    for after, acts in ACTS.items():
        grow("abc")
        with killed_after(acts, monkeypatch), pytest.raises(Killed):
            turn(outside)
        connections["default"].close()
        integrate()
        turn(outside)
        turn(outside)
        size = signed_sizes()[-1]
        assert set(OutsideCopy.objects.values_list("state", "tree_size")) == {(CopyState.AGREES, size)}, after
        assert Cosignature.objects.filter(checkpoint_id=size).count() == 1, after


def test_what_breaks_in_one_turn_is_tried_again_in_the_next(committed_database, outside, monkeypatch):
    grow("abc")
    monkeypatch.setattr(module, "_RETRY_S", 0.01)
    notary, stopped, failures = notary_of(outside), threading.Event(), [ValueError("what nobody thought of")]

    def turn_once():
        if failures:
            raise failures.pop()
        Notary.turn(notary)
        stopped.set()

    monkeypatch.setattr(notary, "turn", turn_once)
    notary.run(stopped)
    assert signed_sizes() == [3]
