"""Stop the work on an order: nothing more is sent, and what is live at the venue is asked back."""

from datetime import datetime
from uuid import UUID

from django.db.models import F

from execution.models import Run, Slice, VenueOrder
from execution.models.run import RunState, SliceState
from execution.services.locks import lock_run
from execution.services.settle import settle
from execution.wake import RESOLVE, wake_on_commit
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
    Slice.objects.filter(run=run, state=SliceState.PLANNED).update(state=SliceState.WITHDRAWN)
    now = recorded_now()
    requested = VenueOrder.objects.filter(run=run, status__in=_CANCELLABLE).update(
        status=OrderStatus.PENDING_CANCEL,
        cancel_requested_at=now,
        attempts=0,
        next_attempt_at=now,
        dead_lettered_at=None,
        version=F("version") + 1,
    )
    run.state = RunState.STOPPING
    run.version += 1
    run.save(update_fields=["state", "version"])
    if requested:
        wake_on_commit(RESOLVE)
    settle(actor=actor, order=order, run=run)
