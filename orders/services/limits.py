"""Change a limit: only with an approval that a second person gave for exactly this change."""

import hashlib
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from orders.events import LimitChanged
from orders.hooks import hooks, publish
from orders.kernel.context import Actor
from orders.kernel.money import decimal_text
from orders.kernel.transactions import step
from orders.models import Limit
from orders.models.limit import HOLDERS
from orders.selectors import market_now

ACTION = "change_limit"


def limit_change_payload(limit: Limit, value: Decimal) -> dict[str, Any]:
    """Return what an approval of this change is bound to: it dies when the limit changes meanwhile."""
    return {"limit_id": str(limit.pk), "limit_version": limit.version, "value": decimal_text(value)}


def payload_digest(action: str, payload: dict[str, Any]) -> str:
    """Return the SHA-256 of action and payload in canonical JSON."""
    body = json.dumps([action, payload], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def scope_facts(limit: Limit) -> dict[str, str]:
    """Return the columns of a limit's scope that are set, ids as text: for the log and for approvals."""
    columns = {name: getattr(limit, f"{name}_id") for name in (*HOLDERS, "instrument")}
    columns["asset_class"] = limit.asset_class or None
    return {name: str(value) for name, value in columns.items() if value is not None}


@step
def change_limit(*, actor: Actor, limit_id: UUID, value: Decimal, approval_id: UUID) -> Limit:
    """Give a limit its new value, in the unit of its kind. Raises what the approval's hook raises."""
    limit = Limit.objects.select_for_update().get(pk=limit_id)
    digest = payload_digest(ACTION, limit_change_payload(limit, value))
    hooks.require_approval(approval_id=approval_id, action=ACTION, payload_digest=digest)
    before = limit.value
    limit.value = value
    limit.version += 1
    limit.save(update_fields=["value", "version"])
    publish(
        LimitChanged(
            actor=actor,
            object_id=str(limit.pk),
            revision=limit.version,
            market_time=market_now(),
            scope=scope_facts(limit),
            kind=limit.kind,
            before_value=before,
            after_value=value,
            approval_id=approval_id,
        )
    )
    return limit
