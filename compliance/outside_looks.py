"""What each place outside the database knows of this log, held against the tree; and giving it a new checkpoint."""

from dataclasses import dataclass
from typing import Protocol

from django.db.models import QuerySet

from compliance.errors import AuditForked
from compliance.merkle import EMPTY_ROOT
from compliance.models import CopyState, SignedCheckpoint
from compliance.outside.contract import CheckpointStore, Contradicted, Elsewhere, Silent, Witness
from compliance.outside.places import Places
from compliance.signing_keys import Keyring
from compliance.transparency.checkpoints import TreeHead, open_checkpoint, sign_head
from compliance.transparency.notes import InvalidNote
from compliance.tree_reads import consistency_proof, newest_checkpoint_of


@dataclass(frozen=True, slots=True)
class Log:
    """The log as one turn of the notary sees it: its keys, its name, and the tree that it has now."""

    keys: Keyring
    origin: str
    head: TreeHead


@dataclass(frozen=True, slots=True)
class Seen:
    """What a place has: its newest checkpoint, None where it has none; and a witness's signature of it."""

    head: TreeHead | None
    line: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """How a place stood when it was asked. `tree_size` is that of its newest checkpoint, None where none is known."""

    name: str
    kind: str
    state: CopyState
    detail: str = ""
    tree_size: int | None = None


class Place(Protocol):
    """A place outside the database. Both acts raise Silent, Contradicted, AuditTreeBroken, CheckpointNotOurs."""

    name: str
    kind: str

    def look(self, log: Log) -> Seen:
        """Return what it has, if that is of this log and of no other history of it."""
        ...

    def give(self, log: Log, signed: TreeHead, note: str, seen: TreeHead | None) -> Seen:
        """Give it a checkpoint; `seen` is the one that it has."""
        ...


class StorePlace:
    """A place that keeps checkpoints."""

    def __init__(self, store: CheckpointStore) -> None:
        self.name, self.kind = store.name, store.kind
        self._store = store

    def look(self, log: Log) -> Seen:
        note = self._store.latest()
        if note is None:
            return Seen(None)
        head = _opened(note, log)
        _require_beginning(head, log.head)
        return Seen(head)

    def give(self, log: Log, signed: TreeHead, note: str, seen: TreeHead | None) -> Seen:
        self._store.keep(signed.size, note)
        return Seen(signed)


class WitnessPlace:
    """A place that signs checkpoints. It cannot be asked what it signed last, but it tells who guesses wrong.

    The guess is the last checkpoint that this database had signed, or that of an empty tree, which says nothing.
    """

    def __init__(self, witness: Witness) -> None:
        self.name, self.kind = witness.name, witness.kind
        self._witness = witness

    def look(self, log: Log) -> Seen:
        note = newest_note_of(log.origin) or _empty_note(log)
        try:
            return self._confirmed(note, log)
        except Elsewhere as elsewhere:
            size = elsewhere.size
        if size == 0:
            return Seen(None)
        known = note_of(log.origin, size)
        if known is None or known == note:
            raise Contradicted(
                f"it has signed a tree of {size:,} entries that this database never had signed:"
                " was it restored from an older copy?"
            )
        try:
            return self._confirmed(known, log)
        except Elsewhere as elsewhere:
            raise Silent(f"{elsewhere}, and said otherwise a moment ago") from elsewhere

    def give(self, log: Log, signed: TreeHead, note: str, seen: TreeHead | None) -> Seen:
        old = seen or TreeHead(log.origin, 0, EMPTY_ROOT)
        proof = consistency_proof(old, signed)
        try:
            return Seen(signed, self._witness.cosign(note, old_size=old.size, proof=proof))
        except Elsewhere as elsewhere:
            raise Silent(f"{elsewhere}, and said otherwise a moment ago") from elsewhere

    def _confirmed(self, note: str, log: Log) -> Seen:
        """Have the checkpoint signed that the witness should have: it does so only for the very same root."""
        head = _opened(note, log)
        _require_beginning(head, log.head)
        line = self._witness.cosign(note, old_size=head.size, proof=())
        return Seen(head, line) if head.size else Seen(None)


def places_of(found: Places) -> list[Place]:
    """Return the places as the notary asks them."""
    return [*map(StorePlace, found.stores), *map(WitnessPlace, found.witnesses)]


def newest_note_of(origin: str) -> str | None:
    """Return the newest checkpoint that was signed under a log's name, None before the first."""
    return newest_checkpoint_of(_notes_of(origin))


def note_of(origin: str, size: int) -> str | None:
    """Return the checkpoint of a tree of `size` leaves that was signed under a log's name, None without one."""
    return _notes_of(origin).filter(checkpoint_id=size).first()


def _notes_of(origin: str) -> "QuerySet[SignedCheckpoint, str]":
    notes = SignedCheckpoint.objects.filter(note__startswith=f"{origin}\n")
    return notes.order_by("-id").values_list("note", flat=True)


def _empty_note(log: Log) -> str:
    return sign_head(TreeHead(log.origin, 0, EMPTY_ROOT), log.keys.signers)


def _opened(note: str, log: Log) -> TreeHead:
    try:
        return open_checkpoint(note, log.keys.verifiers).head
    except InvalidNote as error:
        raise Contradicted(f"what it has is no checkpoint of this log: {error}") from error


def _require_beginning(kept: TreeHead, head: TreeHead) -> None:
    """Raise Contradicted unless the tree begins with the one that is kept elsewhere; AuditTreeBroken with holes."""
    if kept.size > head.size:
        raise Contradicted(
            f"it has a checkpoint of {kept.size:,} entries, and this database has only {head.size:,}:"
            " was it restored from an older copy?"
        )
    try:
        consistency_proof(kept, head)
    except AuditForked as forked:
        raise Contradicted(
            f"the first {kept.size:,} entries of this database are not those of its checkpoint: {forked}"
        ) from forked
