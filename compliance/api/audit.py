"""The audit log over the API: an order's trail, what happened to its row, and the search of what one may see."""

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.month_reads import archived_through
from compliance.search import AskedLeaves, Place, newest_leaves, searched_through
from compliance.selectors import changes_of, leaf_hash_text, trail_of
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


ARCHIVED_THROUGH = Field(
    description="the first day of the newest archived month, null without any: leaves of that month and of those before"
    " it are in files, and not found"
)


class LeafPage(Page[LeafRepresentation]):
    """Leaves, oldest first."""

    archived_through: date | None = ARCHIVED_THROUGH


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
        items = list(map(represent_leaf, leaves))
        return answer(LeafPage(items=items, next=following, archived_through=archived_through()))


class RowChangeRepresentation(LeafRepresentation):
    """A leaf that the database wrote when the order's row changed, whoever changed it and by whatever door.

    Actor, door, source, service and on_behalf_of are what the application said of itself; role and transaction are
    PostgreSQL's own. Without an application the actor is database:<role>. `before` and `after` name the columns that
    changed: a value is text, a number, true, false or null, or {"committed"} or {"sha256"} with a digest of it.
    """

    door: str
    source: str
    service: str | None
    on_behalf_of: str | None
    role: str
    transaction: int
    before: dict[str, Any]
    after: dict[str, Any]


class RowChangePage(Page[RowChangeRepresentation]):
    """Changes of a row, oldest first."""

    archived_through: date | None = ARCHIVED_THROUGH


def represent_change(leaf: Any) -> RowChangeRepresentation:
    """Represent a leaf that `changes_of` returned."""
    said = json.loads(leaf.body)
    own = {name: said[name] for name in RowChangeRepresentation.model_fields if name in said}
    return RowChangeRepresentation(**{**own, **represent_leaf(leaf).model_dump()})


class OrderChanges(ApiView):
    """What happened to an order's row."""

    @endpoint(
        "list_order_changes",
        "List what the audit log has of each change of an order's row, before and after, oldest first",
        query=PageQuery,
        answers={200: RowChangePage},
        refusals=(MalformedCursor, OrderNotFound, NotPermitted),
    )
    def get(self, order_id: UUID, query: PageQuery) -> HttpResponse:
        changes = changes_of(self.actor, order_for(self.actor, order_id))
        leaves, following = BY_ID.page(changes, query)
        items = list(map(represent_change, leaves))
        return answer(RowChangePage(items=items, next=following, archived_through=archived_through()))


BY_PLACE = Keyset("place", Place.parse, descending=True)


class LeavesQuery(PageQuery, AskedLeaves):
    """Which leaves, and which page of them."""


class FoundLeafRepresentation(LeafRepresentation):
    """A leaf of the audit log that a search found: one that has its place in the tree."""

    object_type: str
    object_id: str
    correlation_id: str


class FoundLeafPage(Page[FoundLeafRepresentation]):
    """Leaves, newest first by the moment at which they were recorded."""

    searched_through: datetime | None = Field(
        description="when the last leaf was recorded that a search knows: what is newer waits a second or two; null for"
        " who sees a part of the log only"
    )
    archived_through: date | None = ARCHIVED_THROUGH


class LeafCollection(ApiView):
    """The leaves of the audit log that the asker may see."""

    @endpoint(
        "list_audit_leaves",
        "Search the audit log by person, object, time, action or correlation id, newest first",
        query=LeavesQuery,
        answers={200: FoundLeafPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: LeavesQuery) -> HttpResponse:
        """Who may audit every account searches all of the log, others the leaves about orders of the accounts where
        they hold view_audit.
        """
        before = BY_PLACE.after("Found", query)
        asked = AskedLeaves.model_validate(query.model_dump(exclude={"limit", "cursor"}))
        leaves = newest_leaves(self.actor, asked, before=before, most=query.limit + 1)
        found, following = BY_PLACE.page_read(leaves, "Found", query)
        last = searched_through(self.actor)
        return answer(
            FoundLeafPage(
                items=[_represent_found(leaf) for leaf in found],
                next=following,
                searched_through=None if last is None else last.recorded_at,
                archived_through=archived_through(),
            )
        )


def _represent_found(leaf: Any) -> FoundLeafRepresentation:
    return FoundLeafRepresentation(
        **represent_leaf(leaf).model_dump(),
        object_type=leaf.object_type,
        object_id=leaf.object_id,
        correlation_id=leaf.correlation_id,
    )
