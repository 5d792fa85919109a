"""Sample how much of each limit in force is used, and write what differs from the sample before.

What is used at a moment is what the positions say in one snapshot. Between two samples it may have been more: the
decisions kept meanwhile hold what each admitted order made of it, so the highest of those is kept with the sample.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef

from orders.kernel.ids import first_at
from orders.kernel.statements import Statement
from orders.kernel.transactions import service
from orders.models import LimitSample, LimitSampling
from orders.risk.applying import in_force_sql
from orders.risk.use import measured, moment_values, used_of
from orders.risk.utilisation import BEYOND, nearest_to, utilisation_percent

GAP = timedelta(minutes=1)
"""Where nothing was sampled for longer than this, or than three intervals, what was used meanwhile is not known."""
_INTERVALS_MISSED = 3
_OVERLAP = timedelta(seconds=10)
"""How long after its id was made a decision may be committed and is still seen: longer than a request may take."""
_ENDED_LATELY = timedelta(days=1)
FORGOTTEN_AT_ONCE = 10_000
_MOST = Decimal(10) ** 23
"""More than any figure has: a concentration in a gross limit of nothing comes to it."""

_LOOK = Statement(f"""
    WITH {measured("(each.ended_at IS NULL OR each.ended_at > %(ended_after)s)")}, decided AS (
        SELECT (found.value -> 'limit' ->> 'id')::uuid AS limit_id,
            (found.value -> 'limit' ->> 'version')::integer AS version,
            max((found.value ->> 'with_order')::numeric) AS highest,
            min((found.value -> 'numbers' ->> 'remaining')::numeric) AS lowest
        FROM orders_riskdecision AS decision
        CROSS JOIN LATERAL jsonb_array_elements(decision.findings) AS found(value)
        WHERE decision.id >= %(decided_since)s AND decision.is_admitted
            AND jsonb_typeof(found.value -> 'limit') = 'object'
        GROUP BY 1, 2
    )
    SELECT measured.id, measured.kind, measured.version, measured.value, measured.warn_at_percent,
        measured.ended_at IS NULL AND {in_force_sql("measured")},
        measured.figure, measured.gross_limit, coalesce(decided.highest, decided.lowest),
        last.sequence, last.version, last.value, last.warn_at_percent, last.used, last.peak_used
    FROM measured
    LEFT JOIN decided ON decided.limit_id = measured.id AND decided.version = measured.version
    LEFT JOIN LATERAL (
        SELECT sample.sequence, sample.version, sample.value, sample.warn_at_percent, sample.used, sample.peak_used
        FROM orders_limitsample AS sample WHERE sample.limit_id = measured.id
        ORDER BY sample.sequence DESC LIMIT 1
    ) AS last ON TRUE
""")  # noqa: S608 - names of our own columns


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen of a limit: its terms, what is used of it, and what orders brought it to."""

    version: int
    value: Decimal
    warn_at_percent: int
    used: Decimal | None
    peak_used: Decimal | None

    @property
    def unknown(self) -> "_Seen":
        """The same where nobody looked."""
        return _Seen(self.version, self.value, self.warn_at_percent, None, None)


@dataclass(frozen=True, slots=True)
class _Looked:
    """One limit as it is now, and its last sample (`sequence` 0 and `last` None without one)."""

    limit_id: UUID
    kind: str
    now: _Seen
    sequence: int
    last: _Seen | None


@service
def sample_limits(*, market_time: datetime, recorded_at: datetime, interval_s: int) -> int:
    """Write a sample of each measured limit whose use or terms differ from its last one, and return how many.

    `interval_s` is how often this is done. Four statements for all limits; nothing where another process is at it, or
    has looked since `recorded_at`.
    """
    run = LimitSampling.objects.select_for_update(skip_locked=True).first()
    if run is None or (run.recorded_at is not None and run.recorded_at >= recorded_at):
        return 0
    longest = max(GAP, timedelta(seconds=interval_s * _INTERVALS_MISSED))
    last_look = max(run.recorded_at or recorded_at, recorded_at - longest)
    nobody_looked_since = run.market_time if run.recorded_at and run.recorded_at < last_look else None
    samples: list[LimitSample] = []
    for each in _look(market_time, recorded_at, last_look):
        sequence, last = each.sequence, each.last
        if nobody_looked_since is not None and last is not None and last.used is not None:
            sequence, last = sequence + 1, last.unknown
            samples.append(_sample(each, last, sequence, nobody_looked_since, recorded_at))
        if _differs(each.now, last):
            samples.append(_sample(each, each.now, sequence + 1, market_time, recorded_at))
    LimitSample.objects.bulk_create(samples)
    LimitSampling.objects.update(market_time=market_time, recorded_at=recorded_at)
    return len(samples)


def _look(market_time: datetime, recorded_at: datetime, last_look: datetime) -> Iterator[_Looked]:
    values = {
        **moment_values(market_time),
        "ended_after": recorded_at - _ENDED_LATELY,
        "decided_since": first_at(last_look - _OVERLAP),
    }
    for row in _LOOK.rows(values):
        limit_id, kind, version, value, warn_at_percent, is_in_force, figure, gross, decided, *last = row
        sequence, *seen = last
        used = used_of(kind, figure, gross) if is_in_force else None
        peak = None if used is None else min(nearest_to(kind, used, decided), _MOST)
        now = _Seen(version, value, warn_at_percent, None if used is None else min(used, _MOST), peak)
        yield _Looked(limit_id, kind, now, sequence or 0, _Seen(*seen) if sequence else None)


def _differs(now: _Seen, last: _Seen | None) -> bool:
    """Whether there is anything to write: of a limit that was not known before, nothing that is not known now."""
    if now.used is None and (last is None or last.used is None):
        return False
    return now != last


def _sample(
    looked: _Looked, seen: _Seen, sequence: int, market_time: datetime, recorded_at: datetime
) -> LimitSample:
    percent = None if seen.peak_used is None else utilisation_percent(looked.kind, seen.peak_used, seen.value)
    return LimitSample(
        limit_id=looked.limit_id,
        sequence=sequence,
        version=seen.version,
        value=seen.value,
        warn_at_percent=seen.warn_at_percent,
        used=seen.used,
        peak_used=seen.peak_used,
        peak_percent=None if percent == BEYOND else percent,
        market_day=market_time.astimezone(UTC).date(),
        market_time=market_time,
        recorded_at=recorded_at,
    )


@service
def forget_samples(*, recorded_at: datetime, kept_days: int) -> int:
    """Remove the oldest samples that are older than `kept_days`, at most 10,000, and return how many.

    The last sample of a limit before that stays: it says what was used from then on. The database refuses for samples
    that are younger than 90 days.
    """
    until = recorded_at - timedelta(days=kept_days)
    old = LimitSample.objects.filter(pk__lt=first_at(until), recorded_at__lt=until)
    followed = old.filter(Exists(old.filter(limit=OuterRef("limit"), sequence=OuterRef("sequence") + 1)))
    removed, _by_table = LimitSample.objects.filter(
        pk__in=followed.order_by("pk").values("pk")[:FORGOTTEN_AT_ONCE]
    ).delete()
    return removed
