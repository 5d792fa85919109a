"""The verdict on the audit log, and what one page of it must say: recomputed from the rows alone.

No database here: the service hands in the rows and stops at the first break.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from compliance.leaves import Columns, InvalidLeaf, columns
from compliance.merkle import Frontier, Node, leaf_hash


@dataclass(frozen=True, slots=True)
class Break:
    """Where the log is broken and how. `sequence` and `leaf_id` are None where there is no such row to name."""

    what: str
    sequence: int | None = None
    leaf_id: int | None = None
    object_name: str = "unknown"

    def __str__(self) -> str:
        leaf = f"leaf {'unknown' if self.leaf_id is None else self.leaf_id}"
        if self.sequence is None:
            return f"{leaf} (object {self.object_name}): {self.what}"
        return f"entry {self.sequence} ({leaf}, object {self.object_name}): {self.what}"


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """What verification found: how many leaves hold, the root over them in hex, and the first break, if any.

    `unopened` is how many signed checkpoints no key that is known here had signed.
    """

    leaves: int
    root: str
    broken: Break | None = None
    archived: Sequence["ArchivedMonth"] = ()
    unopened: int = 0

    def __str__(self) -> str:
        if self.broken is not None:
            return f"audit: BROKEN at {self.broken}"
        whole = f"audit: verified {self.leaves} leaves, root {self.root}"
        return "\n".join([whole, *self._unopened, *map(str, self.archived)])

    @property
    def _unopened(self) -> Sequence[str]:
        if self.unopened == 0:
            return ()
        return (
            f"audit: NOT OPENED: {self.unopened} signed checkpoints, which no key that is configured here signed",
        )


@dataclass(frozen=True, slots=True)
class ArchivedMonth:
    """A month as 2026-11 whose leaves were not read in the database: `file` is the archive that they were read in.

    Without one only the hashes of its `leaves`, which are among the entries `start` to `last`, led to the root.
    """

    month: str
    leaves: int
    start: int
    last: int
    file: str | None = None

    def __str__(self) -> str:
        among = f"{self.leaves} leaves among the entries {self.start} to {self.last}"
        if self.file is None:
            return f"audit: BY THEIR HASH ALONE: {among}, whose month {self.month} is archived"
        return f"audit: {among} were read in the archive of {self.month}, {self.file}"


class StoredEntry(NamedTuple):
    """A row of the tree's level 0 and of its leaf, whose columns are as in `Columns`: all None without such a leaf.

    `is_found_as_said` is False where a search knows it otherwise, or knows a later one and not this.
    """

    sequence: int
    leaf_id: int
    leaf_hash: bytes
    is_found_as_said: bool
    body: str | None
    object_type: str | None
    object_id: str | None
    revision: int | None
    action: str | None
    actor: str | None
    correlation_id: str | None
    recorded_at: str | None
    kind: str | None
    transaction_id: int | None

    @property
    def object_name(self) -> str:
        return "unknown" if self.body is None else f"{self.object_type} {self.object_id}"


class StoredNote(NamedTuple):
    """A signed checkpoint of a tree of `size`: the root that it names, or why it names none.

    `is_opened` tells whether a key that is known here signed it.
    """

    size: int
    root: bytes | None
    fault: str | None
    is_opened: bool


@dataclass(frozen=True, slots=True)
class SetApart:
    """An archived month: the ids of its leaves, and the entries among which they are. No hash says an entry's id."""

    ids: range
    sequences: range

    def has(self, entry: StoredEntry) -> bool:
        """Tell whether an entry's leaf can be one of them."""
        return entry.leaf_id in self.ids and entry.sequence in self.sequences


@dataclass(frozen=True, slots=True)
class Page:
    """The rows that entries `start` up to, not including, `stop` need, as they are stored; entries in their order.

    `known_roots` are none of them: roots over the entries below a size as they were known before, from elsewhere.
    `notes` are the signed checkpoints, `fallen` the sizes of checkpoints whose horizon is lower than the one before.
    `away` are the archived months: of a leaf of theirs that is not here, its entry's hash is all there is.
    """

    start: int
    stop: int
    entries: Sequence[StoredEntry]
    nodes: Mapping[tuple[int, int], bytes]
    roots: Mapping[int, bytes]
    known_roots: Mapping[int, bytes] = field(default_factory=dict)
    away: Sequence[SetApart] = ()
    notes: Sequence[StoredNote] = ()
    fallen: Collection[int] = ()


