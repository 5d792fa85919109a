"""Set, change and end limits: only with an approval that a second person gave for exactly this.

A payload holds ids, codes and decimal strings. That of a change or an end holds the limit's version and its terms as
they were, so the approval dies when the limit changes meanwhile. That of a new limit holds the id that it will have.

A limit changes behind the closed gate, which is closed before its row is locked: who is judged by limits holds the
gate, and may wait for their rows.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from orders.errors import LimitExists
from orders.events import LimitChanged, LimitEnded, LimitEvent, LimitSet
from orders.hooks import hooks, publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.moments import moment_text, parse_moment
from orders.kernel.money import decimal_text
from orders.kernel.transactions import step
from orders.limit_kinds import HOLDERS
from orders.models import Limit
from orders.risk.kill_switch import close_gate
from orders.selectors import market_now


class LimitAction(StrEnum):
    """What can be asked for, and the action that an approval of it names."""

    SET = "set_limit"
    CHANGE = "change_limit"
    END = "end_limit"


@dataclass(frozen=True, kw_only=True)
class LimitTerms:
    """What an approval changes of a limit: `value` in the unit of its kind, effective dates in market time."""

    value: Decimal
    warn_at_percent: int
    effective_from: datetime | None
    effective_until: datetime | None

    def as_json(self) -> dict[str, Any]:
        """Return the terms for a payload and for the log."""
        dates = {name: getattr(self, name) for name in ("effective_from", "effective_until")}
        return {
            "value": decimal_text(self.value),
            "warn_at_percent": self.warn_at_percent,
            **{name: None if moment is None else moment_text(moment) for name, moment in dates.items()},
        }

    @classmethod
    def of(cls, limit: Limit) -> "LimitTerms":
        """Return the terms that a limit has."""
        return cls(**{name: getattr(limit, name) for name in cls.__dataclass_fields__})

    @classmethod
    def read(cls, given: dict[str, Any]) -> "LimitTerms":
        """Return the terms that `as_json` wrote."""
        dates = {name: given[name] for name in ("effective_from", "effective_until")}
        return cls(
            value=Decimal(given["value"]),
            warn_at_percent=given["warn_at_percent"],
            **{name: None if text is None else parse_moment(text) for name, text in dates.items()},
        )


def scope_facts(limit: Limit) -> dict[str, str]:
    """Return the columns of a limit's scope that are set, ids as text: for the log and for approvals."""
    columns = {name: getattr(limit, f"{name}_id") for name in (*HOLDERS, "instrument")}
    columns["asset_class"] = limit.asset_class or None
    return {name: str(value) for name, value in columns.items() if value is not None}


def set_payload(limit: Limit) -> dict[str, Any]:
    """Return what an approval to set `limit`, not stored yet, is bound to."""
    return {
        "limit_id": str(limit.pk),
        "kind": str(limit.kind),
        "scope": scope_facts(limit),
        "after": LimitTerms.of(limit).as_json(),
    }


def change_payload(limit: Limit, terms: LimitTerms) -> dict[str, Any]:
    """Return what an approval to give a limit other terms is bound to."""
    return {**end_payload(limit), "after": terms.as_json()}


def end_payload(limit: Limit) -> dict[str, Any]:
    """Return what an approval to end a limit is bound to."""
    return {
        "limit_id": str(limit.pk),
        "limit_version": limit.version,
        "kind": str(limit.kind),
        "scope": scope_facts(limit),
        "before": LimitTerms.of(limit).as_json(),
    }


def payload_digest(action: str, payload: dict[str, Any]) -> str:
    """Return the SHA-256 of action and payload in canonical JSON."""
    body = json.dumps([action, payload], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def _same_scope(limit: Limit) -> dict[str, Any]:
    """Return the columns of which no two limits in force are the same."""
    names = ("kind", *(f"{name}_id" for name in (*HOLDERS, "instrument")), "asset_class")
    return {"ended_at": None, **{name: getattr(limit, name) for name in names}}


@step
def require_no_other(limit: Limit) -> None:
    """Raise LimitExists where a limit of the kind and scope of `limit`, not stored yet, is not ended."""
    found = Limit.objects.filter(**_same_scope(limit)).first()
    if found is not None:
        raise _exists(found)


def _exists(found: Limit) -> LimitExists:
    return LimitExists("there is a limit of this kind for exactly this scope already", limit_id=str(found.pk))


@step
def set_limit(*, actor: Actor, payload: dict[str, Any], approval_id: UUID) -> Limit:
    """Put a new limit into force. Raises LimitExists, and what the approval's hook raises."""
    close_gate()
    scope = dict(payload["scope"])
    asset_class = scope.pop("asset_class", "")
    columns = {f"{name}_id": UUID(key) for name, key in scope.items()}
    meant = Limit(pk=UUID(payload["limit_id"]), kind=payload["kind"], asset_class=asset_class, **columns)
    _use_up(approval_id, LimitAction.SET, payload)
    terms = LimitTerms.read(payload["after"])
    limit, is_new = Limit.objects.get_or_create(
        **_same_scope(meant), defaults={"id": meant.pk, **vars(terms)}
    )
    if not is_new:
        raise _exists(limit)
    _tell(LimitSet, actor, limit, approval_id, after=terms.as_json())
    return limit


@step
def change_limit(*, actor: Actor, limit_id: UUID, terms: LimitTerms, approval_id: UUID) -> Limit:
    """Give a limit other terms. Raises what the approval's hook raises."""
    close_gate()
    limit = Limit.objects.select_for_update().get(pk=limit_id)
    payload = change_payload(limit, terms)
    _use_up(approval_id, LimitAction.CHANGE, payload)
    for name, value in vars(terms).items():
        setattr(limit, name, value)
    limit.version += 1
    limit.save(update_fields=[*vars(terms), "version"])
    _tell(LimitChanged, actor, limit, approval_id, before=payload["before"], after=payload["after"])
    return limit


@step
def end_limit(*, actor: Actor, limit_id: UUID, approval_id: UUID) -> Limit:
    """End a limit: its row is kept, and is in force no longer. Raises what the approval's hook raises."""
    close_gate()
    limit = Limit.objects.select_for_update().get(pk=limit_id)
    payload = end_payload(limit)
    _use_up(approval_id, LimitAction.END, payload)
    limit.ended_at = recorded_now()
    limit.version += 1
    limit.save(update_fields=["ended_at", "version"])
    _tell(LimitEnded, actor, limit, approval_id, before=payload["before"])
    return limit


def _use_up(approval_id: UUID, action: LimitAction, payload: dict[str, Any]) -> None:
    hooks.require_approval(
        approval_id=approval_id, action=action, payload_digest=payload_digest(action, payload)
    )


def _tell(
    event_class: type[LimitEvent], actor: Actor, limit: Limit, approval_id: UUID, **terms: dict[str, Any]
) -> None:
    publish(
        event_class(
            actor=actor,
            object_id=str(limit.pk),
            revision=limit.version,
            market_time=market_now(),
            kind=str(limit.kind),
            scope=scope_facts(limit),
            approval_id=approval_id,
            **terms,
        )
    )
