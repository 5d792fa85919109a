"""Reads of execution. Those of one order take an order that orders.selectors gave to the asker."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from execution import algorithms
from execution.market_data.bars import BAR_LENGTH
from execution.market_data.bars import Bar as MinuteBar
from execution.market_data.recent import of_recent_months
from execution.models import Bar, Run, Slice, Trigger, VenueOrder, VenueReport
from execution.models.run import UNDER_WAY, RunState, SliceState
from execution.triggers import Watch
from orders.hooks import LastPrice
from orders.in_force import executions_in_force
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.models import Execution, Order
from orders.permissions import VIEW_OPERATIONS
from orders.selectors import executions_at, orders_with
from orders.states import OPEN
from orders.terms import OrderType, Side

_BATCH = 200
_MOST_RUNS = 10_000


_LAST_BARS = """
    SELECT wanted.id, bar.close, bar.start
    FROM unnest(%(instruments)s::uuid[]) AS wanted(id)
    CROSS JOIN LATERAL (
        SELECT close, start FROM execution_bar WHERE instrument_id = wanted.id AND start <= %(newest)s{recent}
        ORDER BY start DESC LIMIT 1
    ) AS bar
"""
_RECENT = " AND start >= {since} AND start < {until}"


def last_prices(*, instrument_ids: Iterable[UUID], market_time: datetime) -> dict[UUID, LastPrice]:
    """Return the closes of the newest bars that had ended, each with the end of its bar.

    By one query, and another for those that did not trade in the market time's month and the one before.
    """
    wanted = set(instrument_ids)
    recent = of_recent_months(_LAST_BARS.format(recent=_RECENT), market_time)
    found = _last_bars(recent, wanted, market_time)
    if silent := wanted - found.keys():
        found |= _last_bars(_LAST_BARS.format(recent=""), silent, market_time)
    return found


def _last_bars(statement: str, wanted: Iterable[UUID], market_time: datetime) -> dict[UUID, LastPrice]:
    values: dict[str, Any] = {"instruments": list(wanted), "newest": market_time - BAR_LENGTH}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {pk: LastPrice(close, start + BAR_LENGTH) for pk, close, start in cursor.fetchall()}


def bars_between(*, instrument_id: UUID, symbol: str, after: datetime, until: datetime) -> list[MinuteBar]:
    """Return the bars with after < start <= until, in order of start."""
    rows = Bar.objects.filter(instrument_id=instrument_id, start__gt=after, start__lte=until).order_by(
        "start"
    )
    return [MinuteBar(symbol, row.start, row.open, row.high, row.low, row.close, row.volume) for row in rows]


def run_of(order: Order) -> Run | None:
    """Return the work on an order; None for a rejected one, on which nobody works."""
    return Run.objects.filter(order_id=order.pk).first()


def has_run(order_id: UUID) -> bool:
    """Tell whether an algorithm works the order: one that is worked by hand has no run."""
    return Run.objects.filter(order_id=order_id).exists()


@dataclass(frozen=True)
class Progress:
    """Where the units of a worked order are, and when (market time) its next slice falls due."""

    filled_quantity: Decimal
    live_quantity: Decimal
    planned_quantity: Decimal
    unplanned_quantity: Decimal
    next_due_at: datetime | None


def progress_of(run: Run) -> Progress:
    """Return where the units of the run's order are, as of one moment."""
    return progress_of_runs([run])[run.pk]


def progress_of_runs(runs: Iterable[Run]) -> dict[UUID, Progress]:
    """Return by run where the units of its order are: one query, as of one moment."""
    planned = Slice.objects.filter(run=OuterRef("pk"), state=SliceState.PLANNED).order_by().values("run")
    live = VenueOrder.objects.filter(run=OuterRef("pk"), status__in=sorted(OPEN)).order_by().values("run")
    read = Run.objects.annotate(
        planned=Subquery(planned.annotate(sum=Sum("quantity")).values("sum")),
        next_due_at=Subquery(planned.annotate(first=Min("due_at")).values("first")),
        live=Subquery(live.annotate(sum=Sum(F("quantity") - F("filled_quantity"))).values("sum")),
    ).filter(pk__in=[run.pk for run in runs])
    columns = ("pk", "planned", "next_due_at", "live", "order__quantity", "order__filled_quantity")
    return {pk: _progress(*values) for pk, *values in read.values_list(*columns)}


def _progress(
    planned: Decimal | None,
    next_due_at: datetime | None,
    live: Decimal | None,
    quantity: Decimal,
    filled_quantity: Decimal,
) -> Progress:
    planned_quantity, live_quantity = planned or Decimal(0), live or Decimal(0)
    left = quantity - filled_quantity - live_quantity - planned_quantity
    return Progress(filled_quantity, live_quantity, planned_quantity, max(left, Decimal(0)), next_due_at)


@dataclass(frozen=True)
class WorkedSlice:
    """A planned slice, the venue order that carried it if one did, and that one's fills, oldest first."""

    slice: Slice
    venue_order: VenueOrder | None
    executions: list[Execution]


def planned_slices(order: Order) -> QuerySet[Slice]:
    """Return every slice that was ever planned for an order, in the order of planning."""
    return Slice.objects.filter(run__order_id=order.pk).order_by("id")


def slices_of(order: Order) -> list[WorkedSlice]:
    """Return every slice that was ever planned for an order, plan by plan, with what became of it: three queries."""
    return as_worked(order, planned_slices(order).order_by("plan", "number"))


