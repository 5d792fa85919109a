"""The life of an order step by step: each leaf with the order after it, the market then, and what risk saw.

Steps are the leaves about the order and the work on it, in the order in which they were written. The order after a step
is its version (orders' revisions); the market is of the step's market time; a decision stands with the step that it was
made for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from compliance.models import Leaf
from compliance.told import said_in
from execution.market_moments import MarketMoment, market_at
from orders.decisions import KeptDecision, decisions_of
from orders.kernel.context import Actor
from orders.models import Order, OrderRevision
from orders.models.limit import DecisionStage
from orders.selectors import revisions_of

_YEARS_OF_A_MARKET = range(1900, 9000)
"""What else a leaf calls its market time is none: in other zones, or a day later, some years are no years."""


@dataclass(frozen=True)
class Step:
    """One step. `revision` is the order's version after it, None where a leaf names none that there is.

    `decisions` were made for this step, as the asker may see them, oldest first; `market_time` is the leaf's.
    """

    leaf: Leaf
    revision: OrderRevision | None
    market_time: datetime | None
    market: MarketMoment | None
    decisions: tuple[KeptDecision, ...]


def steps_of(actor: Actor, order: Order, leaves: Sequence[Leaf]) -> list[Step]:
    """Return the steps of consecutive leaves of the order's trail, by the same few queries for any number of them."""
    if not leaves:
        return []
    versions = _versions(order, leaves)
    moments = [_market_time(leaf) for leaf in leaves]
    markets = market_at(
        instrument_id=order.instrument_id, moments=[each for each in moments if each is not None]
    )
    decisions = _decisions_by_version(actor, order)
    return [
        Step(
            leaf=leaf,
            revision=revision,
            market_time=moment,
            market=None if moment is None else markets[moment],
            decisions=tuple(decisions.get(leaf.revision, ())) if leaf.object_type == "order" else (),
        )
        for leaf, revision, moment in zip(leaves, versions, moments, strict=True)
    ]


def _versions(order: Order, leaves: Sequence[Leaf]) -> list[OrderRevision | None]:
    """Return the order's version after each leaf: its own, or for a leaf about the work the one that stood then."""
    own = [leaf.revision for leaf in leaves if leaf.object_type == "order"]
    read = _revisions_up_to(order, leaves, max(own, default=None))
    by_version = {revision.version: revision for revision in read}
    earlier = [version for version in by_version if not own or version < min(own)]
    standing = by_version.get(max(earlier, default=0))
    found = []
    for leaf in leaves:
        if leaf.object_type == "order":
            standing = by_version.get(leaf.revision)
        found.append(standing)
    return found


def _revisions_up_to(order: Order, leaves: Sequence[Leaf], newest: int | None) -> QuerySet[OrderRevision]:
    rows = revisions_of(order).order_by("-version")
    if newest is None:
        return rows.filter(recorded_at__lte=leaves[-1].recorded_at)[:1]
    return rows.filter(version__lte=newest)[: len(leaves) + 1]


def _market_time(leaf: Leaf) -> datetime | None:
    try:
        moment = datetime.fromisoformat(said_in(leaf.body)["market_time"])
    except (ValueError, KeyError, TypeError):
        return None
    is_a_moment = moment.tzinfo is not None and moment.year in _YEARS_OF_A_MARKET
    return moment if is_a_moment else None


def _decisions_by_version(actor: Actor, order: Order) -> dict[int, list[KeptDecision]]:
    """Return the decisions by the order's version that each was made for, oldest first.

    Of a placement that is the first. New terms are judged in the transaction of their request, or a moment after it was
    refused: the version that was recorded nearest to the decision.
    """
    kept = decisions_of(actor, order)
    recorded = list(revisions_of(order).values_list("version", "recorded_at")) if kept else []
    found: dict[int, list[KeptDecision]] = {}
    for decision in reversed(kept):
        found.setdefault(_version_of(decision, recorded), []).append(decision)
    return found


def _version_of(decision: KeptDecision, recorded: Sequence[tuple[int, datetime]]) -> int:
    def distance(each: tuple[int, datetime]) -> timedelta:
        return abs(each[1] - decision.recorded_at)

    is_first = decision.stage == DecisionStage.PLACE or not recorded
    return 1 if is_first else min(recorded, key=distance)[0]
