"""Which months of market data a moment can have to do with, written out in SQL. Pure.

A prepared statement is planned once for all values. Without bounds that it can read it would look at the partition of
every month at each execution, which for five years takes ten times as long as the answer.
"""

from datetime import UTC, datetime
from functools import lru_cache

_MOST_KEPT = 64


@lru_cache(maxsize=_MOST_KEPT)
def _written(template: str, year: int, month: int) -> str:
    since = (year - 1, 12) if month == 1 else (year, month - 1)
    until = (year + 1, 1) if month == 12 else (year, month + 1)
    return template.format(since=_literal(*since), until=_literal(*until))


def of_recent_months(template: str, moment: datetime) -> str:
    """Return SQL with `{since}` and `{until}` as the bounds of the moment's month and the one before it, in UTC."""
    in_utc = moment.astimezone(UTC)
    return _written(template, in_utc.year, in_utc.month)


def _literal(year: int, month: int) -> str:
    return f"TIMESTAMPTZ '{year:04}-{month:02}-01 00:00:00Z'"
