"""Verification of archived months: what is in no hash is counted, once for each month and not for each leaf."""

from collections import Counter

from django.db import connection

from compliance.log_events import LeafMonthArchived, LeafMonthAttached
from compliance.models import MonthAct, MonthStanding
from compliance.month_reads import MonthAway, months_away
from compliance.verification import Break


def month_fault() -> Break | None:
    """Return what is wrong with an archived month, the oldest first, or was done with one untold; None for nothing.

    An entry's leaf id is in no hash. So the entries that name leaves of the month are counted, and those whose leaf is
    in the partition that was set apart.
    """
    for month in months_away():
        fault = _count_fault(month)
        if fault is not None:
            return Break(fault, month.first_sequence, None, f"log_month {month.name}")
    return _untold()


_ENTRIES_OF_MONTH = """
    SELECT count(*), qtweb_leaves_with_entries(%s) FROM compliance_treeentry
    WHERE leaf_id >= %s AND leaf_id < %s
"""


def _count_fault(month: MonthAway) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES_OF_MONTH, [month.month, month.ids.start, month.ids.stop])
        entries, with_leaves = cursor.fetchone()
    if with_leaves is None:
        return f"the leaves of the archived month {month.name} are not in the database any more"
    if entries != month.leaves:
        return f"the archived month {month.name} had {month.leaves} leaves, and {entries} entries name one"
    if with_leaves != month.leaves:
        return f"of {month.leaves} leaves of the archived month {month.name} {with_leaves} have their entries"
    return None


_EVENTS = {
    MonthAct.ARCHIVED: LeafMonthArchived.__name__,
    MonthAct.ATTACHED: LeafMonthAttached.__name__,
}


def _untold() -> Break | None:
    """Return the first act on a month without its event in the log: the service writes both in one transaction."""
    standings = list(MonthStanding.objects.order_by("id"))
    # Read after them: each of these has its event by now.
    told = _told() if standings else {}
    done: Counter[str] = Counter()
    for standing in standings:
        name = f"{standing.month_id:%Y-%m}"
        done[name] += 1
        action = _EVENTS[MonthAct(standing.act)]
        bodies = told.get((name, done[name], action), ())
        if not any(f'"sha256":"{standing.digest}"' in body for body in bodies):
            what = f"the month {name} was {standing.act}, and no {action} tells who did it"
            return Break(what, standing.first_sequence, None, f"log_month {name}")
    return None


def _told() -> dict[tuple[str, int, str], list[str]]:
    found: dict[tuple[str, int, str], list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT month, revision, action, body FROM qtweb_told_of_leaf_months()")
        for name, revision, action, body in cursor.fetchall():
            found.setdefault((name, revision, action), []).append(body)
    return found
