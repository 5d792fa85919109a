"""Doors to the services: what beat and the handlers wake. Each may run twice, or never, without harm."""

from uuid import UUID

from celery import shared_task

from execution.selectors import due_for_renewal, open_past_close
from execution.services.dispatch import dispatch
from execution.services.plan_runs import plan_due, plan_runs
from execution.services.reconcile import reconcile
from execution.services.renew_run import renew_run
from execution.services.resolve import resolve
from execution.services.stop_run import close_run, settle_all_stopped
from execution.services.triggers import evaluate_triggers
from execution.venue_access import venue_clients
from execution.wake import EVALUATE_TRIGGERS, RESOLVE, SETTLE, SWEEP, WORK_RUNS
from orders.kernel.context import correlated, process_actor
from orders.kernel.one_by_one import one_by_one
from orders.selectors import market_now
from orders.services import sweep_all

WORKER = process_actor("worker")
EXECUTION = process_actor("execution")
KILL_SWITCH = process_actor("kill_switch")


@shared_task(name=WORK_RUNS)
def work_runs(runs: list[tuple[str, str]]) -> None:
    """Plan runs, each under the correlation id of who placed its order, and send what is due."""
    for run_id, cause in runs:
        with correlated(cause):
            one_by_one(_plan, [run_id])
    dispatch(actor=WORKER, venues=venue_clients(), market_time=market_now())


def _plan(run_id: str) -> None:
    plan_runs(run_ids=[UUID(run_id)], market_time=market_now())


@shared_task(name="execution.dispatch_due_slices")
def dispatch_due_slices() -> None:
    """Send every slice that is due."""
    dispatch(actor=WORKER, venues=venue_clients(), market_time=market_now())


@shared_task(name=RESOLVE)
def resolve_venue_orders() -> None:
    """Ask about what no answer came for."""
    resolve(actor=WORKER, venues=venue_clients(), market_time=market_now())


@shared_task(name="execution.reconcile_with_venue")
def reconcile_with_venue() -> None:
    """Hold each venue's record of what is live, or ended lately, against ours."""
    clients = venue_clients()
    one_by_one(lambda code: reconcile(actor=WORKER, code=code, venue=clients[code]), clients)


@shared_task(name="execution.plan_due_runs")
def plan_due_runs() -> None:
    """Plan the runs that nothing woke, that could not be planned before, or whose algorithms look again."""
    plan_due(market_time=market_now())


@shared_task(name=EVALUATE_TRIGGERS)
def hold_against_market() -> None:
    """Trigger the orders that the market has reached."""
    evaluate_triggers(actor=WORKER, market_time=market_now())


@shared_task(name="execution.close_runs")
def close_runs() -> None:
    """Stop the runs whose session has closed, once its last bar has had its say about those that wait for a price."""
    market_time = market_now()
    evaluate_triggers(actor=WORKER, market_time=market_time)
    one_by_one(
        lambda order_id: close_run(actor=WORKER, order_id=order_id, market_time=market_time),
        open_past_close(market_time),
    )


@shared_task(name="execution.renew_runs")
def renew_runs() -> None:
    """Put to work what was done for the day."""
    market_time = market_now()
    one_by_one(
        lambda order_id: renew_run(actor=WORKER, order_id=order_id, market_time=market_time),
        due_for_renewal(market_time),
    )


@shared_task(name=SWEEP)
def sweep_kill_switches() -> None:
    """Ask what is open in the scope of an engaged kill switch to be canceled."""
    sweep_all(actor=KILL_SWITCH)


@shared_task(name=SETTLE)
def settle_stopped_runs() -> None:
    """Answer the cancels of orders of which nothing is live at the venue."""
    settle_all_stopped(actor=EXECUTION)
