"""Past orders against the limits that are in force now: read in chunks, judged one by one, counted."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db.models import QuerySet

from orders.combinations import LIMITED
from orders.decisions import limits_in, limits_seen_among, redacted
from orders.hooks import hooks
from orders.kernel.context import Actor
from orders.kernel.ids import first_at
from orders.models import RiskDecision
from orders.models.limit import DecisionStage
from orders.risk.applying import Placed, limits_of_many
from orders.risk.figures import LimitInForce
from orders.risk.kept import decision_from
from orders.risk.kept_order import KeptOrder, Terms
from orders.risk.rejudge import Rejudged, rejudge
from orders.selectors import accounts_watched_by, market_now
from orders.stress.tally import Change, Compared, Tally
from orders.terms import Side

CHUNK_ROWS = 500
MOST_KNOWN_LIMITS = 10_000
"""For how many combinations of account, instrument and trader the limits are remembered at a time."""

_CLOCKS_APART = timedelta(hours=1)
"""How far the time in a decision's id may be from the one that was recorded: the clock was set in between."""
_FIRST_IDS, _LAST_IDS = datetime(1970, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "stage",
    "is_admitted",
    "findings",
    "figures",
    "market_time",
    "recorded_at",
    "order",
    "order__account",
    "order__instrument",
    "order__placed_by",
    "order__client_order_id",
    "order__side",
    "order__type",
    "order__limit_price",
    "order__stop_price",
    "order__terms_revision",
    "order__account__code",
    "order__instrument__symbol",
    "order__placed_by__username",
)


@dataclass(frozen=True)
class Judged:
    """A kept decision beside what the limits of now say. `row` has its order, account, instrument and trader."""

    row: RiskDecision
    compared: Compared


def decisions_between(since: datetime, until: datetime) -> QuerySet[RiskDecision]:
    """Return what was decided from `since` to `until` (recorded time), oldest first, of all orders.

    Found by the ids, which tell the time: an index on the time would cost every admission.
    """
    rows = RiskDecision.objects.filter(
        pk__gte=first_at(max(since, _FIRST_IDS) - _CLOCKS_APART),
        pk__lt=first_at(min(until, _LAST_IDS) + _CLOCKS_APART),
        recorded_at__gte=since,
        recorded_at__lte=until,
    )
    named = rows.select_related("order__account", "order__instrument", "order__placed_by")
    return named.only(*_COLUMNS).order_by("id")


def decisions_seen_by(actor: Actor, rows: QuerySet[RiskDecision]) -> QuerySet[RiskDecision]:
    """Return those of `rows` that are on orders whose account lets `actor` see both orders and limits."""
    return rows.filter(order__account__in=accounts_watched_by(actor).order_by().values("pk"))


def stress(
    rows: QuerySet[RiskDecision],
    *,
    actor: Actor | None = None,
    hear: Callable[[Judged, Change], None] = lambda judged, change: None,
    progress: Callable[[int], None] = lambda done: None,
) -> Tally:
    """Judge each of `rows` by the limits in force at the market time of now, and count what would have changed.

    `hear` is told of each change, in the order of `rows`, `progress` after each chunk how many are judged. With an
    `actor` nothing is told of a limit that they may not see but its check. Memory is bounded by a chunk and by what
    a Tally holds.
    """
    tally, limits, sight = Tally(), _Limits(market_now()), _Sight(actor)
    for chunk in _chunks(rows.iterator(CHUNK_ROWS)):
        judged = _judged(chunk, limits)
        sight.learn(judged)
        for each in map(sight.of, judged):
            change = _count(tally, each)
            if change is not Change.NONE:
                hear(each, change)
        progress(tally.judged)
    return tally


def _count(tally: Tally, judged: Judged) -> Change:
    order = judged.row.order
    return tally.add(
        judged.compared,
        account=order.account.code,
        trader=order.placed_by.username,
        is_of_new_terms=judged.row.stage == DecisionStage.AMEND,
    )


def _chunks(rows: Iterator[RiskDecision]) -> Iterator[list[RiskDecision]]:
    while chunk := list(islice(rows, CHUNK_ROWS)):
        yield chunk


class _Limits:
    """The limits of now by where an order was placed, as many as are remembered."""

    def __init__(self, market_time: datetime) -> None:
        self._market_time = market_time
        self._known: dict[Placed, tuple[LimitInForce, ...]] = {}

    def of(self, placed: Iterable[Placed]) -> dict[Placed, tuple[LimitInForce, ...]]:
        """Return the limits of each: one query for those that are not known."""
        asked = set(placed)
        missing = [each for each in asked if each not in self._known]
        if len(self._known) + len(missing) > MOST_KNOWN_LIMITS:
            self._known = {each: self._known[each] for each in asked if each in self._known}
        if missing:
            self._known |= limits_of_many(missing, self._market_time)
        return {each: self._known[each] for each in asked}


def _judged(rows: list[RiskDecision], limits: _Limits) -> list[Judged]:
    checks = (*hooks.pre_trade_checks, *hooks.exposure_checks)
    known = limits.of(map(_placed, rows))
    judged = []
    for row in rows:
        kept = kept_order(row)
        now = rejudge(kept, known[_placed(row)], checks)
        judged.append(Judged(row, Compared(kept.decision, now)))
    return judged


def kept_order(row: RiskDecision) -> KeptOrder:
    """Return what a kept decision, and the order that it was on, tell of the order as it was judged."""
    order, is_new = row.order, row.stage == DecisionStage.PLACE
    is_as_placed = is_new and order.terms_revision == 1
    return KeptOrder(
        decision=decision_from(row.findings, row.figures, row.market_time),
        side=Side(order.side),
        is_new=is_new,
        is_limited=order.type in LIMITED,
        terms=Terms(order.limit_price, order.stop_price) if is_as_placed else None,
    )


def _placed(row: RiskDecision) -> Placed:
    return Placed(row.order.account_id, row.order.instrument_id, row.order.placed_by_id)


class _Sight:
    """Which limits an actor may see, asked once for each; all of them where there is no actor."""

    def __init__(self, actor: Actor | None) -> None:
        self._actor = actor
        self._asked: set[UUID] = set()
        self._seen: set[UUID] = set()

    def learn(self, judged: Iterable[Judged]) -> None:
        """Ask for the limits that are new: one query at most."""
        if self._actor is None:
            return
        new = {limit for each in judged for limit in _named_in(each.compared)} - self._asked
        if new:
            self._seen |= limits_seen_among(self._actor, new)
            self._asked |= new

    def of(self, judged: Judged) -> Judged:
        """Return what was judged without the limits that the actor may not see."""
        compared = judged.compared
        if self._actor is None or self._seen.issuperset(_named_in(compared)):
            return judged
        now = compared.now
        not_judged = (
            each if each.limit and each.limit.id in self._seen else each._replace(limit=None)
            for each in now.not_judged
        )
        decision = redacted(now.decision, self._seen)
        seen = Compared(redacted(compared.then, self._seen), Rejudged(decision, tuple(not_judged)))
        return Judged(judged.row, seen)


def _named_in(compared: Compared) -> Iterator[UUID]:
    yield from limits_in(compared.then)
    yield from limits_in(compared.now.decision)
    yield from (each.limit.id for each in compared.now.not_judged if each.limit)
