"""Claim what is due: a slice becomes a venue order that nobody else will send, or its run is planned anew.

Slices of algorithms that are bound to the market are held against it: a price beyond the limit, a participation cap or
lateness hinders one, and then the algorithm decides anew. Several that are due together become one that is bounded.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.db.models import F, Min, Q

from execution.algorithms import IntendedSlice, Why, is_bound
from execution.algorithms.release import hindrance
from execution.backoff import LEASE
from execution.models import Run, Slice, VenueOrder
from execution.models.run import RunState, SliceState
from execution.routing import Route
from execution.services.failed_runs import count_failures, record_run_failure
from execution.services.keep_plans import terms_of
from execution.services.plan_runs import plan_loads
from execution.services.route_slices import route_slices
from execution.services.workloads import Workload, workloads
from execution.venues.protocol import MOST_NEW_ORDERS
from orders.kernel.clock import recorded_now
from orders.kernel.statements import Statement
from orders.kernel.transactions import service, step
from orders.services import not_stopped

BATCH_RUNS = 40
"""An algorithm that is bound to the market has one slice to send at a time; together they fit into one message."""
UNROUTED_PAUSE = timedelta(seconds=2)
"""So long (recorded time) a run of which no venue takes anything is left: each look at it is a statement."""
_CANDIDATES = 200
"""So many runs are looked at where other workers hold the first ones."""

_LOCK = Statement("""
    SELECT run.id
    FROM unnest(%(candidates)s::uuid[]) WITH ORDINALITY AS candidate(id, place)
    JOIN execution_run AS run ON run.id = candidate.id
    WHERE run.state = 'working' AND run.works_until > %(market_time)s::timestamptz
        AND run.dead_lettered_at IS NULL AND run.paused_at IS NULL
        AND (run.next_attempt_at IS NULL OR run.next_attempt_at <= %(now)s::timestamptz)
    ORDER BY candidate.place
    LIMIT %(most)s::int
    FOR NO KEY UPDATE OF run SKIP LOCKED
""")


@dataclass
class Claim:
    """What a batch came to: venue orders to be sent, and the runs that did not get any.

    `hindered` are those that were planned anew, `unrouted` those of which no venue takes what is due.
    """

    venue_orders: list[VenueOrder] = field(default_factory=list)
    hindered: set[UUID] = field(default_factory=set)
    unrouted: set[UUID] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to be done."""
        return not (self.venue_orders or self.hindered or self.unrouted)


def claim_due(
    *, market_time: datetime, answering: Collection[str], passed_over: Collection[UUID] = ()
) -> Claim:
    """Claim the due slices of a batch of runs, of those first that have waited longest; not of those `passed_over`.

    Each goes to the venue that the rules in force choose among those `answering`, by code; else it stays planned.

    Workers pass over what another one holds. When this process dies now, the lease runs out and the venue is asked.
    What a kill switch stops stays planned: its cancel withdraws it. A run that is hindered is planned anew; what that
    makes due at once is claimed by the next batch. A run that breaks its batch is tried again later, and at last
    becomes a dead letter.
    """
    try:
        return _claim_batch(market_time=market_time, answering=answering, passed_over=passed_over)
    except (OperationalError, InterfaceError):
        raise  # not the runs' fault: beat finds them again
    except Exception:  # noqa: BLE001 - told with the run whose error it is
        return _claim_one(market_time, answering, passed_over)


def _claim_one(market_time: datetime, answering: Collection[str], passed_over: Collection[UUID]) -> Claim:
    """Claim of the first run of a batch that has something to send; those that cannot be claimed say why."""
    passed, unrouted = set[UUID](), set[UUID]()
    for run_id in service(_candidates)(market_time, passed_over)[:BATCH_RUNS]:
        try:
            claim = _claim_batch(
                market_time=market_time, answering=answering, passed_over=passed_over, alone=run_id
            )
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 - an instrument, or a plan, that nothing can hold
            record_run_failure(run_id=run_id, error=error)
            claim = Claim(hindered={run_id})
        passed |= claim.hindered
        unrouted |= claim.unrouted
        if claim.venue_orders:
            return Claim(claim.venue_orders, passed, unrouted)
    return Claim([], passed, unrouted)


@service
def _claim_batch(
    *,
    market_time: datetime,
    answering: Collection[str],
    passed_over: Collection[UUID],
    alone: UUID | None = None,
) -> Claim:
    candidates = _candidates(market_time, passed_over)
    if alone is not None:
        candidates = [run_id for run_id in candidates if run_id == alone]
    runs = _locked(candidates, market_time)
    due = _due(runs, market_time)
    bound = [run for run in runs if is_bound(run.algorithm, run.algorithm_version)]
    sent: list[Slice] = []
    hindered: list[Workload] = []
    errors: dict[UUID, Exception] = {}
    for load in workloads(bound, market_time=market_time) if bound else ():
        try:
            hinders = _hindrance(load, due[load.run.pk], market_time)
        except Exception as error:  # noqa: BLE001 - an algorithm may raise anything, and the row has to say it
            errors[load.run.pk] = error
            continue
        if hinders is None:
            sent += due[load.run.pk]
        else:
            hindered.append(load)
    plan_loads(hindered, market_time=market_time)
    count_failures(errors)
    free = [due[run.pk] for run in runs if run not in bound]
    sent += _taking_turns(free)[: MOST_NEW_ORDERS - len(sent)]
    claimed, unrouted = _routed(sent, runs, answering, market_time)
    return Claim(claimed, {load.run.pk for load in hindered} | errors.keys(), unrouted)


