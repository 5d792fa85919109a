"""Reads of the log's months: which of them are archived, so that their leaves are in files and not in the table."""

from dataclasses import dataclass
from datetime import date

from compliance.models import LeafMonth, MonthAct, MonthStanding


@dataclass(frozen=True, slots=True)
class MonthAway:
    """An archived month: the ids of its leaves, how many there are, and among which entries they are."""

    month: date
    ids: range
    leaves: int
    first_sequence: int
    end_sequence: int
    digest: str

    @property
    def name(self) -> str:
        """The month as 2026-11."""
        return f"{self.month:%Y-%m}"

    @property
    def sequences(self) -> range:
        """The entries among which its leaves are."""
        return range(self.first_sequence, self.end_sequence)

    @property
    def file_name(self) -> str:
        """What its archive is called."""
        return archive_name(self.month)


def archive_name(month: date) -> str:
    """Return what the archive of a month is called."""
    return f"audit-{month:%Y-%m}.archive"


def months_away() -> list[MonthAway]:
    """Return the archived months, the oldest first: all before them are archived as well, or without leaves."""
    last = MonthStanding.objects.order_by("month_id", "-id").distinct("month_id")
    return [
        MonthAway(
            month=row.month_id,
            ids=range(row.month.from_id, row.month.to_id),
            leaves=row.leaves,
            first_sequence=row.first_sequence,
            end_sequence=row.end_sequence,
            digest=row.digest,
        )
        for row in last.select_related("month")
        if row.act == MonthAct.ARCHIVED
    ]


def month_of(leaf_id: int) -> date | None:
    """Return the month among whose ids this one is, None where it is no month's."""
    return (
        LeafMonth.objects.filter(from_id__lte=leaf_id, to_id__gt=leaf_id)
        .values_list("month", flat=True)
        .first()
    )


def archived_through() -> date | None:
    """Return the newest archived month, None without any: leaves up to its end are not in the table."""
    away = months_away()
    return away[-1].month if away else None