def as_worked(order: Order, slices: Iterable[Slice]) -> list[WorkedSlice]:
    """Return these slices of an order with what became of them: two queries more."""
    rows = list(slices)
    venue_orders = {row.slice_id: row for row in venue_orders_of(order).filter(slice__in=rows)}
    carriers = [str(row.pk) for row in venue_orders.values()]
    fills: defaultdict[str, list[Execution]] = defaultdict(list)
    for execution in executions_in_force().filter(order=order, reported_for__in=carriers).order_by("pk"):
        fills[execution.reported_for].append(execution)
    carried = [(row, venue_orders.get(row.pk)) for row in rows]
    return [WorkedSlice(row, carrier, fills[str(carrier.pk)] if carrier else []) for row, carrier in carried]


def venue_orders_of(order: Order) -> QuerySet[VenueOrder]:
    """Return what went to the venue for an order, oldest first."""
    return VenueOrder.objects.filter(run__order_id=order.pk).select_related("routing_rule").order_by("id")


@dataclass(frozen=True)
class AlgorithmDescription:
    """An algorithm that a new order may name, and the JSON Schema of its parameters."""

    name: str
    version: int
    title: str
    parameters_schema: dict[str, Any]


def algorithm_descriptions() -> list[AlgorithmDescription]:
    """Return the newest version of every algorithm, by name."""
    return [
        AlgorithmDescription(each.name, each.version, each.title, each.parameters.model_json_schema())
        for each in algorithms.all_latest()
    ]


def runs_to_plan(market_time: datetime) -> list[UUID]:
    """Return the runs to be planned: those that are new, oldest first, and those whose algorithms look again by now."""
    due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=recorded_now())
    alive = Run.objects.filter(due, dead_lettered_at=None, paused_at=None)
    new = alive.filter(state=RunState.NEW).order_by("recorded_at")
    again = alive.filter(state=RunState.WORKING, review_at__lte=market_time).order_by("review_at")
    return [pk for runs in (new, again) for pk in runs.values_list("pk", flat=True)[:_MOST_RUNS]]


def open_past_close(market_time: datetime) -> list[UUID]:
    """Return the orders that are still worked although their time is over."""
    past = Run.objects.filter(state__in=sorted(UNDER_WAY), works_until__lte=market_time)
    return list(past.order_by("works_until").values_list("order_id", flat=True)[:_BATCH])


def due_for_renewal(market_time: datetime) -> list[UUID]:
    """Return the orders that are done for the day and whose next session has opened."""
    due = Run.objects.filter(renews_at__lte=market_time).order_by("renews_at")
    return list(due.values_list("order_id", flat=True)[:_BATCH])


def stopped_with_nothing_live() -> list[UUID]:
    """Return the orders whose work was stopped and of which nothing can be filled any more: they wait to be settled."""
    live = VenueOrder.objects.filter(run=OuterRef("pk"), status__in=sorted(OPEN))
    stopped = Run.objects.filter(~Exists(live), state=RunState.STOPPING).order_by("id")
    return list(stopped.values_list("order_id", flat=True))


def trigger_of(order: Order) -> Trigger | None:
    """Return what the market has to do, or did, before an order works; None for one that does not wait."""
    return Trigger.objects.filter(run__order_id=order.pk).first()


def watch_of(trigger: Trigger) -> Watch:
    """Return what a trigger's row waits for."""
    return Watch(
        type=OrderType(trigger.type),
        side=Side(trigger.side),
        stop_price=trigger.stop_price,
        trail_price=trigger.trail_price,
        trail_percent=trigger.trail_percent,
        extreme=trigger.extreme,
        watched_from=trigger.watched_from,
    )


def bars_of_instruments(
    instrument_ids: Iterable[UUID], *, since: datetime, until: datetime
) -> dict[UUID, list[MinuteBar]]:
    """Return the bars with since <= start <= until by instrument, each in order of start: one query."""
    found: defaultdict[UUID, list[MinuteBar]] = defaultdict(list)
    rows = Bar.objects.filter(instrument_id__in=set(instrument_ids), start__gte=since, start__lte=until)
    for row in rows.order_by("start"):
        bar = MinuteBar("", row.start, row.open, row.high, row.low, row.close, row.volume)
        found[row.instrument_id].append(bar)
    return found


def last_stored_sequence(venue: str) -> int:
    """Return the sequence of the newest report that is stored; 0 before the first."""
    newest = VenueReport.objects.filter(venue=venue).order_by("-sequence")
    return newest.values_list("sequence", flat=True).first() or 0


def reports_to_apply(venue: str) -> list[UUID]:
    """Return reports that may be applied now, in sequence: at most one of each venue order.

    A report waits for an earlier one of its venue order that is not applied yet, unless that is a dead letter or itself
    waits for an execution; and for that execution where it came before it.
    """
    waiting = VenueReport.objects.filter(venue=venue, applied_at=None, dead_lettered_at=None)
    earlier = waiting.filter(
        client_order_id=OuterRef("client_order_id"), sequence__lt=OuterRef("sequence"), waits_for=None
    )
    booked = executions_at(venue).filter(venue_execution_id=OuterRef("waits_for"))
    due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=recorded_now())
    free = Q(waits_for=None) | Exists(booked)
    ready = waiting.filter(due, free).exclude(Exists(earlier)).order_by("sequence")
    return list(ready.values_list("pk", flat=True)[:_BATCH])


def unresolved_venue_orders(actor: Actor, *, older_than: timedelta) -> "QuerySet[Any]":
    """Return the venue orders of which the venue's word is still missing after `older_than` (recorded time).

    Each with `unknown_since`: when it was to be sent, or its cancel was asked for.
    """
    orders = orders_with(actor, VIEW_OPERATIONS).values("pk")
    waiting = VenueOrder.objects.filter(next_attempt_at__isnull=False, run__order_id__in=orders)
    since = waiting.annotate(unknown_since=Coalesce("cancel_requested_at", "recorded_at"))
    return since.filter(unknown_since__lte=recorded_now() - older_than)
