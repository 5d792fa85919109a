"""Limits over the API: which there are, and what a person may ask for."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.api.approvals import ApprovalRepresentation, waiting
from compliance.commands import ProposeLimit, ProposeLimitChange, ProposeLimitEnd
from compliance.errors import (
    LimitMoved,
    LimitNeverInForce,
    LimitNotFound,
    LimitScopeNotFound,
    LimitScopeUnfit,
    LimitUnchanged,
    LimitValueUnfit,
)
from compliance.services.limit_changes import propose_limit, propose_limit_change, propose_limit_end
from orders.commands import Code
from orders.errors import LimitExists
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted
from orders.kernel.money import Amount
from orders.limit_kinds import LimitKind
from orders.limit_reads import LimitStanding, add_use, limits_to_watch
from orders.risk.utilisation import BEYOND

BY_ID = Keyset("id", UUID)


class LimitRepresentation(BaseModel):
    """A limit: at most one of firm, desk, account and trader, at most one of symbol and asset_class; null for any.

    `used` in the unit of the kind, null where it is counted order by order or not known; of cash_minimum it is what
    remains. The restricted list (kind restricted, value 0), permissions to trade (permitted, 1) and locates
    (located_quantity) are limits as well.
    """

    id: UUID
    kind: LimitKind
    firm: str | None
    desk: str | None
    account: str | None
    trader: str | None
    symbol: str | None
    asset_class: str | None
    value: Amount
    warn_at_percent: int
    used: Amount | None
    used_percent: Amount | None = Field(
        description="how much of the limit that is; null also where no percent tells it: much of a limit of nothing"
    )
    standing: LimitStanding = Field(description="at the market time of now")
    effective_from: datetime | None = Field(description="market time; null: from the beginning")
    effective_until: datetime | None = Field(description="market time; null: until it is ended")
    ended_at: datetime | None = Field(description="when an approval ended it (recorded time)")
    version: int


class LimitPage(Page[LimitRepresentation]):
    """Limits."""


class LimitQuery(PageQuery):
    """Which limits. Without a `standing` those that are not ended."""

    kind: LimitKind | None = None
    account: Code | None = None
    desk: Code | None = None
    firm: Code | None = None
    symbol: Code | None = None
    standing: LimitStanding | None = None

    def narrow(self, limits: QuerySet[Any]) -> QuerySet[Any]:
        """Return the limits that the given parameters leave."""
        wanted = {
            "kind": self.kind,
            "account__code": self.account,
            "desk__code": self.desk,
            "firm__code": self.firm,
            "instrument__symbol": self.symbol,
            "standing": self.standing,
        }
        if self.standing is None:
            limits = limits.filter(ended_at=None)
        return limits.filter(**{column: value for column, value in wanted.items() if value is not None})


def represent_limit(limit: Any) -> LimitRepresentation:
    """Represent a limit that `limits_to_watch` returned and `add_use` was given."""
    use = limit.use
    codes = {name: getattr(limit, name) and getattr(limit, name).code for name in ("firm", "desk", "account")}
    return LimitRepresentation(
        trader=limit.trader and limit.trader.username,
        symbol=limit.instrument and limit.instrument.symbol,
        asset_class=limit.asset_class or None,
        used=use and use.used,
        used_percent=told_percent(use.percent) if use else None,
        **codes,
        **{name: getattr(limit, name) for name in _AS_THEY_ARE},
    )


def told_percent(percent: Decimal) -> Decimal | None:
    """Return a percent that a number tells, None for BEYOND."""
    return None if percent == BEYOND else percent


_AS_THEY_ARE = (
    "id",
    "kind",
    "value",
    "warn_at_percent",
    "standing",
    "effective_from",
    "effective_until",
    "ended_at",
    "version",
)


class LimitCollection(ApiView):
    """The limits that the asker may see."""

    @endpoint(
        "list_limits",
        "List limits, the restricted list, permissions to trade and locates, with what is used of them",
        query=LimitQuery,
        answers={200: LimitPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: LimitQuery) -> HttpResponse:
        limits, following = BY_ID.page(query.narrow(limits_to_watch(self.actor)), query)
        add_use(limits)
        return answer(LimitPage(items=list(map(represent_limit, limits)), next=following))

    @endpoint(
        "propose_limit",
        "Ask for a new limit; another person has to approve",
        body=ProposeLimit,
        answers={202: ApprovalRepresentation},
        refusals=(
            NotPermitted,
            LimitScopeNotFound,
            LimitScopeUnfit,
            LimitValueUnfit,
            LimitNeverInForce,
            LimitExists,
        ),
    )
    def post(self, body: ProposeLimit) -> HttpResponse:
        return waiting(propose_limit(actor=self.actor, command=body))


class LimitChange(ApiView):
    """Other terms of one limit."""

    @endpoint(
        "propose_limit_change",
        "Ask for other terms of a limit; another person has to approve",
        body=ProposeLimitChange,
        answers={202: ApprovalRepresentation},
        refusals=(
            NotPermitted,
            LimitNotFound,
            LimitMoved,
            LimitUnchanged,
            LimitValueUnfit,
            LimitNeverInForce,
        ),
    )
    def post(self, limit_id: UUID, body: ProposeLimitChange) -> HttpResponse:
        return waiting(propose_limit_change(actor=self.actor, limit_id=limit_id, command=body))


class LimitEnd(ApiView):
    """The end of one limit."""

    @endpoint(
        "propose_limit_end",
        "Ask that a limit be ended; another person has to approve",
        body=ProposeLimitEnd,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, LimitNotFound),
    )
    def post(self, limit_id: UUID, body: ProposeLimitEnd) -> HttpResponse:
        return waiting(propose_limit_end(actor=self.actor, limit_id=limit_id, command=body))
