"""Who holds which role where and for how long. The actor comes first, and sees what the grants reach."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from compliance.models import Role, RoleGrant
from compliance.segregation import Holding
from orders import authority
from orders.authority import Scope
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.models import Desk, Firm
from orders.permissions import PROPOSE_ROLES, VIEW_AUDIT

IN_FORCE, COMING, ENDED = "in_force", "coming", "ended"
STANDINGS = (IN_FORCE, COMING, ENDED)
"""How a grant stands at a moment."""


def grants_for(actor: Actor) -> QuerySet[Any]:
    """Return the grants on what `actor` may audit, and those of their own and in their place, the newest first.

    Each with its people, its role, its scope (and its firm) and its `standing` now.
    """
    if actor.user_id is None:
        return RoleGrant.objects.none()
    own = Q(user_id=actor.user_id) | Q(delegator_id=actor.user_id)
    rows = RoleGrant.objects.filter(own | authority.reached_by(actor, VIEW_AUDIT))
    scopes = ("firm", "desk__firm", "account__desk__firm")
    people = ("user", "delegator", "asked_by", "agreed_by")
    return rows.select_related("role", *scopes, *people).annotate(standing=_standing()).order_by("-id")


def with_reach(actor: Actor, grants: QuerySet[Any]) -> QuerySet[Any]:
    """Return the grants with `is_reached`: whether `actor` may propose roles on where they are held."""
    reached = Case(When(authority.reached_by(actor, PROPOSE_ROLES), then=True), default=False)
    return grants.annotate(is_reached=reached)


def defined_roles() -> QuerySet[Role]:
    """Return the roles that are defined, by name. What a role gives is nobody's secret."""
    return Role.objects.order_by("name")


def in_force(at: datetime) -> Q:
    """The condition on grants that they give something at the moment."""
    return Q(effective_from__lte=at) & not_over(at)


def not_over(at: datetime) -> Q:
    """The condition on grants that they give something at the moment, or will."""
    return (Q(effective_until=None) | Q(effective_until__gt=at)) & (Q(revoked_at=None) | Q(revoked_at__gt=at))


def firm_id_of(scope: Scope) -> UUID:
    """Return the firm that a firm, desk or account belongs to."""
    if isinstance(scope, Firm):
        return scope.pk
    return scope.firm_id if isinstance(scope, Desk) else scope.desk.firm_id


def grants_on(user_id: UUID, scope: Scope) -> QuerySet[RoleGrant]:
    """Return a person's grants on exactly `scope`, whatever their time, with their roles."""
    rows = RoleGrant.objects.filter(user_id=user_id, **{str(scope._meta.model_name): scope})
    return rows.select_related("role")


def holdings_of(user_id: UUID, *, at: datetime) -> list[Holding]:
    """Return the roles that a person holds from the moment on, wherever: own and in another's place."""
    firm = Coalesce(F("firm_id"), F("desk__firm_id"), F("account__desk__firm_id"))
    rows = RoleGrant.objects.filter(not_over(at), user_id=user_id).annotate(firm_key=firm)
    return [
        Holding(row.role.name, row.firm_key, row.period) for row in rows.select_related("role").order_by("id")
    ]


def persons_counted(user_id: UUID, at: datetime) -> list[UUID]:
    """Return as which natural persons somebody counts at the moment: themselves, and all for whom they stand in."""
    others = RoleGrant.objects.filter(in_force(at), user_id=user_id, delegator__isnull=False)
    return sorted({user_id, *others.values_list("delegator_id", flat=True)})


def roles_by_name() -> dict[str, Role]:
    """Return the roles that are defined."""
    return {role.name: role for role in defined_roles()}


def _standing() -> Case:
    now = recorded_now()
    return Case(
        When(Q(effective_until__lte=now) | Q(revoked_at__lte=now), then=Value(ENDED)),
        When(effective_from__gt=now, then=Value(COMING)),
        default=Value(IN_FORCE),
        output_field=CharField(),
    )
