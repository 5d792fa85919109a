"""Hold waiting orders against the market, all of them in a handful of statements, and let go of those it triggered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from execution.market_data.bars import BAR_LENGTH, Bar
from execution.models import Bar as BarRow
from execution.models import Run, Trigger
from execution.models.run import RunState
from execution.selectors import bars_of_instruments, watch_of
from execution.services.failed_runs import count_failures
from execution.services.locks import lock_run
from execution.session import in_regular_session
from execution.triggers import watched
from execution.wake import WORK_RUNS, wake_on_commit
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service, step
from orders.models import Order
from orders.services import is_stopped, lock_order, not_stopped, trigger_order
from orders.terms import OrderType

BATCH_TRIGGERS = 1_000


@dataclass(frozen=True)
class Hit:
    """The bar that triggers an order, the price that it had to reach, and the version of the trigger that says so."""

    order_id: UUID
    trigger_version: int
    price: Decimal
    bar: Bar


@step
def arm(*, order: Order, run: Run) -> None:
    """Let a locked order wait for the market under its present terms, from `run.plan_from` on.

    A trailing stop begins at the last price on arrival, or at the first bar where it is to begin later; when it is
    armed again it goes on from what it has seen.
    """
    trigger = Trigger.objects.select_for_update().filter(run=run).first()
    if trigger is None:
        is_trailing = order.type == OrderType.TRAILING_STOP and run.plan_from == run.market_time
        trigger = Trigger(
            run=run,
            instrument_id=order.instrument_id,
            mic=order.instrument.mic,
            type=order.type,
            side=order.side,
            extreme=run.arrival_price if is_trailing else None,
            watched_from=run.plan_from,
            version=0,
        )
    trigger.stop_price, trigger.trail_price = order.stop_price, order.trail_price
    trigger.trail_percent = order.trail_percent
    trigger.watched_from = max(trigger.watched_from, run.plan_from)
    trigger.version += 1
    trigger.save()


def evaluate_triggers(*, actor: Actor, market_time: datetime) -> int:
    """Trigger every order whose price a bar that is over has reached; returns how many.

    Whoever dies in between loses nothing: a trigger is looked at again from where its row says, and an order is
    triggered under its lock, once.
    """
    triggered = 0
    while True:
        looked_at, hits = look(market_time=market_time)
        triggered += sum(fire(actor=actor, hit=hit) for hit in hits)
        if looked_at < BATCH_TRIGGERS:
            return triggered


@service
def look(*, market_time: datetime) -> tuple[int, list[Hit]]:
    """Hold a batch of waiting triggers against the bars that ended; returns how many there were, and who was hit.

    Those that were not hit keep what they saw. Workers pass over what another one holds, and what a kill switch stops.
    """
    horizon = market_time - BAR_LENGTH
    news = BarRow.objects.filter(
        instrument_id=OuterRef("instrument_id"), start__gte=OuterRef("watched_from"), start__lte=horizon
    )
    waiting = Trigger.objects.filter(
        Exists(news),
        Q(run__next_attempt_at=None) | Q(run__next_attempt_at__lte=recorded_now()),
        not_stopped("run__order_id"),
        run__state=RunState.WAITING,
        run__dead_lettered_at=None,
        bar_start=None,
    )
    rows = waiting.order_by("watched_from", "id").select_related("run")
    triggers = list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True)[:BATCH_TRIGGERS])
    if not triggers:
        return 0, []
    bars = bars_of_instruments(
        (each.instrument_id for each in triggers), since=triggers[0].watched_from, until=horizon
    )
    moved: list[Trigger] = []
    hits: list[Hit] = []
    errors: dict[UUID, Exception] = {}
    for trigger in triggers:
        try:
            hit = _hit_by(trigger, bars[trigger.instrument_id])
        except Exception as error:  # noqa: BLE001 - a market without a calendar: its run says so, and keeps up no other
            errors[trigger.run_id] = error
            continue
        if hit is None:
            moved.append(trigger)
        else:
            hits.append(hit)
    Trigger.objects.bulk_update(moved, ["extreme", "watched_from", "version"])
    count_failures(errors)
    return len(triggers), hits


def _hit_by(trigger: Trigger, bars: Iterable[Bar]) -> Hit | None:
    """Move a trigger over the bars of its market's sessions; returns the hit, with the trigger left as it was."""
    known = [bar for bar in bars if bar.start >= trigger.watched_from]
    verdict = watched(watch_of(trigger), (bar for bar in known if in_regular_session(bar.start, trigger.mic)))
    price = verdict.watch.price
    if verdict.bar is not None and price is not None:
        return Hit(trigger.run.order_id, trigger.version, price, verdict.bar)
    trigger.extreme = verdict.watch.extreme
    trigger.watched_from = known[-1].end
    trigger.version += 1
    return None


@service
def fire(*, actor: Actor, hit: Hit) -> bool:
    """Trigger one order and let it be planned; False when it was changed, stopped or triggered meanwhile."""
    order = lock_order(hit.order_id)
    run = lock_run(order.pk)
    trigger = Trigger.objects.select_for_update().get(run=run)
    if run.state != RunState.WAITING or trigger.version != hit.trigger_version or is_stopped(order):
        return False
    bar = hit.bar
    trigger_order(
        actor=actor,
        order=order,
        market_time=bar.end,
        trigger_price=hit.price,
        bar_start=bar.start,
        bar_open=bar.open,
        bar_high=bar.high,
        bar_low=bar.low,
        bar_close=bar.close,
    )
    trigger.bar_start = bar.start
    trigger.version += 1
    trigger.save(update_fields=["bar_start", "version"])
    run.state, run.plan_from = RunState.NEW, bar.end
    run.version += 1
    run.save(update_fields=["state", "plan_from", "version"])
    wake_on_commit(WORK_RUNS, str(run.pk))
    return True
