"""The archives of months as files: written of what the log has, and read again against it."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from django.db.models import Max, Min

from compliance.errors import AuditTreeBroken, MonthNotReady
from compliance.merkle import frontier_keys, keys_between, leaf_hash
from compliance.models import LeafMonth, TreeEntry
from compliance.month_reads import MonthAway, archive_name
from compliance.outside.folder import sync
from compliance.signing_keys import keyring
from compliance.transparency.archives import Archive, Entry, InvalidArchive, check_archive, write_archive
from compliance.transparency.checkpoints import TreeHead
from compliance.tree_reads import leaves_between, stored_hashes
from compliance.verification import ArchivedMonth, Break

PAGE_ENTRIES = 1024


def archive_of(month: LeafMonth, head: TreeHead, note: str) -> Archive:
    """Return the first line of a month's archive, which leads to a signed head.

    Raises MonthNotReady for a month without leaves in the tree, or one that the head does not cover.
    """
    of_month = TreeEntry.objects.filter(leaf_id__gte=month.from_id, leaf_id__lt=month.to_id).order_by()
    first, last = of_month.aggregate(first=Min("sequence"), last=Max("sequence")).values()
    if first is None:
        raise MonthNotReady("the month has no leaf in the tree")
    if last >= head.size:
        raise MonthNotReady(
            f"the newest signed checkpoint has {head.size} leaves, the month reaches to {last}"
        )
    left, right = frontier_keys(first), keys_between(last + 1, head.size)
    hashes = stored_hashes([*left, *right])
    return Archive(
        month=f"{month.month:%Y-%m}",
        start=first,
        stop=last + 1,
        leaves=of_month.count(),
        checkpoint=note,
        left=[hashes[key] for key in left],
        right=[hashes[key] for key in right],
    )


def write_file(folder: Path, month: LeafMonth, archive: Archive) -> tuple[Path, str]:
    """Write a month's archive to the folder, read it again, and return it with its SHA-256 in hex.

    Under its own name stands only what was written wholly and holds, and what stands there stays: it may be the one
    whose SHA-256 is in the log. Raises MonthNotReady where there is such a file, AuditTreeBroken where the log's rows
    do not give what was signed, OSError.
    """
    file = folder / archive_name(month.month)
    if file.exists():
        raise MonthNotReady(f"{file} is there already: move it, or name another folder")
    part = file.with_suffix(".part")
    with part.open("wb") as written:
        write_archive(written, archive, _entries(month, archive))
        written.flush()
        os.fsync(written.fileno())
    try:
        with part.open("rb") as read:
            check_archive(read, keyring().verifiers)
            digest = _digest(part)
    except InvalidArchive as error:
        part.unlink()
        raise AuditTreeBroken(f"the archive of {archive.month} does not hold: {error}") from error
    part.replace(file)
    # Before the leaves leave the table: a name that is not written down is lost with the machine.
    sync(folder)
    return file, digest


def _entries(month: LeafMonth, archive: Archive) -> Iterator[Entry]:
    for start in range(archive.start, archive.stop, PAGE_ENTRIES):
        stop = min(start + PAGE_ENTRIES, archive.stop)
        bodies = dict(leaves_between(start, stop).values_list("pk", "body"))
        for entry in TreeEntry.objects.filter(sequence__gte=start, sequence__lt=stop).order_by("sequence"):
            stored = bytes(entry.leaf_hash)
            if not month.from_id <= entry.leaf_id < month.to_id:
                yield Entry(entry.sequence, None, stored)
                continue
            body = bodies.get(entry.leaf_id, "").encode()
            if leaf_hash(body) != stored:
                raise AuditTreeBroken("a leaf is not the one that was sequenced", sequence=entry.sequence)
            yield Entry(entry.sequence, body, stored)


def archived_month(month: MonthAway, folder: Path | None) -> tuple[ArchivedMonth, Break | None]:
    """Hold the archive of a month against the log's entries: what was read, and the first break.

    Without a folder nothing is read, and that is what is returned.
    """
    file = None if folder is None else folder / month.file_name
    read = ArchivedMonth(
        month.name,
        month.leaves,
        month.first_sequence,
        month.end_sequence - 1,
        None if file is None else str(file),
    )
    if file is None:
        return read, None
    try:
        _require_whole(file, month)
    except OSError as error:
        return read, Break(f"the archive of {month.name} cannot be read: {error}", month.first_sequence)
    except InvalidArchive as error:
        return read, Break(f"the archive of {month.name}, {file}: {error}", month.first_sequence)
    return read, None


def _require_whole(file: Path, month: MonthAway) -> None:
    stored: dict[int, tuple[int, bytes]] = {}

    def look_at(entry: Entry) -> None:
        if entry.sequence not in stored:
            stored.clear()
            rows = TreeEntry.objects.filter(
                sequence__gte=entry.sequence, sequence__lt=entry.sequence + PAGE_ENTRIES
            )
            stored.update(
                (sequence, (leaf_id, bytes(known)))
                for sequence, leaf_id, known in rows.values_list("sequence", "leaf_id", "leaf_hash")
            )
        leaf_id, known = stored.get(entry.sequence, (0, b""))
        if entry.hash != known:
            raise InvalidArchive(f"its entry {entry.sequence} is not the log's")
        if (entry.leaf is None) == (leaf_id in month.ids):
            raise InvalidArchive(f"its entry {entry.sequence} is of another month")

    with file.open("rb") as read:
        archive, _head = check_archive(read, keyring().verifiers, look_at)
    said = (archive.month, archive.leaves, archive.start, archive.stop)
    if said != (month.name, month.leaves, month.first_sequence, month.end_sequence):
        raise InvalidArchive("it is not the one of that month that was archived")
    if _digest(file) != month.digest:
        raise InvalidArchive("it has another SHA-256 than the log says")


def _digest(file: Path) -> str:
    with file.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()
