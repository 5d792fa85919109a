"""What an approval about a role is bound to, how that is read again, and who may have asked and may agree.

It holds what the asker saw: where the role is held, the roles that the person holds there, what the role gives, and
what would end with it. So it dies where any of that has changed before somebody agreed.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from compliance.errors import MakerNotPermitted, RoleOwn
from compliance.models import Approval, Role, RoleGrant
from compliance.role_reads import grants_on, not_over, persons_counted
from compliance.services.role_grants import delegated_from
from orders import authority
from orders.authority import Scope
from orders.kernel.context import Actor
from orders.kernel.moments import moment_text, parse_moment
from orders.permissions import PROPOSE_ROLES


def grant_payload(grant: RoleGrant, *, effective_from: datetime | None, now: datetime) -> dict[str, Any]:
    """Return what is to be granted: from `effective_from`, None for the approval."""
    source, delegator = grant.delegated_from_id, grant.delegator_id
    return {
        **_common(grant, now),
        "effective_from": None if effective_from is None else moment_text(effective_from),
        "delegated_from": None if source is None else str(source),
        "delegator_id": None if delegator is None else str(delegator),
    }


def revocation_payload(grant: RoleGrant, now: datetime) -> dict[str, Any]:
    """Return what is to be taken back, and what ends with it."""
    return {
        **_common(grant, now),
        "effective_from": moment_text(grant.effective_from),
        "ends": [
            {"grant_id": str(row.pk), "user_id": str(row.user_id)} for row in delegated_from(grant, now)
        ],
    }


def read_grant(approval: Approval, role: Role, now: datetime) -> RoleGrant:
    """Return the grant that was agreed to, in force from now on where its time has come."""
    payload: Mapping[str, Any] = approval.payload
    kind = next(name for name in authority.SCOPES if getattr(approval, name) is not None)
    start, until = payload["effective_from"], payload["effective_until"]
    return RoleGrant(
        pk=UUID(payload["grant_id"]),
        user_id=UUID(payload["user_id"]),
        role=role,
        effective_from=now if start is None else max(parse_moment(start), now),
        effective_until=None if until is None else parse_moment(until),
        delegated_from_id=payload["delegated_from"] and UUID(payload["delegated_from"]),
        delegator_id=payload["delegator_id"] and UUID(payload["delegator_id"]),
        asked_by_id=approval.maker_id,
        agreed_by_id=approval.checker_id,
        approval=approval,
        recorded_at=now,
        **{kind: approval.scope},
    )


def scope_facts(scope: Scope) -> dict[str, str]:
    """Return on which firm, desk or account a role is held: the kind and the id."""
    return {str(scope._meta.model_name): str(scope.pk)}


def require_asker(actor: Actor, scope: Scope, delegator_id: UUID | None) -> None:
    """Raise NotPermitted unless `actor` may ask for a role on `scope`, or for its end; who delegates it may."""
    if actor.person_id() != delegator_id:
        authority.require_on(actor, PROPOSE_ROLES, scope)


def require_another(actor: Actor, grant: RoleGrant, now: datetime) -> None:
    """Raise RoleOwn where it is for `actor` themselves, or for one for whom they stand in."""
    if grant.user_id in persons_counted(actor.person_id(), now):
        raise RoleOwn("it is a role of your own, or of somebody for whom you stand in")


def require_entitled(actor: Actor, approval: Approval, grant: RoleGrant) -> None:
    """Raise MakerNotPermitted unless who asked still may, and RoleOwn where it is a role of who asked or agrees."""
    maker = replace(actor, name=approval.maker.username, user_id=approval.maker_id)
    is_delegator = approval.maker_id == grant.delegator_id
    if not is_delegator and not authority.may_on(maker, PROPOSE_ROLES, grant.scope):
        raise MakerNotPermitted("who asked for it may no longer ask for such a thing")
    if grant.user_id in approval.maker_persons:
        raise RoleOwn("who asked for it stands in for the person by now, or is that person")
    if {grant.user_id, grant.delegator_id} & set(approval.checker_persons):
        raise RoleOwn("it is a role of your own, or of somebody for whom you stand in")


def _common(grant: RoleGrant, now: datetime) -> dict[str, Any]:
    held = grants_on(grant.user_id, grant.scope).filter(not_over(now)).order_by("role__name", "id")
    until = grant.effective_until
    return {
        "grant_id": str(grant.pk),
        "user_id": str(grant.user_id),
        "scope": scope_facts(grant.scope),
        "role": grant.role.name,
        "permissions": grant.role.permissions,
        "held": [row.role.name for row in held],
        "effective_until": None if until is None else moment_text(until),
    }
