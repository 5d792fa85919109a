"""How the log's months stand, until when each is kept, and which rule or hold decides. For those who read the log."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from compliance.commands import HoldSubject
from compliance.models import EVERY_ACCOUNT, LegalHold, RetentionRule
from compliance.models.leaf_partitions import SCHEMA
from compliance.retention import BOOKS, OBJECT_TYPES, RECORD_CLASSES, Kept, Rule, kept, may_go
from compliance.selectors import may_read_log, require_log
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.limit_reads import names_in_scopes

# By its calendar a month may be over while leaves go on into it, for nobody opened the next one: its days are those of
# its leaves as well. Ids and moments go together but for what ran at the same time, so the ends of the ids tell.
_ENDS = 1_000
_BEGUN = f"""
    WITH month AS MATERIALIZED (
        SELECT month.*, month.to_id > log.last_value + 1 AS is_open,
            least(month.month, day.first) AS first_day,
            greatest((month.month + interval '1 month - 1 day')::date, day.last) AS last_day
        FROM compliance_leafmonth AS month CROSS JOIN compliance_leaf_id_seq AS log CROSS JOIN LATERAL (
            SELECT (min(recorded_at) AT TIME ZONE 'UTC')::date AS first,
                (max(recorded_at) AT TIME ZONE 'UTC')::date AS last
            FROM (
                ({{found}} ORDER BY leaf_id LIMIT {_ENDS})
                UNION ALL ({{found}} ORDER BY leaf_id DESC LIMIT {_ENDS})
                UNION ALL (SELECT recorded_at FROM compliance_leaf WHERE id >= month.from_id AND id < month.to_id
                    ORDER BY id DESC LIMIT {_ENDS})
            ) AS leaf
        ) AS day
        WHERE month.from_id <= log.last_value + 1
    )
"""  # noqa: S608 - names of ours
_FOUND = (
    "SELECT recorded_at FROM compliance_searchentry WHERE leaf_id >= month.from_id AND leaf_id < month.to_id"
)
# Each class is looked for until its first leaf is found: nothing is counted but what PostgreSQL keeps count of.
_MONTHS = f"""{_BEGUN}
    SELECT month.month, month.is_open, standing.act, standing.recorded_at,
        coalesce(standing.leaves, nullif(greatest(part.reltuples, 0), 0)::bigint), standing.first_sequence,
        standing.end_sequence, standing.digest, pg_total_relation_size(part.oid), month.first_day, month.last_day,
        {", ".join(f"EXISTS ({{found}} AND object_type = ANY(%({name})s))" for name in OBJECT_TYPES)},
        EXISTS ({{found}} AND object_type <> ALL(%(known)s))
    FROM month
    LEFT JOIN pg_class AS part ON part.relname = 'leaf_' || to_char(month.month, 'YYYYMM')
        AND part.relnamespace = to_regnamespace('{SCHEMA}')
    LEFT JOIN LATERAL (SELECT * FROM compliance_monthstanding WHERE month_id = month.month ORDER BY id DESC LIMIT 1)
        AS standing ON true
    ORDER BY month.month DESC
""".format(found=_FOUND)  # noqa: S608 - names of ours
# Of an account's months the table tells as far as the log was read for it. A month that is open, or that has an entry
# which was not read or a leaf without an entry, may have anybody's.
_UNREAD = f"""
    , behind AS MATERIALIZED (
        SELECT min(leaf_id) AS leaf_id FROM (
            SELECT leaf_id FROM compliance_treeentry
            WHERE sequence >= coalesce((SELECT entries FROM compliance_accountreading), 0) OFFSET 0
        ) AS entry
    ), unread AS MATERIALIZED (
        SELECT month.month FROM month CROSS JOIN behind
        WHERE month.is_open OR month.to_id > behind.leaf_id OR EXISTS (
            SELECT FROM (
                SELECT id FROM compliance_leaf WHERE id >= month.from_id AND id < month.to_id
                ORDER BY id DESC LIMIT {_ENDS}
            ) AS leaf WHERE NOT EXISTS (SELECT FROM compliance_treeentry WHERE leaf_id = leaf.id)
        )
    )
"""  # noqa: S608 - names of ours
_HELD = f"""{_BEGUN}{_UNREAD}
    SELECT month.month, hold.id FROM compliance_legalhold AS hold JOIN month
        ON (hold.since IS NULL OR hold.since <= month.last_day)
        AND (hold.until IS NULL OR hold.until >= month.first_day)
    WHERE hold.lifted_at IS NULL AND (hold.kind = 'everything'
        OR hold.kind = 'object' AND EXISTS ({{found}} AND object_id = hold.subject)
        OR hold.kind = 'object_type' AND EXISTS ({{found}} AND object_type = hold.subject)
        OR hold.kind = 'account' AND (
            EXISTS (SELECT FROM unread WHERE unread.month = month.month)
            OR EXISTS (SELECT FROM compliance_accountmonth AS concerned WHERE concerned.month_id = month.month
                AND concerned.account_id IN (
                    '{EVERY_ACCOUNT}', CASE WHEN hold.kind = 'account' THEN hold.subject::uuid END))))
    ORDER BY hold.id
""".format(found=_FOUND)  # noqa: S608 - names of ours


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


def accounts_held(holds: Iterable[LegalHold]) -> dict[str, str]:
    """Return the codes of the accounts that are held, by the ids that the holds name them with."""
    return names_in_scopes({"account": hold.subject} for hold in holds if hold.kind == HoldSubject.ACCOUNT)


def months_held() -> Counter[UUID]:
    """Return how many of the months that have begun each hold keeps; one that keeps none counts 0."""
    return Counter(hold.pk for holds in _held().values() for hold in holds)


def _month(
    row: Sequence[Any], rules: list[Rule], held: Mapping[date, list[LegalHold]], today: date
) -> MonthRow:
    month, is_open, act, since, leaves, first, end, digest, size_bytes, first_day, last_day, *found = row
    names = [*OBJECT_TYPES, BOOKS]
    classes = tuple(name for name, is_there in zip(names, found, strict=True) if is_there)
    # What is not indexed yet may be of any class.
    period = kept(first_day, last_day, classes or RECORD_CLASSES, rules, today)
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
