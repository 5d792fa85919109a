"""Reads of what was used of limits over time. Whoever reads was given the limit by orders/limit_reads.py."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet

from orders.kernel.moments import first_moment_of
from orders.kernel.statements import Statement
from orders.limit_kinds import LimitKind
from orders.models import Limit, LimitSample
from orders.risk.history_chart import Sample
from orders.risk.utilisation import BEYOND, utilisation_percent

DAYS = 30
"""How many days the list of limits looks back."""
PARTS = 320
"""In how many parts a window is looked at: of each its last and its highest sample are shown."""

_COLUMNS = ("market_time", "version", "value", "warn_at_percent", "used", "peak_used")
_SHOWN = ", ".join(_COLUMNS)


class Window(StrEnum):
    """How far back a chart looks, in market time: the UTC day, seven days, thirty days."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"

    def begins(self, at: datetime) -> datetime:
        """Return when the window that ends at `at` begins."""
        if self is Window.TODAY:
            return first_moment_of(at.astimezone(UTC).date())
        return at - timedelta(days=7 if self is Window.WEEK else DAYS)


@dataclass(frozen=True, slots=True)
class History:
    """What was used of a limit in a window: samples, oldest first, the first one at its beginning where one is known.

    `taken` is how many samples there are in the window; of many only some are among `samples`.
    """

    samples: tuple[Sample, ...]
    first: datetime
    last: datetime
    taken: int


# What was in force when the window began; then of each part its last and its highest, every change of terms, and where
# nothing was known.
_IN_WINDOW = Statement(f"""
    WITH before AS (
        SELECT {_SHOWN}, sequence, 0::bigint AS taken FROM orders_limitsample
        WHERE limit_id = %(limit)s AND market_time < %(first)s::timestamptz
        ORDER BY market_time DESC, sequence DESC LIMIT 1
    ), inside AS (
        SELECT {_SHOWN}, sequence, peak_percent, count(*) OVER () AS taken,
            floor(extract(epoch FROM market_time - %(first)s::timestamptz) / %(part_s)s::numeric) AS part,
            lag(version) OVER in_order AS version_before, lag(used IS NULL, 1, FALSE) OVER in_order AS was_unknown
        FROM orders_limitsample
        WHERE limit_id = %(limit)s AND market_time >= %(first)s::timestamptz AND market_time <= %(last)s::timestamptz
        WINDOW in_order AS (ORDER BY market_time, sequence)
    ), ranked AS (
        SELECT inside.*, row_number() OVER (PARTITION BY part ORDER BY market_time DESC, sequence DESC) AS from_end,
            row_number() OVER (PARTITION BY part ORDER BY used IS NULL, peak_percent DESC, sequence) AS from_highest
        FROM inside
    )
    SELECT {_SHOWN}, taken FROM (
        SELECT {_SHOWN}, sequence, taken FROM before
        UNION ALL
        SELECT {_SHOWN}, sequence, taken FROM ranked
        WHERE from_end = 1 OR from_highest = 1 OR used IS NULL OR was_unknown OR version <> version_before
    ) AS shown ORDER BY market_time, sequence
""")  # noqa: S608 - names of our own columns


def history_of(limit: Limit, window: Window, at: datetime) -> History:
    """Return what was used of a limit in the window that ends at the market time `at`: one query of bounded length."""
    first = window.begins(at)
    part_s = Decimal(str((at - first).total_seconds())) / PARTS or Decimal(1)
    rows = _IN_WINDOW.rows({"limit": limit.pk, "first": first, "last": at, "part_s": part_s})
    samples = [Sample(**dict(zip(_COLUMNS, row, strict=False))) for row in rows]
    if samples and samples[0].market_time < first:
        # A loss is one of its day: it says nothing of the next one.
        samples[:1] = [] if limit.kind == LimitKind.DAY_LOSS else [_carried(samples[0], first)]
    return History(tuple(samples), first, at, max((row[-1] for row in rows), default=0))


def _carried(sample: Sample, at: datetime) -> Sample:
    """Return what a sample says of a later moment: what was used, not what it had come to before."""
    return replace(sample, market_time=at, peak_used=sample.used)


def samples_of(limit: Limit) -> QuerySet[LimitSample]:
    """Return every sample of a limit, newest first."""
    return LimitSample.objects.filter(limit=limit).order_by("-sequence")


@dataclass(frozen=True, slots=True)
class DayPeak:
    """How near its limit a limit came on a market day (UTC), in percent; None where nothing was known of it."""

    day: date
    percent: Decimal | None


# For each limit and day two rows are looked up by index: what the day began with, and its highest.
_BY_DAY = Statement("""
    SELECT wanted.id, day.day, before.used, before.value, highest.used IS NOT NULL, highest.peak_percent
    FROM unnest(%(ids)s::uuid[]) AS wanted(id)
    CROSS JOIN (SELECT %(first)s::date + number AS day FROM generate_series(0, %(days)s::integer - 1) AS number) AS day
    LEFT JOIN LATERAL (
        SELECT used, value FROM orders_limitsample AS sample
        WHERE sample.limit_id = wanted.id AND sample.market_time < (day.day::timestamp AT TIME ZONE 'UTC')
        ORDER BY sample.market_time DESC, sample.sequence DESC LIMIT 1
    ) AS before ON TRUE
    LEFT JOIN LATERAL (
        SELECT used, peak_percent FROM orders_limitsample AS sample
        WHERE sample.limit_id = wanted.id AND sample.market_day = day.day AND sample.used IS NOT NULL
        ORDER BY sample.peak_percent DESC LIMIT 1
    ) AS highest ON TRUE
    ORDER BY wanted.id, day.day
""")


def daily_peaks(kinds: Mapping[UUID, str], at: datetime) -> dict[UUID, list[DayPeak]]:
    """Return by limit how near it came on each of the last 30 market days, the oldest first: one query for all.

    `kinds` are the limits' kinds by id.
    """
    if not kinds:
        return {}
    first = at.astimezone(UTC).date() - timedelta(days=DAYS - 1)
    peaks: dict[UUID, list[DayPeak]] = {}
    for limit_id, day, used, value, is_known, percent in _BY_DAY.rows(
        {"ids": list(kinds), "first": first, "days": DAYS}
    ):
        highest = (BEYOND if percent is None else percent) if is_known else None
        begun_with = _percent(kinds[limit_id], used, value)
        told = [each for each in (highest, begun_with) if each is not None]
        peaks.setdefault(limit_id, []).append(DayPeak(day, max(told, default=None)))
    return peaks


def _percent(kind: str, used: Decimal | None, value: Decimal | None) -> Decimal | None:
    if used is None or value is None or kind == LimitKind.DAY_LOSS:
        return None
    return utilisation_percent(kind, used, value)
