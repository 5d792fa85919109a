"""What becomes of an order when nothing of it is live at a venue and nothing more is planned."""

from django.db.models import Q

from execution.models import Run, Slice, VenueOrder
from execution.models.run import RunState, SliceState
from execution.wake import WORK_RUN, wake_on_commit
from orders.kernel.context import Actor
from orders.kernel.transactions import step
from orders.models import Order
from orders.services import accept_replacement, confirm_cancel, expire_order, reject_cancel
from orders.states import OPEN, TERMINAL, OrderStatus


@step
def settle(*, actor: Actor, order: Order, run: Run) -> None:
    """Bring a locked order to where its ended venue orders leave it; nothing while one of them may still fill.

    A pending cancel is confirmed, or rejected when all was filled meanwhile. A pending replace comes into force,
    and what remains is planned anew. Otherwise the order ends as its venue orders did.
    """
    if run.state not in (RunState.WORKING, RunState.STOPPING) or _is_anything_open(run):
        return
    if order.status == OrderStatus.PENDING_REPLACE:
        accept_replacement(actor=actor, order=order)
    elif order.status not in TERMINAL:
        _end(actor, order, run)
    if order.status in TERMINAL:
        _save_state(run, RunState.DONE)
    else:
        _plan_anew(run)


def _is_anything_open(run: Run) -> bool:
    planned = Slice.objects.filter(run=run, plan=run.plan, state=SliceState.PLANNED)
    live = VenueOrder.objects.filter(run=run, status__in=sorted(OPEN))
    return planned.exists() or live.exists()


def _plan_anew(run: Run) -> None:
    run.attempts, run.next_attempt_at, run.last_error, run.dead_lettered_at = 0, None, "", None
    run.save(update_fields=["attempts", "next_attempt_at", "last_error", "dead_lettered_at"])
    _save_state(run, RunState.NEW)
    wake_on_commit(WORK_RUN, str(run.pk))


def _end(actor: Actor, order: Order, run: Run) -> None:
    ended = VenueOrder.objects.filter(run=run)
    if order.status == OrderStatus.PENDING_CANCEL:
        if order.filled_quantity == order.quantity:
            reject_cancel(actor=actor, order=order, reason="filled")
        else:
            confirm_cancel(actor=actor, order=order)
    elif run.state == RunState.STOPPING or ended.filter(status=OrderStatus.EXPIRED).exists():
        # Stopped without a request: the session closed.
        expire_order(actor=actor, order=order, reason="session_closed")
    else:
        last = ended.filter(~Q(reason="")).order_by("-id").values_list("reason", flat=True).first()
        confirm_cancel(actor=actor, order=order, reason=last or "")


def _save_state(run: Run, state: RunState) -> None:
    run.state = state
    run.version += 1
    run.save(update_fields=["state", "version"])
