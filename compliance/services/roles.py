"""Roles as they are defined, and the door by which the house itself grants them: the first persons of a system.

From then on two persons do, see role_changes.
"""

from uuid import UUID

from django.db.models import QuerySet

from compliance.errors import RoleNotFound, RoleNotHeld
from compliance.events import RoleDefined
from compliance.models import Role, RoleDefinition, RoleGrant
from compliance.role_reads import grants_on, in_force, not_over
from compliance.roles import ROLES
from compliance.services.doors import require_process
from compliance.services.role_grants import end_grant, locked_roles, materialise, require_fit, write_grant
from orders.authority import Scope
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.selectors import market_now


@service
def define_roles(*, actor: Actor) -> None:
    """Write the roles of compliance/roles.py; again and again changes nothing.

    A role whose permissions have changed changes those of everyone who holds it, or will: what one holds now may last
    into a grant that is coming. Raises NotPermitted for a person.
    """
    require_process(actor)
    known = locked_roles()
    for name, permissions in ROLES.items():
        role = known.get(name) or Role(name=name, permissions=[])
        if role.permissions != sorted(permissions):
            _define(actor, role, sorted(permissions))


@service
def grant_role(*, actor: Actor, user_id: UUID, role: str, scope: Scope) -> RoleGrant:
    """Let a person hold `role` on `scope` from now on, and return the grant; the one in force, if they do already.

    Raises RoleNotFound, what `require_fit` raises, and NotPermitted for a person as the actor.
    """
    require_process(actor)
    known, now = _role(role), recorded_now()
    existing = _in_force(user_id, known, scope).first()
    if existing is not None:
        return existing
    column = {str(scope._meta.model_name): scope}
    grant = RoleGrant(user_id=user_id, role=known, effective_from=now, recorded_at=now, **column)
    require_fit(grant, now)
    return write_grant(actor, grant, now)


@service
def revoke_role(*, actor: Actor, user_id: UUID, role: str, scope: Scope) -> None:
    """Take `role` on `scope` from a person, and from who stands in for them.

    Raises RoleNotFound, RoleNotHeld, and NotPermitted for a person as the actor.
    """
    require_process(actor)
    grant = _in_force(user_id, _role(role), scope).first()
    if grant is None:
        raise RoleNotHeld(f"the person does not hold {role} there", role=role)
    end_grant(actor, grant, recorded_now(), approval_id=None)


def _role(name: str) -> Role:
    try:
        return locked_roles()[name]
    except KeyError:
        raise RoleNotFound(f"there is no role {name}", role=name) from None


def _in_force(user_id: UUID, role: Role, scope: Scope) -> QuerySet[RoleGrant]:
    own = grants_on(user_id, scope).filter(role=role, delegated_from=None)
    return own.filter(in_force(recorded_now()))


def _define(actor: Actor, role: Role, permissions: list[str]) -> None:
    role.permissions, now = permissions, recorded_now()
    role.save()
    RoleDefinition.objects.create(role=role, permissions=permissions, recorded_at=now)
    grants = RoleGrant.objects.filter(not_over(now), role=role).select_related("firm", "desk", "account")
    for user_id, scope in dict.fromkeys((grant.user_id, grant.scope) for grant in grants.order_by("id")):
        materialise(actor, user_id, scope, now)
    publish(
        RoleDefined(
            actor=actor,
            object_id=str(role.pk),
            revision=0,
            market_time=market_now(),
            name=role.name,
            permissions=permissions,
        )
    )
