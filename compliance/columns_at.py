"""A row as it was at a moment, by the leaves of its changes: the value of each column, and the leaf that says so. Pure.

Of a change before the moment `after` counts, of one after it `before`: what a column was before its next change it was
at the moment as well. Revisions have no gap, so a change that is not among those given shows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from compliance.told import said_in


class Standing(StrEnum):
    """Whether the row was there at the moment."""

    THERE = "there"
    NOT_YET = "not_yet"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class RowChange:
    """What the leaf of a row's change says: its columns before and after, those that changed or all of them.

    Of columns that a digest stands for neither is told, and `is_told` is not.
    """

    leaf: Any
    action: str
    revision: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class ColumnAt:
    """A column's value at the moment: what `change` made of it, or what it was before `change`, where `is_before`."""

    name: str
    value: Any
    change: RowChange
    is_before: bool


@dataclass(frozen=True, slots=True)
class RowAt:
    """A row at a moment. `last` is its last change until then, None where none is told.

    `is_whole`: a column that is not among `columns` was empty. Otherwise it may have been anything.
    """

    standing: Standing
    last: RowChange | None
    columns: tuple[ColumnAt, ...] = ()
    is_whole: bool = True


def change_told_by(leaf: Any, declared: Iterable[str]) -> RowChange:
    """Return what the leaf of a row says; `declared` are the columns of its table."""
    said = said_in(leaf.body)
    before, after = (
        each if isinstance(each, dict) else {} for each in (said.get("before"), said.get("after"))
    )
    if "sha256" not in declared and {"sha256"} == {*before, *after}:
        return RowChange(leaf, leaf.action, leaf.revision, {}, {}, is_told=False)
    return RowChange(leaf, leaf.action, leaf.revision, before, after)


def row_at(
    earlier: Iterable[RowChange], later: Iterable[RowChange], *, are_all_earlier: bool = True
) -> RowAt:
    """Return the row between its `earlier` changes, newest first, and its `later` ones, oldest first.

    Where earlier ones are left out, which `are_all_earlier` says, the first later one may have any revision.
    """
    before, after = list(earlier), list(later)
    last = before[0] if before else None
    if last is not None and last.action == "delete":
        return RowAt(Standing.REMOVED, last)
    if last is None and after and after[0].action == "insert":
        return RowAt(Standing.NOT_YET, None)
    found: dict[str, ColumnAt] = {}
    following = last.revision + 1 if last is not None else 1
    if last is None and after and not are_all_earlier:
        following = after[0].revision
    is_whole = _backwards(before, found) or _forwards(following, after, found)
    return RowAt(Standing.THERE, last, tuple(found[name] for name in sorted(found)), is_whole)


def _backwards(changes: list[RowChange], found: dict[str, ColumnAt]) -> bool:
    """Find what the changes made of columns, until the one that made the row; tell whether that is among them."""
    for place, change in enumerate(changes):
        if change.revision != changes[0].revision - place or not change.is_told:
            return False
        for name, value in change.after.items():
            found.setdefault(name, ColumnAt(name, value, change, is_before=False))
        if change.action == "insert":
            return True
    return False


def _forwards(following: int, changes: list[RowChange], found: dict[str, ColumnAt]) -> bool:
    """Find what columns were before the changes that followed, until the row's removal; tell whether that is there."""
    for revision, change in enumerate(changes, following):
        if change.revision != revision or not change.is_told:
            return False
        for name, value in change.before.items():
            found.setdefault(name, ColumnAt(name, value, change, is_before=True))
        if change.action == "delete":
            return True
    return False
