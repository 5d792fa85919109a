"""What all who write grants of roles share: the lock, the judgement, the permissions that grants come to, the events.

Everybody who writes a grant has locked the roles first: grants are rare, and two at once cannot misjudge what the
person holds. A person's permissions on a firm, desk or account are what the roles held there come to; what no grant
gives is removed.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from compliance.errors import (
    ApprovalOutdated,
    RoleHeldAlready,
    RoleNotDelegable,
    RolesIncompatible,
    RoleUnfit,
)
from compliance.events import RoleGranted, RoleGrantEvent, RoleRevoked
from compliance.models import Role, RoleGrant
from compliance.role_cover import Share, cover
from compliance.role_reads import firm_id_of, grants_on, holdings_of, not_over, with_reach
from compliance.segregation import Holding, SegregationRule, broken_rule
from orders import authority
from orders.authority import Held, Scope
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.transactions import step
from orders.selectors import market_now
from orders.services import grant_permission, revoke_permission

LONGEST_DELEGATION = timedelta(days=92)
"""Who is away for longer gives the role back, or another is granted it."""
PROGRAM = "api_client"


@step
def locked_roles() -> dict[str, Role]:
    """Return the roles by their names, and let nobody else write a grant until this transaction ends."""
    return {role.name: role for role in Role.objects.select_for_update().order_by("id")}


@step
def locked_grant(grant_id: UUID, now: datetime) -> RoleGrant:
    """Return a grant that an approval is about. Raises ApprovalOutdated where it is over. The roles are locked."""
    row = RoleGrant.objects.filter(not_over(now), pk=grant_id).select_related("role", "user").first()
    if row is None:
        raise ApprovalOutdated("the grant that it is about is over")
    return row


def require_fit(grant: RoleGrant, now: datetime, *, asker: Actor | None = None) -> None:
    """Judge a grant that is to be written, by its period and by what the person holds.

    Raises RoleUnfit, RoleHeldAlready, and RolesIncompatible with the rule's name; an `asker` who may not propose roles
    where the other role is held is not told which it is.
    """
    _require_login(grant)
    if grant.effective_until is not None and grant.effective_until <= max(grant.effective_from, now):
        raise unfit("effective_until", "its time is over before it begins")
    others = grants_on(grant.user_id, grant.scope).filter(not_over(now), role=grant.role)
    if any(other.period.overlaps(grant.period) for other in others):
        raise RoleHeldAlready(f"the person holds {grant.role} there in that time", role=grant.role.name)
    wanted = Holding(grant.role.name, firm_id_of(grant.scope), grant.period)
    broken = broken_rule(wanted, holdings_of(grant.user_id, at=now))
    if broken is not None:
        rule, held = broken
        is_told = asker is None or _reaches(asker, grant.user_id, held.role, now)
        raise _incompatible(rule, wanted.role, held.role if is_told else None)


def require_delegable(source: RoleGrant, grant: RoleGrant) -> None:
    """Raise RoleNotDelegable unless the one may be delegated by the other."""
    until = grant.effective_until
    if source.delegated_from_id is not None:
        raise RoleNotDelegable("the role is held in another's place, and is not delegated onward")
    if source.user_id == grant.user_id:
        raise RoleNotDelegable("nobody stands in for themselves")
    if not source.period.covers(grant.period):
        raise RoleNotDelegable("the delegation has to be within the time of the grant that it is from")
    if until is None or until - grant.effective_from > LONGEST_DELEGATION:
        raise RoleNotDelegable(f"a delegation lasts {LONGEST_DELEGATION.days} days at most")


@step
def write_grant(actor: Actor, grant: RoleGrant, now: datetime) -> RoleGrant:
    """Write a grant down, with its permissions where its time has come."""
    if grant.effective_from <= now:
        grant.begun_at = now
    grant.save(force_insert=True)
    materialise(actor, grant.user_id, grant.scope, now)
    announce(RoleGranted, actor, grant, revision=1, approval_id=grant.approval_id)
    return grant


@step
def end_grant(actor: Actor, grant: RoleGrant, now: datetime, *, approval_id: UUID | None) -> None:
    """Let a grant, and what was delegated from it, give nothing any more."""
    for row in [grant, *delegated_from(grant, now)]:
        row.revoked_at = row.ended_at = now
        row.save(update_fields=["revoked_at", "ended_at"])
        materialise(actor, row.user_id, row.scope, now)
        announce(RoleRevoked, actor, row, revision=3, approval_id=approval_id)


def delegated_from(grant: RoleGrant, now: datetime) -> list[RoleGrant]:
    """Return the delegations from a grant that are not over."""
    rows = RoleGrant.objects.filter(not_over(now), delegated_from=grant)
    return list(rows.select_related("role", "user", "firm", "desk", "account").order_by("id"))


@step
def materialise(actor: Actor, user_id: UUID, scope: Scope, now: datetime) -> None:
    """Bring the permission rows of a person on `scope` to what the grants there come to at the moment."""
    shares = [
        Share(frozenset(row.role.permissions), row.period, row.on_behalf_of)
        for row in grants_on(user_id, scope).filter(not_over(now))
    ]
    wanted = {name: Held(*how) for name, how in cover(shares, now).items()}
    held = authority.held_on(user_id, scope)
    for permission in sorted(wanted):
        if held.get(permission) != wanted[permission]:
            grant_permission(
                actor=actor, user_id=user_id, permission=permission, scope=scope, held=wanted[permission]
            )
    for permission in sorted(held.keys() - wanted.keys()):
        revoke_permission(actor=actor, user_id=user_id, permission=permission, scope=scope)


def announce(
    event_class: type[RoleGrantEvent], actor: Actor, grant: RoleGrant, *, revision: int, **more: Any
) -> None:
    """Tell what happened to a grant."""
    publish(
        event_class(
            actor=actor,
            object_id=str(grant.pk),
            revision=revision,
            market_time=market_now(),
            user_id=grant.user_id,
            role=grant.role.name,
            scope_type=str(grant.scope._meta.model_name),
            scope_id=grant.scope.pk,
            effective_from=grant.effective_from,
            effective_until=grant.effective_until,
            delegated_from=grant.delegated_from_id,
            delegator_id=grant.delegator_id,
            **more,
        )
    )


def unfit(field: str, detail: str) -> RoleUnfit:
    """Return the error that points to a field of the request."""
    return RoleUnfit(detail, errors=[{"pointer": f"/{field}", "detail": detail}])


def _reaches(asker: Actor, user_id: UUID, role: str, now: datetime) -> bool:
    """Tell whether `asker` may propose roles wherever the person holds this one."""
    rows = RoleGrant.objects.filter(not_over(now), user_id=user_id, role__name=role)
    return all(with_reach(asker, rows).values_list("is_reached", flat=True))


def _incompatible(rule: SegregationRule, role: str, held: str | None) -> RolesIncompatible:
    if held is None:
        return RolesIncompatible(
            f"{rule.name}: the person holds what this is not held with", rule=rule.name, role=role
        )
    return RolesIncompatible(
        f"{rule.name}: nobody is {role} and {held} in one firm at the same time, because {rule.why} ({rule.source})",
        rule=rule.name,
        role=role,
        held=held,
    )


def _require_login(grant: RoleGrant) -> None:
    if not grant.user.is_active:
        raise unfit("user", "the person's login is not active")
    if grant.role.name == PROGRAM and grant.user.is_staff:
        raise unfit("role", "an API client's login does not enter the admin site, and this one may")
