"""Pause the work on an order, and let it go on: a person's decision, with a reason."""

from uuid import UUID

from execution.commands import PauseRun, ResumeRun
from execution.errors import RunNotPaused, RunNotUnderWay
from execution.events import RunPaused, RunResumed
from execution.models import Run
from execution.models.run import UNDER_WAY, RunState
from execution.services.run_for import account_facts, run_for
from execution.services.settle import settle
from execution.services.stop_run import withdraw_and_ask_back
from execution.wake import RESOLVE, WORK_RUNS, wake_on_commit
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.risk.kill_switch import require_not_stopped
from orders.selectors import market_now


@service
def pause_run(*, actor: Actor, order_id: UUID, command: PauseRun) -> Run:
    """Send nothing more of the order, ask back what is live at the venue, and return the run.

    What is filled meanwhile is booked. The run's time goes on: it ends when it is over, paused or not. Raises
    OrderNotFound, NotPermitted without amend_orders, RunNotFound, and RunNotUnderWay where it is over, being stopped
    or paused already. What a bust paused is paused by a person as well: then what is live is asked back.
    """
    order, run = run_for(actor, order_id)
    if run.state not in UNDER_WAY or (run.paused_at is not None and run.state != RunState.WORKING):
        state = "paused" if run.paused_at else str(run.state)
        raise RunNotUnderWay(f"the run is {state}", run_state=state)
    run.paused_at, run.review_at = recorded_now(), None
    if run.state == RunState.WORKING:
        run.state = RunState.RECALLING
    run.version += 1
    run.save(update_fields=["paused_at", "review_at", "state", "version"])
    publish(RunPaused(**account_facts(actor, order), reason=command.reason))
    if withdraw_and_ask_back([run.pk]):
        wake_on_commit(RESOLVE)
    settle(actor=actor, order=order, run=run)
    return run


@service
def resume_run(*, actor: Actor, order_id: UUID, command: ResumeRun) -> Run:
    """Plan anew what remains of a paused order, once what is still live at the venue has ended; returns the run.

    Raises OrderNotFound, NotPermitted without amend_orders, RunNotFound, RunNotPaused, and RiskRefused while a kill
    switch stops the order.
    """
    order, run = run_for(actor, order_id)
    if run.paused_at is None or run.state not in UNDER_WAY:
        raise RunNotPaused(f"the run is {run.state}", run_state=str(run.state))
    require_not_stopped(order, asked_by=actor.user_id)
    run.paused_at = None
    if run.state == RunState.WORKING:
        run.review_at = market_now()  # a bust had paused it, and what it took back is nobody's plan yet
    run.version += 1
    run.save(update_fields=["paused_at", "review_at", "version"])
    publish(RunResumed(**account_facts(actor, order), reason=command.reason))
    wake_on_commit(WORK_RUNS, str(run.pk))
    return run
