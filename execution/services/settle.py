"""What becomes of an order when nothing of it is live at a venue and nothing more is planned."""

from datetime import datetime

from django.db.models import Q, QuerySet

from execution.algorithms.release import PATIENCE
from execution.models import Run, VenueOrder
from execution.models.run import RunState, SliceState
from execution.services.end_of_session import end_of_session
from execution.services.look_again import is_left_to_algorithm, look_again
from execution.session import session_ending_at
from execution.venue_reads import calendars_of_venues
from execution.venues.hours import is_in_session
from execution.venues.protocol import Reason
from execution.wake import WORK_RUNS, wake_on_commit
from orders.kernel.context import Actor
from orders.kernel.statements import Statement
from orders.kernel.transactions import step
from orders.models import Order
from orders.selectors import market_now
from orders.services import (
    accept_replacement,
    confirm_cancel,
    expire_order,
    finish_day,
    is_stopped,
    reject_cancel,
)
from orders.states import OPEN, TERMINAL, OrderStatus, Stimulus, allows
from orders.terms import RESTING, TimeInForce

# Written out: the gateway asks it for every report that ends a venue order.
_OPEN = Statement(f"""
    SELECT EXISTS (
        SELECT 1 FROM execution_slice WHERE run_id = %(run)s AND plan = %(plan)s AND state = '{SliceState.PLANNED}'
    ) OR EXISTS (
        SELECT 1 FROM execution_venueorder WHERE run_id = %(run)s AND status = ANY(%(open)s::text[])
    )
""")  # noqa: S608 - a word of our own


@step
def settle(*, actor: Actor, order: Order, run: Run) -> None:
    """Bring a locked order to where its ended venue orders leave it; nothing while one of them may still fill.

    A pending cancel is confirmed, or rejected when all was filled meanwhile. A pending replace comes into force,
    and what remains is planned anew, as is that of a run that was paused. An algorithm that is bound to the market
    looks again at what remains. What expired because its venue alone closed is planned anew. An order that outlives its
    session is planned for the next one. Otherwise the order ends as its venue orders did. No new terms come into force
    while a kill switch stops the order: its request to cancel withdraws them.
    """
    if run.state not in (RunState.WORKING, RunState.RECALLING, RunState.STOPPING):
        return
    if is_left_to_algorithm(order, run):
        look_again(run)
        return
    if _is_anything_open(run):
        return
    if order.status == OrderStatus.PENDING_REPLACE and is_stopped(order):
        return
    if run.state == RunState.RECALLING and order.status not in TERMINAL:
        _plan_anew(run, max(market_now(), run.plan_from))
        return
    plan_from = _answered(actor, order, run)
    if plan_from is None:
        _save_state(run, RunState.DONE)
    else:
        _plan_anew(run, plan_from)


def _is_anything_open(run: Run) -> bool:
    return bool(_OPEN.row({"run": run.pk, "plan": run.plan, "open": sorted(OPEN)})[0])


def _answered(actor: Actor, order: Order, run: Run) -> datetime | None:
    """Answer what was asked of the order, or end it; returns from when what remains is planned, None where it ended."""
    if order.status == OrderStatus.PENDING_REPLACE:
        accept_replacement(actor=actor, order=order)
    elif order.status == OrderStatus.PENDING_CANCEL:
        _answer_cancel(actor, order)
    elif order.status not in TERMINAL:
        return _next_session_or_end(actor, order, run)
    if order.status in TERMINAL:
        return None
    now = market_now()
    return max(now, order.effective_at or now)


def _answer_cancel(actor: Actor, order: Order) -> None:
    if order.filled_quantity == order.quantity:
        reject_cancel(actor=actor, order=order, reason="filled")
    else:
        confirm_cancel(actor=actor, order=order)


def _next_session_or_end(actor: Actor, order: Order, run: Run) -> datetime | None:
    ended = VenueOrder.objects.filter(run=run, slice__plan=run.plan)
    if order.time_in_force in RESTING and _has_only_its_venue_closed(run, ended):
        return market_now()
    # Stopped without a request, or expired at the venue: the session is over.
    if run.state == RunState.STOPPING or ended.filter(status=OrderStatus.EXPIRED).exists():
        session = end_of_session(order, closed_at=run.works_until)
        if session is not None:
            run.works_until = session.close
            _rest_until(actor, order, run, session.open)
            return session.open
        if order.time_in_force in RESTING:
            expire_order(actor=actor, order=order, reason=_over(order, run))
            return None
    last = ended.filter(~Q(reason="")).order_by("-id").values_list("reason", flat=True).first()
    if last == Reason.MARKET_TIME_WENT_BACK and order.time_in_force in RESTING:
        # Refused for the clock's sake alone: the venue takes it when that has caught up.
        return market_now() + PATIENCE
    confirm_cancel(actor=actor, order=order, reason=last or "")
    return None


def _has_only_its_venue_closed(run: Run, ended: QuerySet[VenueOrder]) -> bool:
    """Whether the order's time goes on, and what expired did so at venues that keep another calendar, and are closed.

    What is left is routed anew then: those are passed over until they open.
    """
    now = market_now()
    expired = set(ended.filter(status=OrderStatus.EXPIRED).values_list("venue", flat=True))
    if run.state == RunState.STOPPING or not expired or now >= run.works_until:
        return False
    calendars = calendars_of_venues()
    kept = [calendars.get(venue, "") for venue in expired]
    return all(calendar and not is_in_session(calendar, now, TimeInForce.DAY) for calendar in kept)


def _over(order: Order, run: Run) -> str:
    """Say what was over when the run was stopped: its session, or its algorithm's own time."""
    session = session_ending_at(run.works_until, order.instrument.mic)
    return "session_closed" if run.works_until >= session.close else "time_over"


def _rest_until(actor: Actor, order: Order, run: Run, opens_at: datetime) -> None:
    """Say that the order is done for the day, unless nobody looked before its next session had opened."""
    if opens_at > market_now() and allows(OrderStatus(order.status), Stimulus.DONE_FOR_DAY):
        finish_day(actor=actor, order=order)
        run.renews_at = opens_at


def _plan_anew(run: Run, plan_from: datetime) -> None:
    run.plan_from = plan_from
    run.attempts, run.next_attempt_at, run.last_error, run.dead_lettered_at = 0, None, "", None
    kept = ["plan_from", "renews_at", "works_until", "attempts", "next_attempt_at", "last_error"]
    run.save(update_fields=[*kept, "dead_lettered_at"])
    _save_state(run, RunState.NEW)
    wake_on_commit(WORK_RUNS, str(run.pk))


def _save_state(run: Run, state: RunState) -> None:
    run.state = state
    run.version += 1
    run.save(update_fields=["state", "version"])
