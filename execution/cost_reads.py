"""What orders cost, the actor first: of the orders that he may see, by as many queries for one as for 2,500."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Min, OuterRef, QuerySet, Subquery
from pydantic import Field

from execution.cost_fills import NOTHING, Filled, fills_of
from execution.cost_market import Around, Life, markets_around
from execution.costs.groups import GroupBy
from execution.costs.measured import Benchmark, Costs, Facts, Unmeasured, measure
from execution.models import Run, Slice, VenueOrder
from execution.session import session_on
from orders import calendars
from orders.commands import Code
from orders.errors import MarketWithoutCalendar
from orders.kernel.context import Actor
from orders.kernel.errors import InvalidInput
from orders.models import Order
from orders.selectors import market_now, orders_with_ends
from orders.sizes.asked import Days, Name
from orders.sizes.days import Span
from orders.states import TERMINAL, OrderStatus
from orders.terms import Side

MOST_ORDERS = 10_000
"""How many orders are measured at once; who asks for more is told to narrow it."""


class AskedCosts(Days):
    """Which orders are measured, by the day on which they were placed, and what they are put together by."""

    account: Code | None = None
    trader: Name | None = Field(default=None, description="a login name")
    algorithm: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+( [0-9]{1,4})?$")] | None = Field(
        default=None, description="an algorithm's name, or with its version: `vwap 2`"
    )
    venue: Code | None = Field(default=None, description="orders with a fill at this venue")
    group_by: GroupBy = GroupBy.ALGORITHM


@dataclass(frozen=True)
class Measured:
    """What was measured, and how many orders were not, by the reason: together they are all that was asked for."""

    costs: Sequence[Costs]
    unmeasured: Mapping[Unmeasured, int]

    @property
    def orders(self) -> int:
        """How many orders were asked for."""
        return len(self.costs) + sum(self.unmeasured.values())

    @property
    def fill_models(self) -> list[str]:
        """How venues filled what was measured, by name."""
        return sorted({model for each in self.costs for model in each.facts.fill_models})


class _Work(NamedTuple):
    """The work on an order: its algorithm, the price at first, when its first slice was due, how venues filled it."""

    algorithm: str
    decision_price: Decimal | None
    first_due_at: datetime | None
    fill_models: Sequence[str]


def costs_for(actor: Actor, asked: AskedCosts, span: Span) -> Measured:
    """Return what the orders cost that `actor` may see: five queries up to 2,500. Raises InvalidInput for too many."""
    orders = orders_with_ends(actor, begins=span.begins, ends=span.ends)
    if asked.account is not None:
        orders = orders.filter(account__code=asked.account)
    if asked.trader is not None:
        orders = orders.filter(placed_by__username=asked.trader)
    return _measured(orders, asked.algorithm, asked.venue)


def costs_of(actor: Actor, order: Order) -> Costs | Unmeasured:
    """Return what one order cost that `actor` was given, or why it is not measured."""
    at = order.market_time
    found = _measured(orders_with_ends(actor, begins=at, ends=at + datetime.resolution).filter(pk=order.pk))
    return found.costs[0] if found.costs else next(iter(found.unmeasured))


def _measured(orders: QuerySet[Order], algorithm: str | None = None, venue: str | None = None) -> Measured:
    rows = list(orders[: MOST_ORDERS + 1])
    if len(rows) > MOST_ORDERS:
        what = (
            f"these are more than {MOST_ORDERS:,} orders: narrow the days, or choose an account or a trader"
        )
        raise InvalidInput(
            what, errors=[{"parameter": "first_day", "detail": what, "code": "too_many_orders"}]
        )
    ids = orders.order_by().values("pk")
    work, filled = _work_on(ids), fills_of(ids)
    wanted = [row for row in rows if _is_wanted(row, work, filled, algorithm, venue)]
    unmeasured = Counter(why for row in wanted if (why := _why_not(row)) is not None)
    ended = [row for row in wanted if _why_not(row) is None]
    now = market_now()
    lives = [_life(row, work.get(row.pk), filled.get(row.pk, NOTHING), now) for row in ended]
    around = markets_around(lives, market_time=now) if lives else []
    costs: list[Costs] = []
    for row, life, market in zip(ended, lives, around, strict=True):
        facts = _facts(row, life, market, work.get(row.pk), filled.get(row.pk, NOTHING))
        if facts is None:
            unmeasured[Unmeasured.NO_PRICE] += 1
        else:
            costs.append(measure(facts))
    return Measured(costs, unmeasured)


def _work_on(ids: "QuerySet[Any]") -> dict[UUID, _Work]:
    first = Slice.objects.filter(run=OuterRef("pk")).order_by().values("run").annotate(first=Min("due_at"))
    filled = VenueOrder.objects.filter(run=OuterRef("pk"), filled_quantity__gt=0).exclude(fill_model="")
    models = filled.order_by("fill_model").values_list("fill_model").distinct()
    runs = Run.objects.filter(order_id__in=ids).annotate(
        first_due_at=Subquery(first.values("first")), fill_models=ArraySubquery(models)
    )
    columns = ("order_id", "algorithm", "algorithm_version", "arrival_price", "first_due_at", "fill_models")
    return {
        order_id: _Work(f"{name} {version}", price, due, models)
        for order_id, name, version, price, due, models in runs.values_list(*columns)
    }


def _is_wanted(
    row: Order,
    work: Mapping[UUID, _Work],
    filled: Mapping[UUID, Filled],
    algorithm: str | None,
    venue: str | None,
) -> bool:
    name = _algorithm(row, work.get(row.pk))
    if algorithm is not None and algorithm not in (name, name.partition(" ")[0]):
        return False
    return venue is None or venue in filled.get(row.pk, NOTHING).by_venue


def _algorithm(row: Order, work: _Work | None) -> str:
    if work is not None:
        return work.algorithm
    return f"{row.instruction.get('name', '')} {row.instruction.get('version', '')}".strip()


def _why_not(row: Order) -> Unmeasured | None:
    if row.status == OrderStatus.REJECTED:
        return Unmeasured.REFUSED
    return None if row.status in TERMINAL else Unmeasured.OPEN


def _life(row: Order, work: _Work | None, filled: Filled, now: datetime) -> Life:
    """Return the order's moments. It arrives when its first slice is due; what has none arrives when it is placed."""
    arrived = max(row.market_time, (work and work.first_due_at) or row.market_time)
    given_up = row.ended_at or now  # type: ignore[attr-defined]  # annotated
    ended = filled.last_at if filled.last_at and row.filled_quantity == row.quantity else given_up
    return Life(
        instrument_id=row.instrument_id,
        decided=row.market_time,
        arrived=min(arrived, max(ended, row.market_time)),
        ended=ended,
        filled=filled.last_at,
        day=_day(arrived, row.instrument.mic),
        closed_day=_closed_day(ended, row.instrument.mic, now),
    )


