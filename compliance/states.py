"""What was the state of a row at a moment: told by the log alone, to those who find the row's leaves by a search.

The moment is one of recording, and a change counts from when it was recorded: a moment before its commit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from compliance.capture.declared import ByRow, ByStatement
from compliance.capture.registry import REGISTRY
from compliance.columns_at import RowAt, Standing, change_told_by, row_at
from compliance.errors import LeafArchived, StateNotFound
from compliance.models import Leaf, LeafKind, SearchEntry
from compliance.month_reads import MonthAway, months_away
from compliance.search import AskedLeaves, entries_meeting, found_leaves, leaves_on_machine
from orders.kernel.context import Actor
from orders.kernel.errors import InvalidInput

MOST_CHANGES = 2_000
"""So many changes of a row are read on either side of the moment."""
TABLES = {
    "approval": "compliance_approval",
    "cash_movement": "orders_cashmovement",
    "kill_switch": "orders_killswitch",
    "legal_hold": "compliance_legalhold",
    "limit": "orders_limit",
    "order": "orders_order",
    "override": "orders_override",
    "retention_rule": "compliance_retentionrule",
    "role_grant": "compliance_rolegrant",
    "routing_rule": "execution_routingrule",
    "trading_state": "orders_tradingstatechange",
}
"""The table of an object that events name by the id of its row."""


@dataclass(frozen=True, slots=True)
class StateAt:
    """A row at a moment; `missing` says what of it the log does not tell here, and why, empty where it tells all."""

    table: str
    object_id: str
    at: datetime
    row: RowAt
    missing: str


def state_for(actor: Actor, object_type: str, object_id: str, at: datetime) -> StateAt:
    """Return the state of an object at a moment, by the leaves of its row that a search of `actor` finds.

    Raises StateNotFound where that finds none, InvalidInput for what is told by no leaf of its own, and LeafArchived
    where a change after the moment is archived: what was before it is not known then.
    """
    return _state(object_type, object_id, at, lambda asked: found_leaves(actor, asked), actor)


def state_on_machine(object_type: str, object_id: str, at: datetime) -> StateAt:
    """Return what `state_for` returns, for whoever has the machine."""
    return _state(object_type, object_id, at, leaves_on_machine, None)


def has_states(object_type: str | None) -> bool:
    """Tell whether the log tells of each change of such an object by a leaf of its row."""
    return isinstance(REGISTRY.get(TABLES.get(object_type or "", object_type or "")), ByRow)


def _state(
    object_type: str,
    object_id: str,
    at: datetime,
    leaves_of: Callable[[AskedLeaves], "QuerySet[Leaf]"],
    actor: Actor | None,
) -> StateAt:
    table = TABLES.get(object_type, object_type)
    declared = _declared(table)
    asked = AskedLeaves(kind=LeafKind.ROW, object_type=table, object_id=object_id)
    leaves, entries = leaves_of(asked), entries_meeting(actor, asked)
    away = [month for month in months_away() if entries.filter(**_within(month)).exists()]
    if any(entries.filter(recorded_at__gt=at, **_within(month)).exists() for month in away):
        raise LeafArchived(f"changes of it after that moment are in the archive of {away[-1].name}")
    earlier = list(
        leaves.filter(found__recorded_at__lte=at).order_by("-found__recorded_at", "-id")[:MOST_CHANGES]
    )
    later = list(leaves.filter(found__recorded_at__gt=at).order_by("found__recorded_at", "id")[:MOST_CHANGES])
    if not earlier and not later and not away:
        raise StateNotFound("the log tells you of no such object")
    told = ([change_told_by(leaf, declared.columns) for leaf in each] for each in (earlier, later))
    row = row_at(*told, are_all_earlier=not away)
    if _was_removed(entries, entries_meeting(actor, AskedLeaves(object_type=table, action="truncate")), at):
        row = RowAt(Standing.REMOVED, row.last)
    return StateAt(table, object_id, at, row, _missing(row, away, len(earlier)))


def _was_removed(of_row: "QuerySet[SearchEntry]", of_table: "QuerySet[SearchEntry]", at: datetime) -> bool:
    """Tell whether the last that is known of a row until then is its removal, alone or with all others of its table.

    Entries are of archived leaves as well.
    """
    last, emptied = (
        each.filter(recorded_at__lte=at).order_by("-recorded_at", "-leaf_id").first()
        for each in (of_row, of_table)
    )
    if last is None:
        return False
    if emptied is not None and (emptied.recorded_at, emptied.pk) > (last.recorded_at, last.pk):
        return True
    return last.action == "delete"


def _declared(table: str) -> ByRow:
    declared = REGISTRY.get(table)
    if isinstance(declared, ByRow):
        return declared
    if declared is None:
        raise InvalidInput(
            f"there is no table {table}: give one as the log spells it, or {', '.join(TABLES)}"
        )
    told = "by statement alone" if isinstance(declared, ByStatement) else "by no leaf"
    raise InvalidInput(f"changes of {table} are told {told}: {declared.why}")


def _within(month: MonthAway) -> dict[str, int]:
    return {"leaf_id__gte": month.ids.start, "leaf_id__lt": month.ids.stop}


def _missing(row: RowAt, away: list[MonthAway], read: int) -> str:
    if row.is_whole or row.standing != Standing.THERE:
        return ""
    if read == MOST_CHANGES:
        return f"columns that the last {MOST_CHANGES:,} changes until then and the next ones left alone"
    if away:
        return f"columns of which the archive of {away[-1].name} tells, or one before it"
    return (
        "columns that nothing changed since the log tells of this row, or of which a leaf has a digest alone"
    )
