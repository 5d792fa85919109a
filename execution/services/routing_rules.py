"""Set and end routing rules: only with an approval that a second person gave for exactly this.

A payload holds ids, codes and decimal strings. `replaces` are the ids of the rules of this name and holder that hold
then or later, so the approval dies where they have changed meanwhile; of those, no two ever hold at once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID
from zlib import crc32

from django.db import connection
from django.db.models import F, Q

from execution.events import RoutingRuleEnded, RoutingRuleEvent, RoutingRuleProlonged, RoutingRuleSet
from execution.models import RoutingRule
from orders.authority import SCOPES
from orders.hooks import hooks, publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.moments import moment_text, parse_moment
from orders.kernel.money import decimal_text
from orders.kernel.transactions import step
from orders.selectors import market_now
from orders.services.limits import payload_digest


class RoutingAction(StrEnum):
    """What can be asked for, and the action that an approval of it names."""

    SET = "set_routing_rule"
    END = "end_routing_rule"


_KEYS = (*SCOPES, "instrument")
_WORDS = ("asset_class", "mic", "algorithm", "type", "time_in_force")
_QUANTITIES = ("from_quantity", "below_quantity")


def rule_facts(row: RoutingRule) -> dict[str, Any]:
    """Return what a rule asks for and where it sends what fits, as JSON: for payloads and the log."""
    keys = {name: getattr(row, f"{name}_id") for name in _KEYS}
    quantities = {name: getattr(row, name) for name in _QUANTITIES}
    return {
        "place": row.place,
        "venues": list(row.venues),
        **{name: str(key) for name, key in keys.items() if key is not None},
        **{name: str(getattr(row, name)) for name in _WORDS if getattr(row, name)},
        **{name: decimal_text(value) for name, value in quantities.items() if value is not None},
    }


def set_payload(row: RoutingRule, *, effective_from: datetime | None) -> dict[str, Any]:
    """Return what an approval of a rule, not stored yet, is bound to; without a moment it holds from its approval on.

    It takes the place of the rules of its name and holder that would hold then or later.
    """
    after, now = rule_facts(row), market_now()
    replaced = _holding(row.name, after, max(now, effective_from or now))
    return {
        "name": row.name,
        "after": after,
        "before": rule_facts(replaced[0]) if replaced else None,
        "replaces": _ids(replaced),
        "effective_from": None if effective_from is None else moment_text(effective_from),
    }


def end_payload(row: RoutingRule) -> dict[str, Any]:
    """Return what an approval to end a rule, or to take back one that has not begun, is bound to."""
    facts = rule_facts(row)
    return {
        "name": row.name,
        "before": facts,
        "rule": str(row.pk),
        "replaces": _ids(_holding(row.name, facts, market_now())),
    }


@step
def set_routing_rule(*, actor: Actor, payload: Mapping[str, Any], approval_id: UUID) -> RoutingRule:
    """Put a rule into force, from its moment on or now. Raises what the approval's hook raises."""
    after, now = payload["after"], _one_at_a_time(payload["name"])
    begins = max(now, parse_moment(payload["effective_from"])) if payload["effective_from"] else now
    replaced = _holding(payload["name"], after, begins)
    _use_up(approval_id, RoutingAction.SET, payload, replaced)
    for each in replaced:
        _end(actor, each, max(begins, each.effective_from), approval_id)
    row = RoutingRule(name=payload["name"], effective_from=begins, recorded_at=recorded_now(), **_read(after))
    row.save(force_insert=True)
    _tell(RoutingRuleSet, actor, row, approval_id)
    return row


@step
def end_routing_rule(*, actor: Actor, payload: Mapping[str, Any], approval_id: UUID) -> None:
    """Let a rule, and what was agreed to follow it, hold no longer; or take back one that has not begun.

    Then the one that it was to replace goes on. Raises what the approval's hook raises.
    """
    now = _one_at_a_time(payload["name"])
    found = _holding(payload["name"], payload["before"], now)
    _use_up(approval_id, RoutingAction.END, payload, found)
    row = next(each for each in found if str(each.pk) == payload["rule"])
    if row.effective_from <= now:
        for each in found:
            _end(actor, each, max(now, each.effective_from), approval_id)
        return
    _end(actor, row, row.effective_from, approval_id)
    for each in found:
        if each.effective_until == row.effective_from and each != row:
            _move_end(each, None)
            _tell(RoutingRuleProlonged, actor, each, approval_id)


def _one_at_a_time(name: str) -> datetime:
    """Let nobody else change rules of this name until the transaction ends; returns the market time of then."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [crc32(b"routing_rule." + name.encode())])
    return market_now()


def _holding(name: str, facts: Mapping[str, Any], begins: datetime) -> list[RoutingRule]:
    """Return the rules of a name and holder that hold at a moment or later, in the order of their beginnings."""
    holder = {f"{each}_id": facts.get(each) for each in SCOPES}
    later = Q(effective_until__gt=begins) & Q(effective_until__gt=F("effective_from"))
    return list(
        RoutingRule.objects.filter(later | Q(effective_until=None), name=name, **holder).order_by(
            "effective_from"
        )
    )


def _ids(rows: Sequence[RoutingRule]) -> list[str]:
    return [str(row.pk) for row in rows]


def _end(actor: Actor, row: RoutingRule, moment: datetime, approval_id: UUID) -> None:
    _move_end(row, moment)
    _tell(RoutingRuleEnded, actor, row, approval_id)


def _move_end(row: RoutingRule, moment: datetime | None) -> None:
    row.effective_until = moment
    row.version += 1
    row.save(update_fields=["effective_until", "version"])


def _use_up(
    approval_id: UUID, action: RoutingAction, payload: Mapping[str, Any], replaced: Sequence[RoutingRule]
) -> None:
    as_it_is = {**payload, "replaces": _ids(replaced)}
    hooks.require_approval(
        approval_id=approval_id, action=action, payload_digest=payload_digest(action, as_it_is)
    )


def _read(after: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "place": after["place"],
        "venues": after["venues"],
        **{f"{name}_id": UUID(after[name]) for name in _KEYS if name in after},
        **{name: after[name] for name in _WORDS if name in after},
        **{name: Decimal(after[name]) for name in _QUANTITIES if name in after},
    }


def _tell(event_class: type[RoutingRuleEvent], actor: Actor, row: RoutingRule, approval_id: UUID) -> None:
    publish(
        event_class(
            actor=actor,
            object_id=str(row.pk),
            revision=row.version,
            market_time=market_now(),
            name=row.name,
            approval_id=approval_id,
            rule=rule_facts(row),
            effective_from=row.effective_from,
            effective_until=row.effective_until,
        )
    )
