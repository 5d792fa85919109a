"""How long records are kept, from a day on: only with an approval that a second person gave for exactly this.

Rules are only added, so what was in force before stays written.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID
from zlib import crc32

from django.db import connection

from compliance.actions import SET_RETENTION
from compliance.log_events import RetentionRuleSet
from compliance.models import RetentionRule
from orders.hooks import hooks, publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import step
from orders.selectors import market_now
from orders.services.limits import payload_digest


@step
def set_retention(*, actor: Actor, payload: Mapping[str, Any], approval_id: UUID) -> RetentionRule:
    """Write the rule down that was agreed to. Raises what the approval's hook raises."""
    subject = (payload["regime"], payload["record_class"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s)", [crc32(b"retention." + " ".join(subject).encode())]
        )
    found = {**payload, **follows(newest_rule(*subject))}
    hooks.require_approval(
        approval_id=approval_id, action=SET_RETENTION, payload_digest=payload_digest(SET_RETENTION, found)
    )
    row = RetentionRule(
        regime=payload["regime"],
        record_class=payload["record_class"],
        years=payload["years"],
        effective_from=date.fromisoformat(payload["effective_from"]),
        source=payload["source"],
        approval_id=approval_id,
        recorded_at=recorded_now(),
    )
    row.save(force_insert=True)
    publish(
        RetentionRuleSet(
            actor=actor,
            object_id=str(row.pk),
            revision=1,
            market_time=market_now(),
            regime=row.regime,
            record_class=row.record_class,
            years=row.years,
            effective_from=row.effective_from,
            source=row.source,
            approval_id=approval_id,
        )
    )
    return row


def newest_rule(regime: str, record_class: str) -> RetentionRule | None:
    """Return the rule of a regime and class that is in force from the latest day, None without any."""
    rows = RetentionRule.objects.filter(regime=regime, record_class=record_class)
    return rows.order_by("-effective_from").first()


def follows(newest: RetentionRule | None) -> dict[str, Any]:
    """Return what of the rule before an approval is bound to: it dies where another has come between."""
    if newest is None:
        return {"follows": None, "years_before": None}
    return {"follows": str(newest.pk), "years_before": newest.years}
