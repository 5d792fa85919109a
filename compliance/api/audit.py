"""An order's trail over the API."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.selectors import leaf_hash_text, trail_of
from orders.errors import OrderNotFound
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
