"""Grants of roles over the API: who holds what where and for how long, and what a person may ask for."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.api.approvals import ApprovalRepresentation, waiting
from compliance.commands import Name, ProposeDelegation, ProposeRevocation, ProposeRole, RoleName
from compliance.errors import (
    RoleGrantNotFound,
    RoleHeldAlready,
    RoleNotDelegable,
    RoleOwn,
    RolesIncompatible,
    RoleUnfit,
)
from compliance.role_reads import grants_for
from compliance.services.role_changes import propose_delegation, propose_revocation, propose_role
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted

NEWEST_FIRST = Keyset("id", UUID, descending=True)
_JUDGED = (RoleOwn, RoleUnfit, RoleHeldAlready, RolesIncompatible)


class RoleGrantRepresentation(BaseModel):
    """A person holds a role on a firm, a desk or an account (codes), for a period of recorded time."""

    id: UUID
    user: str = Field(description="the login name")
    role: str
    firm: str | None
    desk: str | None
    account: str | None
    standing: str = Field(description="in_force, coming or ended")
    effective_from: datetime
    effective_until: datetime | None = Field(description="null: without an end")
    revoked_at: datetime | None = Field(description="when it was taken back; null: it was not")
    delegator: str | None = Field(
        description="the login name of in whose place the role is held; null: one's own"
    )
    delegated_from: UUID | None = Field(description="the grant that it was delegated from")
    asked_by: str | None = Field(description="the login name of who asked; null: a command of the house")
    agreed_by: str | None
    approval_id: UUID | None


class RoleGrantPage(Page[RoleGrantRepresentation]):
    """Grants, newest first."""


class RoleGrantQuery(PageQuery):
    """Which grants: all, or those that stand so, of a person, of a role."""

    standing: Literal["in_force", "coming", "ended"] | None = None
    user: Name | None = None
    role: RoleName | None = None

    def narrow(self, grants: QuerySet[Any]) -> QuerySet[Any]:
        """Return the grants that the given parameters leave."""
        wanted = {"standing": self.standing, "user__username": self.user, "role__name": self.role}
        return grants.filter(**{column: value for column, value in wanted.items() if value is not None})


class RoleGrantCollection(ApiView):
    """The grants that the asker may see: their own, and those on what they may audit."""

    @endpoint(
        "list_role_grants",
        "List who holds which role where and for how long, newest first",
        query=RoleGrantQuery,
        answers={200: RoleGrantPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: RoleGrantQuery) -> HttpResponse:
        rows, following = NEWEST_FIRST.page(query.narrow(grants_for(self.actor)), query)
        return answer(RoleGrantPage(items=list(map(_grant, rows)), next=following))

    @endpoint(
        "propose_role_grant",
        "Ask that a person hold a role; another person has to approve",
        body=ProposeRole,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, *_JUDGED),
    )
    def post(self, body: ProposeRole) -> HttpResponse:
        return waiting(propose_role(actor=self.actor, command=body))


class RoleDelegation(ApiView):
    """Another person in one's place."""

    @endpoint(
        "propose_role_delegation",
        "Ask that another person stand in for who holds a grant; another person has to approve",
        body=ProposeDelegation,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, RoleGrantNotFound, RoleNotDelegable, *_JUDGED),
    )
    def post(self, grant_id: UUID, body: ProposeDelegation) -> HttpResponse:
        return waiting(propose_delegation(actor=self.actor, grant_id=grant_id, command=body))


class RoleRevocation(ApiView):
    """The end of one grant."""

    @endpoint(
        "propose_role_revocation",
        "Ask that a grant, and what was delegated from it, give nothing any more; another person has to approve",
        body=ProposeRevocation,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, RoleGrantNotFound, RoleOwn),
    )
    def post(self, grant_id: UUID, body: ProposeRevocation) -> HttpResponse:
        return waiting(propose_revocation(actor=self.actor, grant_id=grant_id, command=body))


def _grant(row: Any) -> RoleGrantRepresentation:
    people = {name: getattr(row, name) for name in ("delegator", "asked_by", "agreed_by")}
    places = {name: getattr(row, name) for name in ("firm", "desk", "account")}
    names: dict[str, Any] = {
        **{name: None if place is None else place.code for name, place in places.items()},
        **{name: None if each is None else each.username for name, each in people.items()},
    }
    return RoleGrantRepresentation(
        id=row.pk,
        user=row.user.username,
        role=row.role.name,
        standing=row.standing,
        effective_from=row.effective_from,
        effective_until=row.effective_until,
        revoked_at=row.revoked_at,
        delegated_from=row.delegated_from_id,
        approval_id=row.approval_id,
        **names,
    )
