"""Plan a run: its algorithm's slices become rows, and the database is the scheduler from there on.

An order that the market has to trigger first is armed in place of it, and planned when that has happened.
"""

from uuid import UUID

from django.db import DatabaseError

from execution import algorithms
from execution.backoff import MOST_ATTEMPTS, error_text, next_attempt
from execution.models import Run, Slice
from execution.models.run import RunState
from execution.services.locks import lock_run
from execution.services.triggers import arm
from execution.wake import EVALUATE_TRIGGERS, wake_on_commit
from orders.kernel.clock import recorded_now
from orders.kernel.transactions import service
from orders.models import Order
from orders.services import awaits_trigger, is_stopped, lock_order
from orders.terms import OrderType, Side, TimeInForce, live_type


def plan_run(*, run_id: UUID) -> None:
    """Plan a new run. One that cannot be planned is tried again later, and at last becomes a dead letter."""
    try:
        _plan(run_id=run_id)
    except DatabaseError:
        raise  # not the run's fault: beat finds it again
    except Exception as error:  # noqa: BLE001 - whatever an algorithm raises, the row has to say it
        _record_failure(run_id=run_id, error=error)


@service
def _plan(*, run_id: UUID) -> None:
    order = lock_order(Run.objects.values_list("order_id", flat=True).get(pk=run_id))
    run = lock_run(order.pk)
    if run.state != RunState.NEW or run.dead_lettered_at is not None or is_stopped(order):
        return
    if awaits_trigger(order):
        arm(order=order, run=run)
        run.state = RunState.WAITING
        run.version += 1
        run.save(update_fields=["state", "version"])
        wake_on_commit(EVALUATE_TRIGGERS)
        return
    slices = _slices(run, order)
    run.state, run.plan = RunState.WORKING, run.plan + 1
    run.attempts, run.next_attempt_at, run.last_error = 0, None, ""
    run.version += 1
    run.save(update_fields=["state", "plan", "attempts", "next_attempt_at", "last_error", "version"])
    for slice_ in slices:
        slice_.plan = run.plan
    Slice.objects.bulk_create(slices)


def _slices(run: Run, order: Order) -> list[Slice]:
    """What the algorithm intends; nothing of the order is live, so what is not filled is to be planned."""
    algorithm = algorithms.algorithm(run.algorithm, run.algorithm_version)
    parent = algorithms.Parent(
        side=Side(order.side),
        type=live_type(OrderType(order.type)),
        time_in_force=TimeInForce(order.time_in_force),
        quantity=order.quantity - order.filled_quantity,
        limit_price=order.limit_price,
        lot_size=order.instrument.lot_size,
        display_quantity=order.display_quantity,
        # It is about the first execution: what follows one may be of any size.
        minimum_quantity=order.minimum_quantity if order.filled_quantity == 0 else None,
    )
    terms = algorithm.venue_terms(parent)
    parameters = algorithm.parameters.model_validate(run.parameters)
    return [
        Slice(
            run=run,
            number=intended.number,
            symbol=order.instrument.symbol,
            side=parent.side,
            type=terms.type,
            time_in_force=terms.time_in_force,
            quantity=intended.quantity,
            limit_price=terms.limit_price,
            display_quantity=terms.display_quantity,
            minimum_quantity=terms.minimum_quantity,
            due_at=intended.due_at,
        )
        for intended in algorithm.plan(parent, parameters, market_time=run.plan_from)
    ]


@service
def _record_failure(*, run_id: UUID, error: Exception) -> None:
    run = Run.objects.select_for_update(no_key=True).get(pk=run_id)
    now = recorded_now()
    run.attempts += 1
    run.last_error = error_text(error)
    run.next_attempt_at = next_attempt(now, run.attempts)
    run.dead_lettered_at = now if run.attempts >= MOST_ATTEMPTS else None
    run.version += 1
    run.save(update_fields=["attempts", "last_error", "next_attempt_at", "dead_lettered_at", "version"])
