"""Search of the log: who, what, on which object, when, in which piece of work; newest first, nothing counted.

What is searched are the leaves that have been indexed (compliance/services/index_leaves.py), a second or two behind
what is written. Who may not read the whole log finds the leaves about the orders whose trails they see: in accounts
where they hold view_audit and view_orders; and no trace of any other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from pydantic import BaseModel, ConfigDict, Field

from compliance.models import Leaf, LeafKind, SearchEntry, TreeEntry
from compliance.selectors import may_read_log
from compliance.tree_reads import newest_findable
from orders.authority import accounts_with
from orders.kernel.context import Actor, process_actor
from orders.kernel.errors import InvalidInput
from orders.kernel.moments import Moment
from orders.permissions import VIEW_AUDIT, VIEW_ORDERS
from orders.selectors import actor_reference, orders_of_client_id

Text = Annotated[str, Field(min_length=1, max_length=64)]


class AskedLeaves(BaseModel):
    """Which leaves: each criterion exactly as the leaf has it, all of them together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: LeafKind | None = Field(
        default=None, description="event: what the business did; row: what happened to rows; null: both"
    )
    object_type: Annotated[str, Field(min_length=1, max_length=32)] | None = Field(
        default=None, description="for example `order`, `limit`, `sign_in`"
    )
    object_id: Text | None = Field(default=None, description="for example an order's id")
    client_order_id: Text | None = Field(
        default=None,
        description="leaves about the orders that this id names, or that a request of this id changed",
    )
    action: Text | None = Field(default=None, description="for example `OrderPlaced`")
    actor: Text | None = Field(
        default=None,
        description="a login name, `user:` and a person's id, `process:` and a name, or `unknown`",
    )
    correlation_id: Text | None = None
    recorded_from: Moment | None = Field(default=None, description="recorded at this moment or later")
    recorded_to: Moment | None = Field(default=None, description="recorded before this moment")

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not self.model_dump(exclude_none=True)


@dataclass(frozen=True)
class Place:
    """Where a leaf stands in the order of searches."""

    recorded_at: datetime
    leaf_id: int

    def __str__(self) -> str:
        return f"{self.recorded_at.isoformat()}~{self.leaf_id}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Return the place that `str` spelled. Raises ValueError."""
        moment, _, leaf_id = text.partition("~")
        if not leaf_id.isascii() or not leaf_id.isdigit() or len(leaf_id) > 18:
            raise ValueError("no place in a search")
        recorded_at = datetime.fromisoformat(moment)
        if recorded_at.tzinfo is None:
            raise ValueError("no moment")
        return cls(recorded_at, int(leaf_id))


def found_leaves(actor: Actor, asked: AskedLeaves) -> QuerySet[Any]:
    """Return the indexed leaves that `actor` may see and that are asked for, each with `sequence` and `leaf_hash`.

    To be ordered along `ORDER`: every index of the search ends with it.
    """
    return _indexed(_seen_by(actor) & _criteria(actor, asked) & _of_kind(asked))


def leaves_on_machine(asked: AskedLeaves) -> QuerySet[Any]:
    """Return what `found_leaves` returns, for whoever has the machine. Raises InvalidInput for a client order id.

    Whose orders such an id names is a question of who asks.
    """
    if asked.client_order_id is not None:
        raise InvalidInput("a client order id is one of an account: give the order's own id")
    return _indexed(Q(found__isnull=False) & _criteria(process_actor("audit"), asked) & _of_kind(asked))


def _indexed(criteria: Q) -> QuerySet[Any]:
    entry = TreeEntry.objects.filter(leaf_id=OuterRef("pk"))
    return (
        Leaf.objects.filter(criteria)
        .select_related("found")
        .annotate(sequence=F("found__sequence"), leaf_hash=Subquery(entry.values("leaf_hash")))
    )


def entries_meeting(actor: Actor | None, asked: AskedLeaves) -> "QuerySet[SearchEntry]":
    """Return what a search has of its leaves, those of archived months among them; None is whoever has the machine.

    An entry does not say its leaf's kind: leaves of the other kind are among them as well.
    """
    seen = Q() if actor is None else _seen_by(actor, "")
    return SearchEntry.objects.filter(seen & _criteria(actor or process_actor("audit"), asked, ""))


ORDER = ("found__recorded_at", "id")
"""The keys along which a search is read."""


def newest_leaves(actor: Actor, asked: AskedLeaves, *, before: Place | None, most: int) -> list[Any]:
    """Return up to `most` of the found leaves before this place, newest first, each with `place`."""
    rows = found_leaves(actor, asked).order_by(*(f"-{key}" for key in ORDER))
    if before is not None:
        rows = rows.filter(
            Q(found__recorded_at__lt=before.recorded_at) | Q(pk__lt=before.leaf_id),
            found__recorded_at__lte=before.recorded_at,
        )
    return _with_places(rows[:most])


def oldest_leaves(actor: Actor, asked: AskedLeaves, *, after: Place | None = None, most: int) -> list[Any]:
    """Return up to `most` of the found leaves after this place, oldest first, each with `place`."""
    rows = found_leaves(actor, asked).order_by(*ORDER)
    if after is not None:
        rows = rows.filter(
            Q(found__recorded_at__gt=after.recorded_at) | Q(pk__gt=after.leaf_id),
            found__recorded_at__gte=after.recorded_at,
        )
    return _with_places(rows[:most])


def searched_through(actor: Actor) -> SearchEntry | None:
    """Return the last leaf that is indexed, None before the first and for who may not read the log."""
    return newest_findable() if may_read_log(actor) else None


def _with_places(leaves: Iterable[Any]) -> list[Any]:
    found = list(leaves)
    for leaf in found:
        leaf.place = Place(leaf.found.recorded_at, leaf.pk)
    return found


def _of_kind(asked: AskedLeaves) -> Q:
    return Q() if asked.kind is None else Q(kind=asked.kind)


def _seen_by(actor: Actor, to: str = "found__") -> Q:
    """Return the condition on a leaf, or with no way `to` it on its entry itself."""
    if may_read_log(actor):
        return Q(**{f"{to}isnull": False}) if to else Q()
    # Read first: PostgreSQL knows of each account how many leaves it has, and of a subquery nothing.
    seen = accounts_with(actor, VIEW_ORDERS).order_by().values("pk")
    reach = list(accounts_with(actor, VIEW_AUDIT).filter(pk__in=seen).order_by().values_list("pk", flat=True))
    return Q(**{f"{to}account_id__in": reach})


def _criteria(actor: Actor, asked: AskedLeaves, to: str = "found__") -> Q:
    found = Q()
    for name in ("object_type", "object_id", "action", "correlation_id"):
        value = getattr(asked, name)
        if value is not None:
            found &= Q(**{f"{to}{name}": value})
    if asked.actor is not None:
        found &= Q(**{f"{to}actor": _reference(asked.actor)})
    if asked.client_order_id is not None:
        ids = orders_of_client_id(actor, VIEW_AUDIT, asked.client_order_id)
        found &= Q(**{f"{to}object_id__in": [str(each) for each in ids]})
    if asked.recorded_from is not None:
        found &= Q(**{f"{to}recorded_at__gte": asked.recorded_from})
    if asked.recorded_to is not None:
        found &= Q(**{f"{to}recorded_at__lt": asked.recorded_to})
    return found


def _reference(name: str) -> str:
    try:
        return f"user:{UUID(name)}"
    except ValueError:
        return actor_reference(name)