def _closed_day(moment: datetime, mic: str, now: datetime) -> date | None:
    """Return the market's date of a moment; None while that day's close is still to come."""
    day = _day(moment, mic)
    try:
        session = session_on(day, mic)
    except MarketWithoutCalendar:
        return None
    return None if session is None or now < session.close else day


def _day(moment: datetime, mic: str) -> date:
    try:
        zone = calendars.zone_of(mic)
    except MarketWithoutCalendar:
        return moment.astimezone(UTC).date()
    return moment.astimezone(zone).date()


def _facts(row: Order, life: Life, market: Around, work: _Work | None, filled: Filled) -> Facts | None:
    """Return what is measured of an order; None where no price of the decision is known, or none of the end."""
    decided = (work and work.decision_price) or market.decision_price
    if decided is None or (filled.whole.quantity < row.quantity and market.end_price is None):
        return None
    known = {Benchmark.VWAP: market.vwap, Benchmark.TWAP: market.twap, Benchmark.CLOSE: market.close}
    return Facts(
        order_id=row.pk,
        account=row.account.code,
        trader=row.trader,  # type: ignore[attr-defined]  # annotated
        algorithm=_algorithm(row, work),
        symbol=row.instrument.symbol,
        currency=row.instrument.currency,
        side=Side(row.side),
        placed_at=life.decided,
        arrived_at=life.arrived,
        ended_at=life.ended,
        quantity=row.quantity,
        fills=filled.whole,
        by_venue=filled.by_venue,
        fill_models=[] if work is None else work.fill_models,
        decision_price=decided,
        arrival_price=decided if life.arrived == life.decided else market.arrival_price or decided,
        end_price=market.end_price,
        benchmarks={each: price for each, price in known.items() if price is not None},
        market_volume=market.volume,
        average_daily_volume=market.average_daily_volume,
        volatility=market.volatility,
        spread_bps=market.spread_bps,
        price_at_last_fill=market.price_at_last_fill,
        price_afterwards=market.price_afterwards,
    )
