"""Plan runs, many at once: their algorithms' slices become rows, and the database is the scheduler from there on.

An order that the market has to trigger first is armed in place of it, and planned when that has happened. A run whose
algorithm wants to look again, or whose slices something hinders, is planned anew from what remains.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.db.models import Q

from execution.models import Run
from execution.models.run import RunState
from execution.selectors import runs_to_plan
from execution.services.failed_runs import count_failures, record_run_failure
from execution.services.keep_plans import Planned, keep_plans
from execution.services.locks import lock_run
from execution.services.triggers import arm
from execution.services.workloads import Workload, workloads
from execution.wake import EVALUATE_TRIGGERS, wake_on_commit
from orders.kernel.one_by_one import one_by_one
from orders.kernel.transactions import service, step
from orders.services import awaits_trigger, is_stopped, lock_order, not_stopped

BATCH_RUNS = 500


def plan_due(*, market_time: datetime) -> None:
    """Plan every run that is new, or whose algorithm wants to look again at `market_time`."""
    plan_runs(run_ids=runs_to_plan(market_time), market_time=market_time)


def plan_runs(*, run_ids: Collection[UUID], market_time: datetime) -> None:
    """Plan those of the runs that are to be planned. One that cannot be is tried again later, and at last becomes a
    dead letter; it holds up no other.
    """
    ids = list(run_ids)
    for start in range(0, len(ids), BATCH_RUNS):
        _plan(ids[start : start + BATCH_RUNS], market_time)


def _plan(run_ids: list[UUID], market_time: datetime) -> None:
    try:
        waiting = _plan_batch(run_ids=run_ids, market_time=market_time)
    except (OperationalError, InterfaceError):
        raise  # not the runs' fault: beat finds them again
    except Exception as error:  # noqa: BLE001 - one of them has what nothing can hold: the row has to say it
        if len(run_ids) == 1:
            record_run_failure(run_id=run_ids[0], error=error)
        else:
            one_by_one(lambda run_id: _plan([run_id], market_time), run_ids)
        return
    one_by_one(lambda run_id: _arm(run_id=run_id), waiting)


@service
def _plan_batch(*, run_ids: list[UUID], market_time: datetime) -> list[UUID]:
    """Plan a batch in one transaction; returns those whose orders wait for the market, which are not planned yet."""
    loads = workloads(_locked(run_ids, market_time), market_time=market_time)
    waiting = [load.run.pk for load in loads if awaits_trigger(load.order)]
    plan_loads([load for load in loads if not awaits_trigger(load.order)], market_time=market_time)
    return waiting


def _locked(run_ids: list[UUID], market_time: datetime) -> list[Run]:
    """Lock those that are to be planned; workers pass over what another one, or a fill, holds."""
    wants = Q(state=RunState.NEW) | Q(state=RunState.WORKING, review_at__lte=market_time)
    runs = Run.objects.filter(
        wants, not_stopped("order_id"), pk__in=run_ids, dead_lettered_at=None, paused_at=None
    ).order_by("pk")
    return list(runs.select_for_update(of=("self",), no_key=True, skip_locked=True))


@step
def plan_loads(loads: Collection[Workload], *, market_time: datetime) -> None:
    """Plan locked runs. Whatever an algorithm raises is kept with its run alone."""
    planned, errors = [], {}
    for load in loads:
        try:
            planned.append(_planned(load, market_time))
        except Exception as error:  # noqa: BLE001 - an algorithm may raise anything, and the row has to say it
            errors[load.run.pk] = error
    keep_plans(planned)
    count_failures(errors)


def _planned(load: Workload, market_time: datetime) -> Planned:
    algorithm, run = load.algorithm, load.run
    # What is not bound to the market is planned as of when it came in, whenever that is done.
    plan_from = max(run.plan_from, market_time) if algorithm.is_bound else run.plan_from
    plan = algorithm.plan(load.parent, load.parameters, market=load.market, market_time=plan_from)
    return Planned(load, plan, algorithm.venue_terms(load.parent))


@service
def _arm(*, run_id: UUID) -> None:
    """Let a run whose order waits for the market wait."""
    order = lock_order(Run.objects.values_list("order_id", flat=True).get(pk=run_id))
    run = lock_run(order.pk)
    if run.state != RunState.NEW or not awaits_trigger(order) or is_stopped(order):
        return
    arm(order=order, run=run)
    run.state = RunState.WAITING
    run.version += 1
    run.save(update_fields=["state", "version"])
    wake_on_commit(EVALUATE_TRIGGERS)
