"""Stop the work on an order: nothing more is sent, and what is live at the venue is asked back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from execution.models import Run, Slice, VenueOrder
from execution.models.run import RunState, SliceState
from execution.services.locks import lock_run
from execution.services.settle import settle
from execution.wake import RESOLVE, SETTLE, wake_on_commit
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service, step
from orders.models import Order
from orders.services import lock_order
from orders.states import OrderStatus, Stimulus, allows

_CANCELLABLE = [status for status in OrderStatus if allows(status, Stimulus.REQUEST_CANCEL)]


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
    runs = Run.objects.filter(order_id__in=order_ids).order_by("id")
    ids = list(runs.select_for_update(no_key=True).values_list("pk", flat=True))
    _withdraw_and_ask_back(run__in=ids)
    Run.objects.filter(pk__in=ids).update(state=RunState.STOPPING, version=F("version") + 1)
    wake_on_commit(SETTLE)
    wake_on_commit(RESOLVE)


@service
def settle_stopped(*, actor: Actor, order_id: UUID) -> None:
    """Answer the request for which a run was stopped, where nothing of it is live."""
    order = lock_order(order_id)
    run = lock_run(order_id)
    if run.state == RunState.STOPPING:
        settle(actor=actor, order=order, run=run)


@service
def close_run(*, actor: Actor, order_id: UUID, market_time: datetime) -> None:
    """Stop because the session closed.

    The venue expires what it has of this session; a cancel finds that too late. What reached it after the close, and
    would live on into the next session, and what may still be under way, is cancelled.
    """
    order = lock_order(order_id)
    run = lock_run(order_id)
    if run.state in (RunState.NEW, RunState.WAITING, RunState.WORKING) and run.session_close <= market_time:
        _stop(actor, order, run)


def _stop(actor: Actor, order: Order, run: Run) -> None:
    if _withdraw_and_ask_back(run=run):
        wake_on_commit(RESOLVE)
    run.state = RunState.STOPPING
    run.version += 1
    run.save(update_fields=["state", "version"])
    settle(actor=actor, order=order, run=run)


def _withdraw_and_ask_back(**of_runs: Any) -> int:
    """Send nothing more of these runs, and ask back what is live of them; returns how many venue orders are."""
    Slice.objects.filter(**of_runs, state=SliceState.PLANNED).update(state=SliceState.WITHDRAWN)
    now = recorded_now()
    return VenueOrder.objects.filter(**of_runs, status__in=_CANCELLABLE).update(
        status=OrderStatus.PENDING_CANCEL,
        cancel_requested_at=now,
        attempts=0,
        next_attempt_at=now,
        dead_lettered_at=None,
        version=F("version") + 1,
    )
