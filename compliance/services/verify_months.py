"""Verification of archived months: what is in no hash is counted, once for each month and not for each leaf."""

from django.db import connection

from compliance.month_reads import MonthAway, months_away
from compliance.verification import Break


def month_fault() -> Break | None:
    """Return what is wrong with an archived month, the oldest first; None where nothing is.

    An entry's leaf id is in no hash. So the entries that name leaves of the month are counted, and those whose leaf is
    in the partition that was set apart.
    """
    for month in months_away():
        fault = _count_fault(month)
        if fault is not None:
            return Break(fault, month.first_sequence, None, f"log_month {month.name}")
    return None


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
