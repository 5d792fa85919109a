"""What the log has for a case: the leaves that were found, and the whole life of the orders that they are about.

A person gets what they may see and no sign of anything else; None as the asker is whoever has the machine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from compliance.disclosure import require_none_away
from compliance.errors import CaseTooLarge
from compliance.models import Leaf, SearchEntry, TreeEntry
from compliance.search import AskedLeaves, entries_meeting, found_leaves, leaves_on_machine
from compliance.selectors import OF_ORDER, trail_of
from compliance.tree_reads import newest_findable
from orders.authority import accounts_with
from orders.errors import OrderNotFound
from orders.kernel.context import Actor
from orders.models import Order
from orders.permissions import VIEW_AUDIT
from orders.selectors import order_for, orders_among, orders_for

MOST_LEAVES = 10_000
"""How many leaves a case holds, the lives of its orders among them."""
MOST_ORDERS = 100
"""Of more orders the lives are left out: what was found is there all the same."""
_OF_ROW = Order._meta.db_table


@dataclass(frozen=True)
class Gathered:
    """The leaves of a case by their places in the tree, in its order, each with `account_id` where it has one.

    `found` are the places that were asked for, `orders` those of each order's life, `orders_left_out` how many orders
    there are beyond those. `accounts` are those of all leaves, None where one has none; `order_accounts` those of the
    orders.
    """

    leaves: dict[int, Leaf]
    found: list[int]
    orders: dict[UUID, list[int]]
    orders_left_out: int
    accounts: list[UUID] | None
    order_accounts: list[UUID]


def newest_place(asked: dict[str, Any]) -> int | None:
    """Return the place of the last leaf that the criteria can meet now, None where there is none."""
    last = TreeEntry.objects.order_by("-sequence").first() if "order_id" in asked else newest_findable()
    return None if last is None else last.sequence


def found_count(actor: Actor | None, asked: dict[str, Any], through: int) -> int:
    """Return how many leaves a case would have at least; what is more than MOST_LEAVES is not counted on.

    Raises OrderNotFound, NotPermitted where the order is seen and its trail is not, and LeafArchived.
    """
    if "order_id" in asked:
        order_id = UUID(asked["order_id"])
        _require_order(actor, order_id)
        _require_lives_here([order_id], through)
        return len(_lives([order_id], through)[: MOST_LEAVES + 1])
    rows = _found(actor, asked, through).select_related(None).only("object_type", "object_id")
    found = list(rows[: MOST_LEAVES + 1])
    _require_found_here(actor, asked, through)
    _require_lives_here(_seen_of(actor, found), through)
    return len(found)


def gather(actor: Actor | None, asked: dict[str, Any], through: int) -> Gathered:
    """Return the leaves of a case, none after the place `through`.

    Raises CaseTooLarge, OrderNotFound, NotPermitted where the order is seen and its trail is not, and LeafArchived
    where one of them is in an archive: a case is whole, or none.
    """
    if "order_id" in asked:
        return _gather_order(actor, UUID(asked["order_id"]), through)
    found = list(_found(actor, asked, through)[: MOST_LEAVES + 1])
    _require_few(len(found))
    ids = _orders_of(found)
    seen = _seen_of(actor, found)
    lives = _lives(list(seen), through)[: MOST_LEAVES + 1]
    leaves = {leaf.sequence: leaf for leaf in found} | {entry.pk: entry.leaf for entry in lives}
    _require_few(len(leaves))
    orders: dict[UUID, list[int]] = {each: [] for each in sorted(seen)}
    for entry in lives:
        orders[UUID(entry.leaf.object_id)].append(entry.pk)
    _require_found_here(actor, asked, through)  # after the reads: a month may have been archived between them
    _require_lives_here(seen, through)
    accounts = {leaf.found.account_id for leaf in found} | set(seen.values())
    return Gathered(
        leaves=dict(sorted(leaves.items())),
        found=[leaf.sequence for leaf in found],
        orders=orders,
        orders_left_out=len(ids) - len(seen),
        accounts=None if None in accounts else sorted(accounts),
        order_accounts=sorted(set(seen.values())),
    )


def orders_of(gathered: Gathered) -> "QuerySet[Order]":
    """Return the orders whose lives were gathered, with account and instrument."""
    return orders_among(gathered.orders).select_related("account", "instrument")


def _gather_order(actor: Actor | None, order_id: UUID, through: int) -> Gathered:
    account_id = _require_order(actor, order_id)
    lives = list(_lives([order_id], through)[: MOST_LEAVES + 1])
    _require_few(len(lives))
    _require_lives_here([order_id], through)
    places = [entry.pk for entry in lives]
    leaves = {entry.pk: entry.leaf for entry in lives}
    return Gathered(leaves, places, {order_id: places}, 0, [account_id], [account_id])


def _require_order(actor: Actor | None, order_id: UUID) -> UUID:
    """Return the account of an order whose trail the asker may see."""
    if actor is not None:
        order = order_for(actor, order_id)
        trail_of(actor, order)
        return order.account_id
    account_id = orders_among([order_id]).values_list("account_id", flat=True).first()
    if account_id is None:
        raise OrderNotFound("there is no such order")
    return account_id


def _found(actor: Actor | None, asked: dict[str, Any], through: int) -> "QuerySet[Any]":
    criteria = AskedLeaves.model_validate(asked)
    rows = leaves_on_machine(criteria) if actor is None else found_leaves(actor, criteria)
    return rows.filter(found__sequence__lte=through).order_by("found__sequence")


def _orders_seen(actor: Actor | None, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return those of the orders whose trail the asker may see, each with its account."""
    rows = orders_among(ids)
    if actor is not None:
        audited = accounts_with(actor, VIEW_AUDIT).values("pk")
        rows = orders_for(actor).filter(account__in=audited, pk__in=ids)
    return dict(rows.order_by().values_list("pk", "account_id"))


