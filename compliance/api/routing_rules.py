"""Routing rules over the API: which there are, and what a person may ask for."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.api.approvals import ApprovalRepresentation, waiting
from compliance.commands import ProposeRoutingEnd, ProposeRoutingRule
from compliance.errors import RoutingUnfit
from compliance.services.routing_changes import propose_routing_end, propose_routing_rule
from execution.errors import RoutingRuleNotFound
from execution.models import RoutingRule
from execution.venue_reads import open_rules_for, rules_for
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted
from orders.kernel.money import Amount
from orders.models.reference import AssetClass
from orders.terms import OrderType, TimeInForce

BY_ID = Keyset("id", UUID)
_WORDS = ("asset_class", "mic", "algorithm", "type", "time_in_force")


class RoutingRuleRepresentation(BaseModel):
    """A rule: what fits all that is not null goes to the first of `venues` that takes it. Dates are market time."""

    id: UUID
    name: str
    place: int = Field(description="rules are asked the lowest place first, then by name")
    firm: str | None
    desk: str | None
    account: str | None
    symbol: str | None
    asset_class: AssetClass | None
    mic: str | None
    algorithm: str | None
    type: OrderType | None
    time_in_force: TimeInForce | None
    from_quantity: Amount | None
    below_quantity: Amount | None
    venues: list[str]
    effective_from: datetime
    effective_until: datetime | None = Field(description="null: until it is replaced or ended")


class RoutingRulePage(Page[RoutingRuleRepresentation]):
    """Routing rules, oldest first."""


class RoutingRuleQuery(PageQuery):
    """Which rules."""

    past: bool = Field(default=False, description="also those that hold no longer")


class RoutingRuleCollection(ApiView):
    """The rules of holders whose orders the asker may see, and those of everybody."""

    @endpoint(
        "list_routing_rules",
        "List routing rules: by which slices go to which venue",
        query=RoutingRuleQuery,
        answers={200: RoutingRulePage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: RoutingRuleQuery) -> HttpResponse:
        rows = rules_for(self.actor) if query.past else open_rules_for(self.actor)
        found, following = BY_ID.page(rows, query)
        return answer(RoutingRulePage(items=list(map(represent_rule, found)), next=following))

    @endpoint(
        "propose_routing_rule",
        "Ask for a routing rule, or for another form of one; another person has to approve",
        body=ProposeRoutingRule,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, RoutingUnfit),
    )
    def post(self, body: ProposeRoutingRule) -> HttpResponse:
        return waiting(propose_routing_rule(actor=self.actor, command=body))


class RoutingRuleEnd(ApiView):
    """The end of one rule."""

    @endpoint(
        "propose_routing_rule_end",
        "Ask that a routing rule hold no longer; another person has to approve",
        body=ProposeRoutingEnd,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, RoutingRuleNotFound),
    )
    def post(self, rule_id: UUID, body: ProposeRoutingEnd) -> HttpResponse:
        return waiting(propose_routing_end(actor=self.actor, rule_id=rule_id, command=body))


def represent_rule(row: RoutingRule) -> RoutingRuleRepresentation:
    """Return what the API tells of a rule whose holder and instrument were read with it."""
    words = {name: getattr(row, name) or None for name in _WORDS}
    held_by = {name: getattr(row, name) for name in ("firm", "desk", "account")}
    holder = {name: None if held is None else held.code for name, held in held_by.items()}
    return RoutingRuleRepresentation(
        id=row.pk,
        name=row.name,
        place=row.place,
        symbol=None if row.instrument is None else row.instrument.symbol,
        from_quantity=row.from_quantity,
        below_quantity=row.below_quantity,
        venues=row.venues,
        effective_from=row.effective_from,
        effective_until=row.effective_until,
        **holder,
        **words,
    )