_TWICE = "the entry, or its leaf, is there twice"
_FOUND_OTHERWISE = "a search does not find it as the leaf says"


def first_break(page: Page, frontier: Frontier) -> Break | None:
    """Return the first break of a page in the order of entries, None for a whole page, growing `frontier` over it."""
    sequence, notes = page.start, _by_size(page.notes)
    for entry in page.entries:
        if entry.sequence > sequence:
            break
        fault = _entry_fault(entry, page.away) if entry.sequence == sequence else _TWICE
        if fault is None:
            completed = frontier.append(entry.leaf_hash)
            fault = _node_fault(page, completed) or _root_fault(page, frontier)
            fault = fault or _note_fault(notes.get(frontier.size, ()), frontier)
            fault = fault or (None if entry.is_found_as_said else _FOUND_OTHERWISE)
        if fault is not None:
            return Break(fault, entry.sequence, entry.leaf_id, entry.object_name)
        sequence += 1
    return None if sequence == page.stop else Break("the entry is missing", sequence)


def _entry_fault(entry: StoredEntry, away: Sequence[SetApart]) -> str | None:
    if entry.body is None:
        return None if any(month.has(entry) for month in away) else "the leaf is missing"
    body = entry.body.encode()
    if leaf_hash(body) != entry.leaf_hash:
        return "the leaf's body does not have the entry's hash"
    try:
        said = columns(body)
    except InvalidLeaf as error:
        return str(error)
    if said == entry[-len(said) :]:
        return None
    column = next(name for name in Columns._fields if getattr(said, name) != getattr(entry, name))
    return f"the column {column} does not say what the leaf's body says"


def _node_fault(page: Page, completed: list[Node]) -> str | None:
    for node in completed:
        stored = page.nodes.get((node.level, node.index))
        if stored != node.hash:
            first, last = node.index << node.level, ((node.index + 1) << node.level) - 1
            how = "is missing" if stored is None else "does not follow from them"
            return f"the tree's node {node.level}/{node.index} over the entries {first} to {last} {how}"
    return None


def _root_fault(page: Page, frontier: Frontier) -> str | None:
    stored, known = page.roots.get(frontier.size), page.known_roots.get(frontier.size)
    if stored is not None and stored != frontier.root():
        return f"the checkpoint of size {frontier.size} has another root than its leaves"
    if known is not None and known != frontier.root():
        return f"the first {frontier.size} entries are not those that were verified before"
    if frontier.size in page.fallen:
        return f"the checkpoint of size {frontier.size} has a lower horizon than the one before"
    return None


def _by_size(notes: Sequence[StoredNote]) -> Mapping[int, Sequence[StoredNote]]:
    found: dict[int, list[StoredNote]] = {}
    for note in notes:
        found.setdefault(note.size, []).append(note)
    return found


def _note_fault(notes: Sequence[StoredNote], frontier: Frontier) -> str | None:
    for note in notes:
        if note.fault is not None:
            return note.fault
        if note.root != frontier.root():
            return f"the signed checkpoint of size {note.size} has another root than its leaves"
    return None


def revision_fault(verb: str, revision: int, previous: int) -> str:
    """Return what is wrong where a row's change follows on `previous` and is counted as `revision`.

    A row's changes count from 1, and from 1 again when a row of the same key is inserted after a deletion.
    """
    if revision <= previous:
        return f"the {verb} counts as change {revision} of the row, which was at {previous} already"
    missing = (
        f"change {previous + 1}" if revision == previous + 2 else f"changes {previous + 1} to {revision - 1}"
    )
    return f"the {verb} counts as change {revision} of the row, but {missing} left no leaf"
