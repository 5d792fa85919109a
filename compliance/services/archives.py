"""Archive a month of the log, and put one back. The file first, then the act: what is in no file never goes.

The leaves leave the table, and the tree stays whole for ever: entries with their hashes, nodes, checkpoints. The
partition is kept beside the table with guards of its own. Months go the oldest first and come back the newest first, so
that what is left is the log from one month on.
"""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.db import DatabaseError, OperationalError, connection

from compliance.disclosure import newest_checkpoint
from compliance.errors import AuditTreeBroken, MonthNotFound, MonthNotReady
from compliance.log_events import LeafMonthArchived, LeafMonthAttached
from compliance.models import (
    AccountReading,
    EventDelivery,
    EventSubscription,
    LeafMonth,
    MonthStanding,
    SearchEntry,
)
from compliance.models.leaf_partitions import LOCK
from compliance.models.subscription import DeliveryState
from compliance.month_reads import months_away
from compliance.services.archive_files import archive_of, write_file
from compliance.services.sole import sole
from compliance.services.verify import miscounted
from compliance.transparency.archives import Archive
from compliance.tree_reads import opened_head
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.postgresql.failures import LOCK_NOT_AVAILABLE, sqlstate
from orders.kernel.postgresql.patience import patiently
from orders.kernel.transactions import service
from orders.selectors import market_now

_NOT_IN_THIS_STATE = "55000"
_LOCK = 0x7174_7765_6200_0003  # beside the integrator's and the watch's


def archive_month(*, actor: Actor, month: date, folder: Path) -> Path:
    """Write the archive of a month that is over, read it again, take its leaves out of the table; return the file.

    Raises MonthNotFound, MonthNotReady for a month that is not over, not the oldest, not sequenced, signed or indexed
    yet, or that a subscription still reads; AuditTreeBroken where the log does not hold, CheckpointNotFound,
    CheckpointNotOurs, OSError.
    """
    with sole(_LOCK) as held:
        if not held:
            raise MonthNotReady("somebody archives a month just now")
        return _archive(actor, _row_of(month), folder)


def _archive(actor: Actor, row: LeafMonth, folder: Path) -> Path:
    if any(away.month == row.month for away in months_away()):
        raise MonthNotReady("the month is archived already")
    note = newest_checkpoint()
    head = opened_head(note)
    archive = archive_of(row, head, note)
    _require_read(archive)
    broken = miscounted()
    if broken is not None:
        raise AuditTreeBroken(str(broken))
    file, digest = write_file(folder, row, archive)
    try:
        record = partial(_record_archived, actor=actor, month=row.month, archive=archive, digest=digest)
        _patiently(partial(record, tree_size=head.size))
    except BaseException:
        if not _was_archived(row.month):
            # Its leaves are in the table still: a file of this name says that they are not.
            file.unlink()
        raise
    return file


def _was_archived(month: date) -> bool:
    """Tell whether it was, whatever became of the answer: who may still be at it is waited for, then the log is read.

    Raises DatabaseError or InterfaceError where that is not known: the file stays then.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {LOCK}")
    return any(away.month == month for away in months_away())


def attach_month(*, actor: Actor, month: date) -> None:
    """Put the leaves of an archived month back into the table. Its archive stays what it is.

    Raises MonthNotFound, and MonthNotReady for one that is not archived or not the newest of those that are.
    """
    _patiently(partial(_record_attached, actor=actor, month=_row_of(month).month))


@service
def _record_attached(*, actor: Actor, month: date) -> None:
    _ask("SELECT qtweb_attach_leaf_month(%s)", [month])
    publish(LeafMonthAttached(**_about(actor, month)))


@service
def _record_archived(*, actor: Actor, month: date, archive: Archive, digest: str, tree_size: int) -> None:
    _ask(
        "SELECT qtweb_archive_leaf_month(%s, %s, %s, %s, %s, %s)",
        [month, archive.leaves, archive.start, archive.stop, digest, tree_size],
    )
    publish(LeafMonthArchived(**_about(actor, month)))


def _patiently(act: Callable[[], None]) -> None:
    """Do it, again and again for some seconds. Raises MonthNotReady where somebody was in the way each time."""
    try:
        patiently(act)
    except OperationalError as error:
        if sqlstate(error) != LOCK_NOT_AVAILABLE:
            raise
        raise MonthNotReady("somebody reads or writes the log whenever it is tried") from error


def _row_of(month: date) -> LeafMonth:
    row = LeafMonth.objects.filter(pk=month.replace(day=1)).first()
    if row is None:
        raise MonthNotFound(f"the log has no month {month:%Y-%m}")
    return row


def _require_read(archive: Archive) -> None:
    """A search and the event plugins read leaves in the table alone: they have to have had these."""
    if SearchEntry.objects.filter(sequence__lt=archive.stop).count() < archive.stop:
        raise MonthNotReady("its leaves are not all indexed for searching yet")
    if AccountReading.objects.values_list("entries", flat=True).get() < archive.stop:
        raise MonthNotReady("its leaves are not all read for the accounts that they concern yet")
    behind = (
        EventSubscription.objects.filter(next_sequence__lt=archive.stop).order_by("next_sequence").first()
    )
    if behind is not None:
        stands = "" if behind.stopped_at is None else ", and stands still: resume it first"
        raise MonthNotReady(f"the subscription {behind.name} has not looked at all of it yet{stands}")
    waiting = EventDelivery.objects.filter(state=DeliveryState.WAITING, entry_id__lt=archive.stop)
    if waiting.exists():
        raise MonthNotReady("a delivery of one of its events waits for its next attempt")


def _ask(statement: str, values: list[Any]) -> None:
    """Call a function of the database's that judges by itself. Raises MonthNotReady with its reason."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
    except DatabaseError as error:
        if sqlstate(error) == _NOT_IN_THIS_STATE:
            raise MonthNotReady(str(error).partition("\n")[0]) from error
        raise


def _about(actor: Actor, month: date) -> dict[str, Any]:
    standings = MonthStanding.objects.filter(month_id=month).order_by("-id")
    last = standings[0]
    return {
        "actor": actor,
        "object_id": f"{month:%Y-%m}",
        "revision": standings.count(),
        "market_time": market_now(),
        "leaves": last.leaves,
        "first_sequence": last.first_sequence,
        "end_sequence": last.end_sequence,
        "digest": last.digest,
        "tree_size": last.tree_size,
    }