def _seen_of(actor: Actor | None, found: Iterable[Leaf]) -> dict[UUID, UUID]:
    """Return the orders whose lives belong to what was found, each with its account: none where there are too many."""
    ids = _orders_of(found)
    return {} if len(ids) > MOST_ORDERS else _orders_seen(actor, ids)


def _require_found_here(actor: Actor | None, asked: dict[str, Any], through: int) -> None:
    meeting = entries_meeting(actor, AskedLeaves.model_validate(asked))
    require_none_away(meeting.filter(sequence__lte=through), "leaves that meet the criteria")


def _require_lives_here(order_ids: Iterable[UUID], through: int) -> None:
    needed = SearchEntry.objects.filter(
        object_id__in=[str(each) for each in order_ids], sequence__lte=through
    )
    require_none_away(needed.filter(object_type__in=[*OF_ORDER, _OF_ROW]), "leaves of the orders")


def _lives(order_ids: list[UUID], through: int) -> "QuerySet[TreeEntry]":
    """Return what the log has of these orders, the work on them, and their rows: what their trails show."""
    return (
        TreeEntry.objects.filter(
            leaf__object_id__in=list(map(str, order_ids)),
            leaf__object_type__in=[*OF_ORDER, _OF_ROW],
            sequence__lte=through,
        )
        .select_related("leaf")
        .order_by("sequence")
    )


def _orders_of(leaves: Iterable[Leaf]) -> set[UUID]:
    return {each for each in map(_order_of, leaves) if each is not None}


def _order_of(leaf: Leaf) -> UUID | None:
    """Return the order that a leaf names, None for what is about something else."""
    if leaf.object_type not in (*OF_ORDER, _OF_ROW):
        return None
    try:
        return UUID(leaf.object_id)
    except ValueError:
        return None


def _require_few(number: int) -> None:
    if number > MOST_LEAVES:
        raise CaseTooLarge(f"more than {MOST_LEAVES:,} leaves: what was found, and the lives of its orders")
