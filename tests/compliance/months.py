"""Months of the log for tests: the next one opens when a test says so, instead of when the clock does."""

from datetime import date

import psycopg

from compliance.models import LeafMonth
from tests.conftest import CommittedDatabase
from tests.embedded_services import instance


def part(month: date) -> str:
    """The table of a month's leaves."""
    return f"audit_months.leaf_{month:%Y%m}"


def open_next_month(database: CommittedDatabase) -> tuple[date, date]:
    """Let leaves go into the next month from now on; returns the month that this ends, and the one that begins."""
    with as_owner(database) as owner:
        row = owner.execute("SELECT last_value FROM compliance_leaf_id_seq").fetchone()
        assert row is not None
        ended = LeafMonth.objects.filter(from_id__lte=row[0] + 1).order_by("-month")[0].month
        begun = LeafMonth.objects.filter(month__gt=ended).order_by("month")[0].month
        owner.execute("SELECT qtweb_move_to_leaf_month(%s)", [begun])
    return ended, begun


def as_owner(database: CommittedDatabase) -> "psycopg.Connection[tuple[object, ...]]":
    """A connection as the owner of the tables."""
    return psycopg.connect(instance().migration_database_url(database.name), autocommit=True)
