"""Ask for a new limit, for other terms of one, or for its end: nothing changes until another person has agreed.

The restricted list, permissions to trade and locates are limits as well. Who asks needs propose_limits on the whole
scope of the limit, who agrees approve_limits: on the firm, the desk or the account, and on every account for a limit
of a trader or of an instrument or asset class as such.
"""

from typing import Any
from uuid import UUID

from compliance.commands import ProposeLimit, ProposeLimitChange, ProposeLimitEnd
from compliance.errors import (
    LimitMoved,
    LimitNotFound,
    LimitScopeNotFound,
    LimitScopeUnfit,
    LimitUnchanged,
    LimitValueUnfit,
)
from compliance.limit_rules import scope_misfit, value_misfit
from compliance.models import Approval
from compliance.services.approvals import new_approval
from compliance.services.limit_dates import require_time_to_come
from orders import authority
from orders.authority import Scope
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.kernel.transactions import service
from orders.limit_kinds import HOLDERS, LimitKind
from orders.limit_reads import scopes_with_limits
from orders.models import Limit
from orders.permissions import PROPOSE_LIMITS
from orders.selectors import instrument_with_symbol, limits_for, user_named
from orders.services import LimitAction, LimitTerms
from orders.services.limits import change_payload, end_payload, require_no_other, set_payload


@service
def propose_limit(*, actor: Actor, command: ProposeLimit) -> Approval:
    """Ask for a new limit, and return the approval that waits for 24 hours.

    Raises NotPermitted for a process or without propose_limits on the whole scope, LimitScopeNotFound,
    LimitScopeUnfit, LimitValueUnfit, LimitNeverInForce, and LimitExists.
    """
    limit = _meant(actor, command)
    _require_fit(limit)
    _require_terms(LimitTerms.of(limit), limit.kind)
    require_no_other(limit)
    return new_approval(actor, LimitAction.SET, set_payload(limit), scope=limit.scope, reason=command.reason)


@service
def propose_limit_change(*, actor: Actor, limit_id: UUID, command: ProposeLimitChange) -> Approval:
    """Ask for other terms of a limit, and return the approval that waits for 24 hours.

    Raises NotPermitted for a process or without propose_limits on the limit's scope, LimitNotFound, LimitMoved,
    LimitUnchanged, LimitValueUnfit and LimitNeverInForce.
    """
    limit = _found(actor, limit_id)
    if command.version not in (None, limit.version):
        raise LimitMoved("the limit has changed since you looked at it", version=limit.version)
    terms = LimitTerms(**{**vars(LimitTerms.of(limit)), **command.given()})
    if terms == LimitTerms.of(limit):
        raise LimitUnchanged("the limit has these terms already")
    _require_terms(terms, limit.kind)
    payload = change_payload(limit, terms)
    return new_approval(actor, LimitAction.CHANGE, payload, scope=limit.scope, reason=command.reason)


@service
def propose_limit_end(*, actor: Actor, limit_id: UUID, command: ProposeLimitEnd) -> Approval:
    """Ask that a limit be ended. Raises NotPermitted and LimitNotFound as `propose_limit_change` does."""
    limit = _found(actor, limit_id)
    return new_approval(actor, LimitAction.END, end_payload(limit), scope=limit.scope, reason=command.reason)


def _found(actor: Actor, limit_id: UUID) -> Limit:
    _require_person(actor)
    limit = limits_for(actor).filter(pk=limit_id).first()
    if limit is None:
        raise LimitNotFound("there is no such limit for you")
    authority.require_on(actor, PROPOSE_LIMITS, limit.scope)
    return limit


def _meant(actor: Actor, command: ProposeLimit) -> Limit:
    _require_person(actor)
    holder = _holder(actor, command)
    authority.require_on(
        actor, PROPOSE_LIMITS, holder.get("firm") or holder.get("desk") or holder.get("account")
    )
    columns: dict[str, Any] = dict(holder)
    if command.trader is not None:
        columns["trader"] = _known(user_named(command.trader), "trader", command.trader)
    if command.symbol is not None:
        columns["instrument"] = _known(instrument_with_symbol(command.symbol), "instrument", command.symbol)
    return Limit(
        kind=command.kind,
        asset_class=command.asset_class or "",
        value=command.value,
        warn_at_percent=command.warn_at_percent,
        effective_from=command.effective_from,
        effective_until=command.effective_until,
        **columns,
    )


def _holder(actor: Actor, command: ProposeLimit) -> dict[str, Scope]:
    for name in ("firm", "desk", "account"):
        code = getattr(command, name)
        if code is not None:
            found = scopes_with_limits(actor, name).filter(code=code).first()
            return {name: _known(found, name, code)}
    return {}


def _known(found: Any, what: str, name: str) -> Any:
    if found is None:
        raise LimitScopeNotFound(f"there is no {what} {name} for you", field=what)
    return found


def _require_person(actor: Actor) -> None:
    if actor.user_id is None:
        raise NotPermitted("a limit is asked for by a person")


def _require_fit(limit: Limit) -> None:
    holder = next((name for name in HOLDERS if getattr(limit, f"{name}_id") is not None), "")
    subject = "instrument" if limit.instrument_id is not None else "asset_class" if limit.asset_class else ""
    misfit = scope_misfit(LimitKind(limit.kind), holder, subject)
    if misfit is not None:
        raise LimitScopeUnfit(misfit, kind=str(limit.kind))


def _require_terms(terms: LimitTerms, kind: str) -> None:
    misfit = value_misfit(LimitKind(kind), terms.value)
    if misfit is not None:
        raise LimitValueUnfit(misfit, kind=str(kind))
    require_time_to_come(terms)
