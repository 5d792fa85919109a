"""An order's trail over the API, and what a person may ask to be done to its executions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.commands import ProposeBust, ProposeDeal
from compliance.models import Approval
from compliance.selectors import leaf_hash_text, trail_of
from compliance.services import execution_changes
from orders.api.lists import OrderExecutions
from orders.errors import (
    ExecutionNotFound,
    ExecutionNotInForce,
    OrderNotFound,
    OrderNotManual,
    PriceOffTick,
)
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted
from orders.selectors import order_for

BY_ID = Keyset("id", int)


class LeafRepresentation(BaseModel):
    """A leaf of the audit log. Its hash is SHA-256(0x00 || the bytes of `body`), as RFC 6962 has it."""

    id: int
    sequence: int | None = Field(description="the leaf's place in the tree; null until it is integrated")
    leaf_hash: str | None = Field(description="in hex; null until it is integrated")
    action: str
    revision: int
    actor: str = Field(description="user:<id> or process:<name>")
    recorded_at: datetime
    body: str = Field(description="canonical JSON, the very text that is hashed")


class LeafPage(Page[LeafRepresentation]):
    """Leaves, oldest first."""


def represent_leaf(leaf: Any) -> LeafRepresentation:
    """Represent a leaf that `trail_of` returned: with `sequence` and `leaf_hash`."""
    return LeafRepresentation(
        id=leaf.id,
        sequence=leaf.sequence,
        leaf_hash=leaf_hash_text(leaf),
        action=leaf.action,
        revision=leaf.revision,
        actor=leaf.actor,
        recorded_at=leaf.recorded_at,
        body=leaf.body,
    )


class OrderAudit(ApiView):
    """The leaves about one order."""

    @endpoint(
        "list_order_audit",
        "List the audit log's leaves about an order, oldest first",
        query=PageQuery,
        answers={200: LeafPage},
        refusals=(MalformedCursor, OrderNotFound, NotPermitted),
    )
    def get(self, order_id: UUID, query: PageQuery) -> HttpResponse:
        trail = trail_of(self.actor, order_for(self.actor, order_id))
        leaves, following = BY_ID.page(trail, query)
        return answer(LeafPage(items=list(map(represent_leaf, leaves)), next=following))


class ApprovalRepresentation(BaseModel):
    """What was asked for and waits for another person's decision, in the inbox of approvals."""

    id: UUID
    action: str
    payload: dict[str, Any] = Field(description="what will be done: ids, quantities and prices")
    state: str
    expires_at: datetime


def _waits(approval: Approval) -> HttpResponse:
    return answer(ApprovalRepresentation.model_validate(approval, from_attributes=True), status=202)


class ExecutionBust(ApiView):
    """Taking one execution back."""

    @endpoint(
        "propose_bust",
        "Ask that an execution be taken back; another person has to approve",
        body=ProposeBust,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, ExecutionNotFound, ExecutionNotInForce),
    )
    def post(self, execution_id: UUID, body: ProposeBust) -> HttpResponse:
        return _waits(
            execution_changes.propose_bust(actor=self.actor, execution_id=execution_id, command=body)
        )


class ExecutionCorrection(ApiView):
    """Correcting one execution."""

    @endpoint(
        "propose_correction",
        "Ask for another quantity and price of an execution; another person has to approve",
        body=ProposeDeal,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, ExecutionNotFound, ExecutionNotInForce, PriceOffTick),
    )
    def post(self, execution_id: UUID, body: ProposeDeal) -> HttpResponse:
        return _waits(
            execution_changes.propose_correction(actor=self.actor, execution_id=execution_id, command=body)
        )


class OrderDeals(OrderExecutions):
    """The executions of one order, and the way to have one booked that was made by hand."""

    @endpoint(
        "propose_fill",
        "Ask that a fill made by hand be booked; another person has to approve",
        body=ProposeDeal,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, OrderNotFound, OrderNotManual, PriceOffTick),
    )
    def post(self, order_id: UUID, body: ProposeDeal) -> HttpResponse:
        return _waits(execution_changes.propose_fill(actor=self.actor, order_id=order_id, command=body))
