"""Keep what algorithms plan, of many runs at once: slices as rows, and what each run's last look said."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from execution.algorithms import IntendedSlice, Plan, VenueTerms
from execution.models import Run, Slice
from execution.models.run import RunState, SliceState
from execution.services.workloads import Workload
from orders.kernel.transactions import step
from orders.terms import OrderType, TimeInForce

_KEEP = """
    UPDATE execution_run AS run
    SET state = %(working)s, plan = kept.plan, review_at = kept.review_at, why = kept.why, attempts = 0,
        next_attempt_at = NULL, last_error = '', version = run.version + 1
    FROM unnest(%(runs)s::uuid[], %(plans)s::int[], %(reviews)s::timestamptz[], %(whys)s::text[])
        AS kept(id, plan, review_at, why)
    WHERE run.id = kept.id
"""


@dataclass(frozen=True)
class Planned:
    """A locked run, what its algorithm plans now, and the terms of slices that have none of their own."""

    load: Workload
    plan: Plan
    terms: VenueTerms


@step
def keep_plans(planned: Collection[Planned]) -> None:
    """Write plans down: where one says what the slices that wait say already, those stay; else they are withdrawn."""
    waiting = _planned_slices([each.load.run for each in planned if each.load.run.state == RunState.WORKING])
    renewed = [each for each in planned if _slices_of(each) != waiting.get(each.load.run.pk)]
    for each in renewed:
        each.load.run.plan += 1
    _withdraw([each.load.run.pk for each in renewed if each.load.run.pk in waiting])
    Slice.objects.bulk_create([row for each in renewed for row in _rows(each)])
    _keep_runs(planned)


_Told = tuple[datetime, Decimal, VenueTerms]
"""What a slice says: when, how much, and under which terms."""


def terms_of(row: Slice) -> VenueTerms:
    """Return the terms under which a slice's row goes to the venue."""
    return VenueTerms(
        OrderType(row.type),
        TimeInForce(row.time_in_force),
        row.limit_price,
        row.display_quantity,
        row.minimum_quantity,
    )


def _planned_slices(runs: Iterable[Run]) -> dict[UUID, list[_Told]]:
    """Return what the slices say that wait of each of these runs, in order of time."""
    found: dict[UUID, list[_Told]] = {run.pk: [] for run in runs}
    if found:
        rows = Slice.objects.filter(run__in=found, state=SliceState.PLANNED).order_by("due_at", "number")
        for row in rows:
            found[row.run_id].append((row.due_at, row.quantity, terms_of(row)))
    return found


def _slices_of(planned: Planned) -> list[_Told]:
    return [(each.due_at, each.quantity, each.terms or planned.terms) for each in planned.plan.slices]


def _withdraw(run_ids: list[UUID]) -> None:
    if run_ids:
        waiting = Slice.objects.filter(run__in=run_ids, state=SliceState.PLANNED)
        waiting.update(state=SliceState.WITHDRAWN)


def _rows(planned: Planned) -> list[Slice]:
    return [_row(planned, each) for each in planned.plan.slices]


def _row(planned: Planned, intended: IntendedSlice) -> Slice:
    load, terms = planned.load, intended.terms or planned.terms
    return Slice(
        run=load.run,
        plan=load.run.plan,
        number=intended.number,
        symbol=load.order.instrument.symbol,
        side=load.order.side,
        type=terms.type,
        time_in_force=terms.time_in_force,
        quantity=intended.quantity,
        limit_price=terms.limit_price,
        display_quantity=terms.display_quantity,
        minimum_quantity=terms.minimum_quantity,
        due_at=intended.due_at,
    )


def _keep_runs(planned: Collection[Planned]) -> None:
    if not planned:
        return
    values: dict[str, Any] = {
        "working": str(RunState.WORKING),
        "runs": [each.load.run.pk for each in planned],
        "plans": [each.load.run.plan for each in planned],
        "reviews": [each.plan.review_at for each in planned],
        "whys": [str(each.plan.why) for each in planned],
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)