@step
def _candidates(market_time: datetime, passed_over: Collection[UUID]) -> list[UUID]:
    """Return the runs that have something due: those first whose slices have waited longest."""
    now = recorded_now()
    due = Slice.objects.filter(
        Q(run__next_attempt_at=None) | Q(run__next_attempt_at__lte=now),
        not_stopped("run__order_id"),
        state=SliceState.PLANNED,
        due_at__lte=market_time,
        run__state=RunState.WORKING,
        run__works_until__gt=market_time,
        run__dead_lettered_at=None,
        run__paused_at=None,
    ).exclude(run__in=passed_over)
    first = due.order_by().values_list("run_id").annotate(first=Min("due_at")).order_by("first", "run_id")
    return [run_id for run_id, _first in first[:_CANDIDATES]]


def _locked(candidates: Sequence[UUID], market_time: datetime) -> list[Run]:
    """Lock the runs of a batch, in their order, and none that another worker holds."""
    values = {
        "candidates": list(candidates),
        "market_time": market_time,
        "now": recorded_now(),
        "most": BATCH_RUNS,
    }
    ids = [row[0] for row in _LOCK.rows(values)]
    runs = Run.objects.in_bulk(ids)
    return [runs[run_id] for run_id in ids]


def _due(runs: Collection[Run], market_time: datetime) -> dict[UUID, list[Slice]]:
    due: defaultdict[UUID, list[Slice]] = defaultdict(list)
    rows = Slice.objects.filter(run__in=runs, state=SliceState.PLANNED, due_at__lte=market_time)
    for row in rows.order_by("due_at", "number"):
        due[row.run_id].append(row)
    return due


def _taking_turns(due: Sequence[Sequence[Slice]]) -> list[Slice]:
    """Return the slices of several runs, the first of each before the second of any: no run keeps up the others."""
    return [row for turn in zip_longest(*due) for row in turn if row is not None]


def _hindrance(load: Workload, due: Sequence[Slice], market_time: datetime) -> Why | None:
    return hindrance(
        [IntendedSlice(row.number, row.quantity, row.due_at, terms_of(row)) for row in due],
        load.parent,
        load.parameters,
        market=load.market,
        market_time=market_time,
    )


@step
def _routed(
    slices: Sequence[Slice], runs: Sequence[Run], answering: Collection[str], market_time: datetime
) -> tuple[list[VenueOrder], set[UUID]]:
    """Make venue orders of the slices that a venue takes; returns them, and the runs of the others."""
    by_id = {run.pk: run for run in runs}
    routes = route_slices(slices, by_id, answering=answering)
    routed = list(zip(slices, routes, strict=True))
    chosen = [(row, each.venue, each) for row, each in routed if each.venue is not None]
    unrouted = {row.run_id for row, each in routed if each.venue is None}
    _leave(unrouted)
    _free(row.run_id for row, _venue, _route in chosen if by_id[row.run_id].why == Why.NO_VENUE)
    return _claimed(chosen, market_time), unrouted


def _leave(run_ids: Collection[UUID]) -> None:
    """Let runs say why nothing of them goes out, and be looked at again in a while: they keep up no others."""
    if run_ids:
        again = recorded_now() + UNROUTED_PAUSE
        runs = Run.objects.filter(pk__in=run_ids)
        runs.update(why=Why.NO_VENUE, next_attempt_at=again, version=F("version") + 1)


def _free(run_ids: Iterable[UUID]) -> None:
    """Let runs of which something goes out again say so no longer."""
    freed = set(run_ids)
    if freed:
        Run.objects.filter(pk__in=freed).update(why="", version=F("version") + 1)


def _claimed(chosen: Sequence[tuple[Slice, str, Route]], market_time: datetime) -> list[VenueOrder]:
    if not chosen:
        return []
    Slice.objects.filter(pk__in=[row.pk for row, _venue, _route in chosen]).update(state=SliceState.SENT)
    return VenueOrder.objects.bulk_create([_venue_order(*each, market_time) for each in chosen])


def _venue_order(row: Slice, venue: str, route: Route, market_time: datetime) -> VenueOrder:
    now = recorded_now()
    return VenueOrder(
        slice=row,
        run_id=row.run_id,
        venue=venue,
        routing_rule_id=route.rule,
        passed_over=[[code, str(why)] for code, why in route.passed_over],
        symbol=row.symbol,
        side=row.side,
        type=row.type,
        time_in_force=row.time_in_force,
        quantity=row.quantity,
        limit_price=row.limit_price,
        display_quantity=row.display_quantity,
        minimum_quantity=row.minimum_quantity,
        attempts=1,
        next_attempt_at=now + LEASE,
        market_time=market_time,
        recorded_at=now,
    )
