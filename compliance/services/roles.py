"""Roles and who holds them where, made into permissions through orders' services: compliance writes no permission.

A person's permissions on a firm, desk or account are the union of the roles held there, so a permission stays while
another grant still gives it. The role rows are locked first: grants are rare, and two at once cannot misjudge that.
"""

from uuid import UUID

from django.db.models import QuerySet

from compliance.errors import RoleNotFound, RoleNotHeld
from compliance.events import RoleDefined, RoleGranted, RoleGrantEvent, RoleRevoked
from compliance.models import Role, RoleGrant
from compliance.roles import ROLES
from compliance.services.doors import require_process
from orders.authority import Scope
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.selectors import market_now
from orders.services import grant_permission, revoke_permission


@service
def define_roles(*, actor: Actor) -> None:
    """Write the roles of compliance/roles.py; again and again changes nothing.

    A role whose permissions have changed changes those of everyone who holds it. Raises NotPermitted for a person.
    """
    require_process(actor)
    known = _locked_roles()
    for name, permissions in ROLES.items():
        role = known.get(name) or Role(name=name, permissions=[])
        if role.permissions != sorted(permissions):
            _define(actor, role, sorted(permissions))


@service
def grant_role(*, actor: Actor, user_id: UUID, role: str, scope: Scope) -> RoleGrant:
    """Let a person hold `role` on `scope`, and return the grant; the one that exists, if they do already.

    Raises RoleNotFound, and NotPermitted for a person as the actor.
    """
    require_process(actor)
    known = _role(role)
    existing = _active(user_id, scope).filter(role=known).first()
    if existing is not None:
        return existing
    before = _permissions(user_id, scope)
    grant = RoleGrant(user_id=user_id, role=known, recorded_at=recorded_now(), **_column(scope))
    grant.save(force_insert=True)
    _materialise(actor, user_id, scope, before)
    _announce(RoleGranted, actor, grant, scope, revision=1)
    return grant


@service
def revoke_role(*, actor: Actor, user_id: UUID, role: str, scope: Scope) -> None:
    """Take `role` on `scope` from a person.

    Raises RoleNotFound, RoleNotHeld, and NotPermitted for a person as the actor.
    """
    require_process(actor)
    grant = _active(user_id, scope).filter(role=_role(role)).first()
    if grant is None:
        raise RoleNotHeld(f"the person does not hold {role} there", role=role)
    before = _permissions(user_id, scope)
    grant.revoked_at = recorded_now()
    grant.save(update_fields=["revoked_at"])
    _materialise(actor, user_id, scope, before)
    _announce(RoleRevoked, actor, grant, scope, revision=2)


def _locked_roles() -> dict[str, Role]:
    return {role.name: role for role in Role.objects.select_for_update().order_by("id")}


def _role(name: str) -> Role:
    try:
        return _locked_roles()[name]
    except KeyError:
        raise RoleNotFound(f"there is no role {name}", role=name) from None


def _define(actor: Actor, role: Role, permissions: list[str]) -> None:
    grants = RoleGrant.objects.filter(role=role, revoked_at=None).select_related("firm", "desk", "account")
    holders = [(grant.user_id, _scope(grant)) for grant in grants]
    before = [_permissions(user_id, scope) for user_id, scope in holders]
    role.permissions = permissions
    role.save()
    for (user_id, scope), held in zip(holders, before, strict=True):
        _materialise(actor, user_id, scope, held)
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


def _column(scope: Scope) -> dict[str, Scope]:
    return {type(scope).__name__.lower(): scope}


def _scope(grant: RoleGrant) -> Scope:
    scopes: list[Scope | None] = [grant.firm, grant.desk, grant.account]
    return next(scope for scope in scopes if scope is not None)


def _active(user_id: UUID, scope: Scope) -> QuerySet[RoleGrant]:
    return RoleGrant.objects.filter(user_id=user_id, revoked_at=None, **_column(scope))


def _permissions(user_id: UUID, scope: Scope) -> set[str]:
    held = _active(user_id, scope).values_list("role__permissions", flat=True)
    return {permission for permissions in held for permission in permissions}


def _materialise(actor: Actor, user_id: UUID, scope: Scope, before: set[str]) -> None:
    """Bring the permissions from `before` to what the grants give now."""
    after = _permissions(user_id, scope)
    for permission in sorted(after - before):
        grant_permission(actor=actor, user_id=user_id, permission=permission, scope=scope)
    for permission in sorted(before - after):
        revoke_permission(actor=actor, user_id=user_id, permission=permission, scope=scope)


def _announce(
    event_class: type[RoleGrantEvent], actor: Actor, grant: RoleGrant, scope: Scope, *, revision: int
) -> None:
    publish(
        event_class(
            actor=actor,
            object_id=str(grant.pk),
            revision=revision,
            market_time=market_now(),
            user_id=grant.user_id,
            role=grant.role.name,
            scope_type=type(scope).__name__.lower(),
            scope_id=scope.pk,
        )
    )
