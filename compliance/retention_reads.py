"""How the log's months stand, until when each is kept, and which rule or hold decides. For those who read the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from compliance.models import LegalHold, RetentionRule
from compliance.models.leaf_partitions import SCHEMA
from compliance.retention import BOOKS, OBJECT_TYPES, RECORD_CLASSES, Kept, Rule, kept, last_day_of, may_go
from compliance.selectors import may_read_log, require_log
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor

# Each class is looked for until its first leaf is found: nothing is counted but what PostgreSQL keeps count of.
_MONTHS = f"""
    SELECT month.month, month.to_id > log.last_value + 1 AS is_open, standing.act, standing.recorded_at,
        coalesce(standing.leaves, nullif(greatest(part.reltuples, 0), 0)::bigint), standing.first_sequence,
        standing.end_sequence, standing.digest, pg_total_relation_size(part.oid),
        {", ".join(f"EXISTS ({{found}} AND object_type = ANY(%({name})s))" for name in OBJECT_TYPES)},
        EXISTS ({{found}} AND object_type <> ALL(%(known)s))
    FROM compliance_leafmonth AS month CROSS JOIN compliance_leaf_id_seq AS log
    LEFT JOIN pg_class AS part ON part.relname = 'leaf_' || to_char(month.month, 'YYYYMM')
        AND part.relnamespace = to_regnamespace('{SCHEMA}')
    LEFT JOIN LATERAL (SELECT * FROM compliance_monthstanding WHERE month_id = month.month ORDER BY id DESC LIMIT 1)
        AS standing ON true
    WHERE month.from_id <= log.last_value + 1 ORDER BY month.month DESC
""".format(  # noqa: S608 - names of ours
    found="SELECT FROM compliance_searchentry WHERE leaf_id >= month.from_id AND leaf_id < month.to_id"
)
_HELD = """
    SELECT month.month, hold.id FROM compliance_legalhold AS hold JOIN compliance_leafmonth AS month
        ON (hold.since IS NULL OR hold.since < month.month + interval '1 month')
        AND (hold.until IS NULL OR hold.until >= month.month)
    WHERE hold.lifted_at IS NULL AND (hold.kind = 'everything'
        OR hold.kind = 'object' AND EXISTS ({found} AND object_id = hold.subject)
        OR hold.kind = 'object_type' AND EXISTS ({found} AND object_type = hold.subject)
        OR hold.kind = 'account' AND EXISTS ({found}
            AND account_id = CASE WHEN hold.kind = 'account' THEN hold.subject::uuid END))
    ORDER BY hold.id
""".format(  # noqa: S608 - names of ours
    found="SELECT FROM compliance_searchentry WHERE leaf_id >= month.from_id AND leaf_id < month.to_id"
)


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month as it stands: `state` is open, attached or archived; `leaves` is an estimate unless it is archived.

    `classes` are the record classes of its leaves, `kept` says until when those are kept, `holds` what keeps them on.
    """

    month: date
    state: str
    since: datetime | None
    leaves: int | None
    first_sequence: int | None
    end_sequence: int | None
    digest: str
    size_bytes: int | None
    classes: tuple[str, ...]
    kept: Kept
    holds: tuple[LegalHold, ...]
    may_go: bool

    @property
    def size_mib(self) -> Decimal:
        """What its partition takes on disk with its indexes, in MiB."""
        return Decimal((self.size_bytes or 0) * 10 // 1024 // 1024) / 10


def months_for(actor: Actor) -> list[MonthRow]:
    """Return the months that have begun, the newest first, by the same queries for any number of them.

    Raises NotPermitted unless `may_read_log`.
    """
    require_log(actor)
    today = recorded_now().date()
    rules = [_rule(row) for row in RetentionRule.objects.all()]
    held = _held()
    with connection.cursor() as cursor:
        cursor.execute(
            _MONTHS, {**_lists(), "known": [each for types in OBJECT_TYPES.values() for each in types]}
        )
        return [_month(row, rules, held, today) for row in cursor.fetchall()]


def rules_for(actor: Actor) -> QuerySet[RetentionRule]:
    """Return all rules, by regime and class, the oldest first; none unless `may_read_log`."""
    return RetentionRule.objects.all() if may_read_log(actor) else RetentionRule.objects.none()


def holds_for(actor: Actor) -> QuerySet[LegalHold]:
    """Return all holds, the newest first, with whose they are; none unless `may_read_log`."""
    rows = LegalHold.objects.all() if may_read_log(actor) else LegalHold.objects.none()
    return rows.select_related("placed_by", "lifted_by")


def _month(
    row: Sequence[Any], rules: list[Rule], held: Mapping[date, list[LegalHold]], today: date
) -> MonthRow:
    month, is_open, act, since, leaves, first, end, digest, size_bytes, *found = row
    names = [*OBJECT_TYPES, BOOKS]
    classes = tuple(name for name, is_there in zip(names, found, strict=True) if is_there)
    # What is not indexed yet may be of any class.
    period = kept(month, last_day_of(month), classes or RECORD_CLASSES, rules, today)
    holds = tuple(held.get(month, ()))
    state = "archived" if act == "archived" else "open" if is_open else "attached"
    return MonthRow(
        month=month,
        state=state,
        since=since,
        leaves=leaves,
        first_sequence=first,
        end_sequence=end,
        digest=digest or "",
        size_bytes=size_bytes,
        classes=classes,
        kept=period,
        holds=holds,
        may_go=state == "archived" and may_go(period, holds, today),
    )


def _held() -> dict[date, list[LegalHold]]:
    by_id: dict[UUID, LegalHold] = {row.pk: row for row in LegalHold.objects.filter(lifted_at=None)}
    found: dict[date, list[LegalHold]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_HELD)
        for month, hold_id in cursor.fetchall():
            if hold_id in by_id:
                found.setdefault(month, []).append(by_id[hold_id])
    return found


def _lists() -> dict[str, list[str]]:
    return {name: list(types) for name, types in OBJECT_TYPES.items()}


def _rule(row: RetentionRule) -> Rule:
    recorded_on = row.recorded_at.astimezone(UTC).date()
    return Rule(row.regime, row.record_class, row.years, row.effective_from, row.source, recorded_on)
