"""Stop the work on an order: nothing more is sent, and what is live at the venue is asked back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from execution.models import Run, Slice, VenueOrder
from execution.models.run import UNDER_WAY, RunState, SliceState
from execution.selectors import stopped_with_nothing_live
from execution.services.locks import lock_run
from execution.services.settle import settle
from execution.session import session_ending_at
from execution.wake import RESOLVE, SETTLE, wake_on_commit
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.one_by_one import one_by_one
from orders.kernel.transactions import service, step
from orders.models import Order
from orders.services import lock_order
from orders.states import OPEN, OrderStatus, Stimulus, allows

_CANCELLABLE = [str(status) for status in OrderStatus if allows(status, Stimulus.REQUEST_CANCEL)]

# Written out, with arrays: hundreds of ids in a query set take longer to compile than to execute.
_STOP_RUNS = """
    UPDATE execution_run SET state = %s, version = version + 1 WHERE order_id = ANY(%s) RETURNING id
"""
_WITHDRAW_SLICES = """
    UPDATE execution_slice SET state = %(withdrawn)s WHERE run_id = ANY(%(runs)s) AND state = %(planned)s
"""
_ASK_BACK = """
    UPDATE execution_venueorder
    SET status = %(pending_cancel)s, cancel_requested_at = %(now)s, next_attempt_at = %(now)s,
        attempts = 0, dead_lettered_at = NULL, version = version + 1
    WHERE run_id = ANY(%(runs)s) AND status = ANY(%(cancellable)s)
"""


@step
def stop_run(*, actor: Actor, order_id: UUID) -> None:
    """Stop because a cancel or a replace was asked for, in the transaction that asks.

    Where nothing is live at the venue the request is answered at once.
    """
    order = lock_order(order_id)
    _stop(actor, order, lock_run(order_id))


@step
def stop_runs(*, order_ids: Sequence[UUID]) -> None:
    """Do what `stop_run` does for many locked orders at once; what nothing is live of, `settle_stopped` answers."""
    with connection.cursor() as cursor:
        cursor.execute(_STOP_RUNS, [str(RunState.STOPPING), list(order_ids)])
        runs = [row[0] for row in cursor.fetchall()]
    asked_back = withdraw_and_ask_back(runs)
    if asked_back:
        wake_on_commit(RESOLVE)
    if asked_back < len(runs):
        wake_on_commit(SETTLE)


def settle_all_stopped(*, actor: Actor) -> None:
    """Answer the requests for which runs were stopped and of which nothing is live."""
    one_by_one(lambda order_id: settle_stopped(actor=actor, order_id=order_id), stopped_with_nothing_live())


@service
def settle_stopped(*, actor: Actor, order_id: UUID) -> None:
    """Answer the request for which a run was stopped, where nothing of it is live."""
    order = lock_order(order_id)
    run = lock_run(order_id)
    if run.state == RunState.STOPPING:
        settle(actor=actor, order=order, run=run)


@service
def close_run(*, actor: Actor, order_id: UUID, market_time: datetime) -> None:
    """Stop because its time is over: its algorithm's end, or its session's close. What completes an order may be filled
    until the close.

    The venue expires what it has of this session; a cancel finds that too late. What reached it after the close, and
    would live on into the next session, and what may still be under way, is cancelled.
    """
    order = lock_order(order_id)
    run = lock_run(order_id)
    if run.state not in UNDER_WAY or run.works_until > market_time:
        return
    closes_at = session_ending_at(run.works_until, order.instrument.mic).close
    if closes_at > market_time and _is_being_completed(run):
        Slice.objects.filter(run=run, state=SliceState.PLANNED).update(state=SliceState.WITHDRAWN)
        run.works_until, run.review_at = closes_at, None
        run.version += 1
        run.save(update_fields=["works_until", "review_at", "version"])
        return
    _stop(actor, order, run)


def _is_being_completed(run: Run) -> bool:
    """Tell whether what is live at the venue was sent to complete the order: it may be filled after the end."""
    live = VenueOrder.objects.filter(run=run, status__in=sorted(OPEN))
    return run.state == RunState.WORKING and bool(run.parameters.get("must_complete")) and live.exists()


def _stop(actor: Actor, order: Order, run: Run) -> None:
    if withdraw_and_ask_back([run.pk]):
        wake_on_commit(RESOLVE)
    run.state = RunState.STOPPING
    run.version += 1
    run.save(update_fields=["state", "version"])
    settle(actor=actor, order=order, run=run)


@step
def withdraw_and_ask_back(run_ids: list[UUID]) -> int:
    """Send nothing more of these runs, and ask back what is live of them; returns how many venue orders are."""
    values: dict[str, Any] = {
        "runs": run_ids,
        "planned": str(SliceState.PLANNED),
        "withdrawn": str(SliceState.WITHDRAWN),
        "cancellable": _CANCELLABLE,
        "pending_cancel": str(OrderStatus.PENDING_CANCEL),
        "now": recorded_now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW_SLICES, values)
        cursor.execute(_ASK_BACK, values)
        return int(cursor.rowcount)
