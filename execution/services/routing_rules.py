"""Set and end routing rules: only with an approval that a second person gave for exactly this.

A payload holds ids, codes and decimal strings. `replaces` is the id of the rule of this name and holder that holds
until further notice, so the approval dies where that has changed meanwhile.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from execution.errors import RoutingRuleDated, RoutingRuleNotFound
from execution.events import RoutingRuleEnded, RoutingRuleEvent, RoutingRuleSet
from execution.models import RoutingRule
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


_HOLDERS = ("firm", "desk", "account")
_KEYS = (*_HOLDERS, "instrument")
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

    Raises RoutingRuleDated where a change of the rule is agreed already that begins later.
    """
    after = rule_facts(row)
    found = _open(row.name, after).first()
    _require_no_later(found, effective_from or market_now())
    return {
        "name": row.name,
        "after": after,
        "before": None if found is None else rule_facts(found),
        "replaces": None if found is None else str(found.pk),
        "effective_from": None if effective_from is None else moment_text(effective_from),
    }


def end_payload(row: RoutingRule) -> dict[str, Any]:
    """Return what an approval to end a rule is bound to."""
    return {"name": row.name, "before": rule_facts(row), "replaces": str(row.pk)}


@step
def set_routing_rule(*, actor: Actor, payload: Mapping[str, Any], approval_id: UUID) -> RoutingRule:
    """Put a rule into force, from its moment on or now, in place of the one of its name and holder.

    Raises RoutingRuleDated, and what the approval's hook raises.
    """
    after = payload["after"]
    found = _open(payload["name"], after).select_for_update().first()
    _use_up(approval_id, RoutingAction.SET, payload, found)
    now = market_now()
    begins = max(now, parse_moment(payload["effective_from"])) if payload["effective_from"] else now
    _require_no_later(found, begins)
    if found is not None:
        _end(actor, found, begins, approval_id)
    row = RoutingRule(name=payload["name"], effective_from=begins, recorded_at=recorded_now(), **_read(after))
    row.save(force_insert=True)
    _tell(RoutingRuleSet, actor, row, approval_id)
    return row


@step
def end_routing_rule(*, actor: Actor, payload: Mapping[str, Any], approval_id: UUID) -> None:
    """Let a rule hold no longer: from now on, or, where it has not begun, never.

    Raises RoutingRuleNotFound, and what the approval's hook raises.
    """
    found = _open(payload["name"], payload["before"]).select_for_update().first()
    _use_up(approval_id, RoutingAction.END, payload, found)
    if found is None:
        raise RoutingRuleNotFound(f"no rule {payload['name']} holds")
    _end(actor, found, max(market_now(), found.effective_from), approval_id)


def _open(name: str, facts: Mapping[str, Any]) -> "QuerySet[RoutingRule]":
    holder = {f"{each}_id": facts.get(each) for each in _HOLDERS}
    return RoutingRule.objects.filter(name=name, effective_until=None, **holder)


def _end(actor: Actor, row: RoutingRule, moment: datetime, approval_id: UUID) -> None:
    row.effective_until = moment
    row.save(update_fields=["effective_until"])
    _tell(RoutingRuleEnded, actor, row, approval_id)


def _require_no_later(found: RoutingRule | None, begins: datetime) -> None:
    if found is not None and found.effective_from > begins:
        agreed = moment_text(found.effective_from)
        raise RoutingRuleDated(f"{found.name} is agreed to change at {agreed}", effective_from=agreed)


def _use_up(
    approval_id: UUID, action: RoutingAction, payload: Mapping[str, Any], found: RoutingRule | None
) -> None:
    as_it_is = {**payload, "replaces": None if found is None else str(found.pk)}
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
            revision=1 if row.effective_until is None else 2,
            market_time=market_now(),
            name=row.name,
            approval_id=approval_id,
            rule=rule_facts(row),
            effective_from=row.effective_from,
            effective_until=row.effective_until,
        )
    )
