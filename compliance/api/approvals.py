"""Approvals over the API: what was asked for, and another person's decision."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.commands import Decide
from compliance.errors import (
    ApprovalAltered,
    ApprovalExpired,
    ApprovalNotFound,
    ApprovalNotPending,
    ApprovalOutdated,
    ApprovalSamePerson,
    LimitNeverInForce,
    MakerNotPermitted,
    RoleHeldAlready,
    RoleNotDelegable,
    RoleOwn,
    RolesIncompatible,
    RoleUnfit,
)
from compliance.models import Approval
from compliance.models.approval import ApprovalState
from compliance.selectors import inbox
from compliance.services.approvals import approve, refuse
from orders.errors import ExecutionNotInForce, KillSwitchNotLiftable, LimitExists
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted

NEWEST_FIRST = Keyset("id", UUID, descending=True)
_DECIDING = (
    ApprovalNotFound,
    NotPermitted,
    ApprovalSamePerson,
    ApprovalNotPending,
    ApprovalExpired,
    ApprovalAltered,
)


class ApprovalScopeRepresentation(BaseModel):
    """On what the decision counts. `code` is null for everybody."""

    type: str = Field(description="firm, desk, account or everybody")
    code: str | None


class ApprovalRepresentation(BaseModel):
    """What was asked for and needs another person's decision. What was agreed to is exactly `payload`."""

    id: UUID
    action: str
    payload: dict[str, Any] = Field(description="what will be done: ids, codes, quantities and prices")
    digest: str = Field(
        description="SHA-256 of action and payload in canonical JSON: what the decision is bound to"
    )
    scope: ApprovalScopeRepresentation
    state: ApprovalState
    maker: str = Field(description="the login name of who asked")
    maker_reason: str
    checker: str | None = Field(description="the login name of who decided")
    checker_reason: str
    recorded_at: datetime
    expires_at: datetime = Field(description="until when it can be decided")
    decided_at: datetime | None
    used_at: datetime | None = Field(description="when it was carried out")


class ApprovalPage(Page[ApprovalRepresentation]):
    """Approvals, newest first."""


class ApprovalQuery(PageQuery):
    """Which approvals: all, those in a state, of an action, or about one limit (its history)."""

    state: ApprovalState | None = None
    action: str | None = Field(default=None, pattern="^[a-z_]{1,32}$")
    limit_id: UUID | None = None

    def narrow(self, approvals: QuerySet[Any]) -> QuerySet[Any]:
        """Return the approvals that the given parameters leave."""
        wanted = {"state": self.state, "action": self.action, "limit_key": self.limit_id}
        return approvals.filter(**{column: value for column, value in wanted.items() if value is not None})


def represent_approval(approval: Approval) -> ApprovalRepresentation:
    """Represent an approval."""
    scope, checker = approval.scope, approval.checker
    return ApprovalRepresentation(
        scope=ApprovalScopeRepresentation(
            type="everybody" if scope is None else str(scope._meta.model_name),
            code=None if scope is None else scope.code,
        ),
        maker=approval.maker.username,
        checker=None if checker is None else checker.username,
        **{name: getattr(approval, name) for name in _AS_THEY_ARE},
    )


_AS_THEY_ARE = tuple(
    name for name in ApprovalRepresentation.model_fields if name not in ("scope", "maker", "checker")
)


def waiting(approval: Approval) -> HttpResponse:
    """Answer a proposal: it is accepted, and waits for another person."""
    return answer(represent_approval(approval), status=202)


class ApprovalCollection(ApiView):
    """The approvals that the asker may see."""

    @endpoint(
        "list_approvals",
        "List what was asked for and needs a second person, newest first",
        query=ApprovalQuery,
        answers={200: ApprovalPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: ApprovalQuery) -> HttpResponse:
        approvals, following = NEWEST_FIRST.page(query.narrow(inbox(self.actor)), query)
        return answer(ApprovalPage(items=list(map(represent_approval, approvals)), next=following))


class ApprovalApprove(ApiView):
    """Agreeing to what was asked for."""

    @endpoint(
        "approve",
        "Agree to what another person asked for: it is carried out at once",
        body=Decide,
        answers={200: ApprovalRepresentation},
        refusals=(
            *_DECIDING,
            MakerNotPermitted,
            ApprovalOutdated,
            LimitExists,
            LimitNeverInForce,
            ExecutionNotInForce,
            KillSwitchNotLiftable,
            RoleOwn,
            RoleHeldAlready,
            RoleUnfit,
            RoleNotDelegable,
            RolesIncompatible,
        ),
    )
    def post(self, approval_id: UUID, body: Decide) -> HttpResponse:
        decided = approve(actor=self.actor, approval_id=approval_id, reason=body.reason)
        return answer(represent_approval(decided))


class ApprovalRefuse(ApiView):
    """Deciding against what was asked for."""

    @endpoint(
        "refuse",
        "Decide against what another person asked for",
        body=Decide,
        answers={200: ApprovalRepresentation},
        refusals=_DECIDING,
    )
    def post(self, approval_id: UUID, body: Decide) -> HttpResponse:
        decided = refuse(actor=self.actor, approval_id=approval_id, reason=body.reason)
        return answer(represent_approval(decided))
