"""Orders that wait for the market: armed, triggered once, worked from there on, amended and cancelled before."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.models import Leaf
from execution.models import Bar, Run, Trigger
from execution.selectors import open_past_close, trigger_of, venue_orders_of
from execution.services import triggers as module
from execution.services.stop_run import close_run
from execution.services.triggers import evaluate_triggers, fire, look
from orders import services
from orders.commands import AmendOrder, CancelOrder
from orders.errors import LimitPriceNotApplicable, TriggerNotApplicable
from orders.kernel.context import process_actor
from orders.models import Order, OrderRevision
from orders.selectors import market_now
from tests.execution.market import load_day
from tests.execution.replay import Replay, fresh
from tests.world import World, restate_bars

WORKER = process_actor("worker")
NEVER = {"buy": "150", "sell": "50"}


def stop(world: World, **terms: Any) -> Order:
    """A sell stop that the market does not reach, with these terms."""
    given = {"type": "stop", "side": "sell", "limit_price": None, "stop_price": NEVER["sell"], **terms}
    return world.place(**given)


def evaluate() -> int:
    return evaluate_triggers(actor=WORKER, market_time=market_now())


def reached(minutes: int, low: str, high: str) -> None:
    """Let the bar that starts so many minutes after the open have reached these prices."""
    bar = Bar.objects.order_by("start").filter(start__gte=market_now().replace(hour=13, minute=30))[minutes]
    restate_bars(
        Bar.objects.filter(instrument_id=bar.instrument_id, start=bar.start),
        low=Decimal(low),
        high=Decimal(high),
        open=Decimal(high),
        close=Decimal(low),
    )


def amended(world: World, order: Order, **terms: str) -> Order:
    command = AmendOrder.model_validate(terms)
    return services.amend(
        actor=world.trader, order_id=order.pk, command=command, expected_revision=order.terms_revision
    )


def test_stop_is_held_until_the_market_reaches_it_and_then_works_as_a_market_order(
    world: World, replay: Replay
) -> None:
    order = stop(world, stop_price="95")
    assert replay.plan(order).state == "waiting"
    assert replay.dispatch() == 0
    reached(15, "94", "96")
    replay.pass_minutes(5)
    assert evaluate() == 0, "the bar is not over"

    replay.pass_minutes(1)
    assert evaluate() == 1

    triggered = fresh(order)
    assert (triggered.status, triggered.triggered_at) == ("new", market_now())
    done = replay.work(order, minutes=3)
    assert (done.status, done.type) == ("filled", "stop")
    assert venue_orders_of(order).get().type == "market"
    assert evaluate() == 0


def test_trigger_leaves_an_event_with_the_bar_that_did_it(world: World, replay: Replay) -> None:
    order = stop(world, stop_price="95")
    replay.plan(order)
    reached(10, "94", "96")
    replay.pass_minutes(1)
    evaluate()

    revision = OrderRevision.objects.get(order=order, event="OrderTriggered")

    assert revision.facts["details"] == {
        "bar_start": "2013-10-07T13:40:00+00:00",
        "bar_open": "96",
        "bar_high": "96",
        "bar_low": "94",
        "bar_close": "94",
        "trigger_price": "95",
    }
    assert Leaf.objects.filter(object_id=str(order.pk), action="OrderTriggered").count() == 1


def test_stop_limit_works_at_its_limit_once_it_is_triggered(world: World, replay: Replay) -> None:
    order = stop(world, type="stop_limit", stop_price="95", limit_price="94")
    replay.plan(order)
    reached(10, "94.5", "95.5")
    replay.pass_minutes(1)
    evaluate()
    replay.work(order)

    venue_order = venue_orders_of(order).get()
    assert (venue_order.type, venue_order.limit_price) == ("limit", Decimal(94))


def test_order_if_touched_buys_when_the_market_comes_down_to_it(world: World, replay: Replay) -> None:
    order = stop(world, type="market_if_touched", side="buy", stop_price="95")
    replay.plan(order)
    reached(10, "94.5", "95.5")
    replay.pass_minutes(1)

    assert evaluate() == 1


def test_trailing_stop_keeps_its_extreme_in_its_row(world: World, replay: Replay) -> None:
    order = stop(world, type="trailing_stop", stop_price=None, trail_percent="10")
    replay.plan(order)
    begun = trigger_of(order)
    assert begun is not None
    assert begun.extreme == Run.objects.get(order_id=order.pk).arrival_price
    reached(10, "110", "120")
    replay.pass_minutes(1)
    assert evaluate() == 0

    trigger = trigger_of(order)
    assert trigger is not None
    assert (trigger.extreme, trigger.watched_from) == (Decimal(120), market_now())
    reached(11, "108", "111")
    replay.pass_minutes(1)
    assert evaluate() == 1
    assert (
        OrderRevision.objects.get(order=order, event="OrderTriggered").facts["details"]["trigger_price"]
        == "108"
    )


def test_many_orders_are_held_against_the_market_in_as_many_statements_as_one(
    world: World, replay: Replay
) -> None:
    for _ in range(2):
        replay.plan(stop(world))
    replay.pass_minutes(1)
    with CaptureQueriesContext(connection) as few:
        assert look(market_time=market_now())[0] == 2
    for _ in range(8):
        replay.plan(stop(world))
    replay.pass_minutes(1)
    with CaptureQueriesContext(connection) as many:
        assert look(market_time=market_now())[0] == 10

    assert len(few) == len(many)
    assert look(market_time=market_now()) == (0, []), "nothing new, nobody is looked at"


def test_more_than_a_batch_is_looked_at(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_TRIGGERS", 2)
    orders = [stop(world, stop_price="95") for _ in range(5)]
    for order in orders:
        replay.plan(order)
    reached(10, "94", "96")
    replay.pass_minutes(1)

    assert evaluate() == 5


def test_extended_hours_trigger_nothing(world: World, replay: Replay) -> None:
    order = stop(world, stop_price="95", time_in_force="gtc")
    replay.plan(order)
    replay.pass_minutes(380)
    evaluate()
    close_runs()
    replay.plan(order)
    restate_bars(Bar.objects.filter(start__gte=market_now()), low=Decimal(90))
    replay.pass_minutes(300)

    assert evaluate() == 0


def test_amended_stop_waits_under_its_new_price_at_once(world: World, replay: Replay) -> None:
    order = stop(world, stop_price="95")
    replay.plan(order)

    changed = amended(world, order, stop_price="90")
    replay.plan(order)
    reached(10, "94", "96")
    reached(11, "89", "96")
    replay.pass_minutes(1)

    assert (changed.status, changed.stop_price) == ("new", Decimal(90))
    assert evaluate() == 0
    replay.pass_minutes(1)
    assert evaluate() == 1


def test_amended_trail_goes_on_from_what_was_seen(world: World, replay: Replay) -> None:
    order = stop(world, type="trailing_stop", stop_price=None, trail_price="50")
    replay.plan(order)
    reached(10, "110", "120")
    replay.pass_minutes(1)
    evaluate()

    changed = amended(world, fresh(order), trail_percent="20")
    replay.plan(order)

    trigger = trigger_of(order)
    assert trigger is not None
    assert (changed.trail_price, changed.trail_percent) == (None, Decimal(20))
    assert (trigger.extreme, trigger.trail_price, trigger.trail_percent) == (120, None, 20)


def test_trigger_that_was_amended_after_it_was_hit_does_not_fire(world: World, replay: Replay) -> None:
    order = stop(world, stop_price="95")
    replay.plan(order)
    reached(10, "94", "96")
    replay.pass_minutes(1)
    _looked_at, (hit,) = look(market_time=market_now())
    amended(world, order, stop_price="90")
    assert not fire(actor=WORKER, hit=hit), "it is being planned anew"
    replay.plan(order)

    assert not fire(actor=WORKER, hit=hit), "it waits for another price"
    assert fresh(order).triggered_at is None


def test_canceled_stop_is_gone_at_once(world: World, replay: Replay) -> None:
    order = stop(world, stop_price="95")
    replay.plan(order)
    reached(10, "94", "96")
    replay.pass_minutes(1)
    _looked_at, (hit,) = look(market_time=market_now())

    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())

    assert fresh(order).status == "canceled"
    assert not fire(actor=WORKER, hit=hit)
    assert evaluate() == 0


def test_order_is_triggered_once_however_often_its_hit_is_told(world: World, replay: Replay) -> None:
    order = stop(world, stop_price="95")
    replay.plan(order)
    reached(10, "94", "96")
    replay.pass_minutes(1)
    _looked_at, (hit,) = look(market_time=market_now())

    assert [fire(actor=WORKER, hit=hit) for _ in range(2)] == [True, False]
    replay.plan(order)
    assert replay.dispatch() == 1


def test_terms_of_a_trigger_cannot_be_amended_once_it_fired(world: World, replay: Replay) -> None:
    order = stop(world, stop_price="95")
    replay.plan(order)
    reached(10, "94", "96")
    replay.pass_minutes(1)
    evaluate()

    with pytest.raises(TriggerNotApplicable, match="triggered the order"):
        amended(world, order, stop_price="90")
    with pytest.raises(LimitPriceNotApplicable):
        amended(world, order, limit_price="90")
    with pytest.raises(TriggerNotApplicable, match="no trail_price"):
        amended(world, order, trail_price="1")
    assert amended(world, order, quantity="50").quantity == 50
    replay.plan(order)
    assert replay.dispatch() == 1, "it stays triggered"


def close_runs() -> None:
    for order_id in open_past_close(market_now()):
        close_run(actor=WORKER, order_id=order_id, market_time=market_now())


def test_untriggered_stop_expires_at_the_close(world: World, replay: Replay) -> None:
    order = stop(world)
    replay.plan(order)
    replay.pass_minutes(380)

    close_runs()

    assert fresh(order).status == "expired"


def test_untriggered_gtc_trail_goes_on_the_next_day_with_its_extreme(world: World, replay: Replay) -> None:
    load_day(day=date(2013, 10, 8))
    order = stop(world, type="trailing_stop", stop_price=None, trail_price="50", time_in_force="gtc")
    replay.plan(order)
    reached(10, "110", "120")
    replay.pass_minutes(380)
    evaluate()
    close_runs()
    replay.plan(order)

    trigger = trigger_of(order)
    assert trigger is not None
    assert (fresh(order).status, trigger.extreme) == ("done_for_day", Decimal(120))
    assert trigger.watched_from.isoformat() == "2013-10-08T13:30:00+00:00"


def test_stop_that_is_good_after_a_moment_is_blind_until_then(world: World, replay: Replay) -> None:
    order = stop(
        world,
        type="trailing_stop",
        stop_price=None,
        trail_price="1",
        effective_at=(market_now() + timedelta(minutes=10)).isoformat(),
    )
    replay.plan(order)
    reached(12, "50", "150")
    replay.pass_minutes(10)

    assert evaluate() == 0
    trigger = trigger_of(order)
    assert trigger is not None
    assert trigger.extreme is None, "the price on arrival was another time's"


def test_collar_of_a_stop_limit_is_about_its_stop(world: World, replay: Replay) -> None:
    far = {"type": "stop_limit", "side": "buy", "stop_price": "150"}

    assert stop(world, **far, limit_price="155").status == "new"
    assert stop(world, **far, limit_price="160").denial_code == "RISK_PRICE_COLLAR"


def test_worth_and_ticks_of_a_stop_are_checked(world: World, replay: Replay) -> None:
    assert stop(world, side="buy", stop_price="1000", quantity="5001").denial_code == "RISK_ORDER_NOTIONAL"
    assert stop(world, stop_price="95.001").denial_code == "RISK_PRICE_OFF_TICK"
    trailing = {"type": "trailing_stop", "stop_price": None}
    assert stop(world, **trailing, trail_price="1.001").denial_code == "RISK_PRICE_OFF_TICK"


def test_a_trigger_that_cannot_be_looked_at_keeps_up_no_other(world: World, replay: Replay) -> None:
    broken, other = (world.place(type="stop", limit_price=None, stop_price="1") for _ in range(2))
    for order in (broken, other):
        replay.plan(order)
    Trigger.objects.filter(run__order_id=broken.pk).update(mic="ZZZZ")
    replay.pass_minutes(3)

    evaluate()

    assert fresh(other).triggered_at is not None
    run = Run.objects.get(order_id=broken.pk)
    assert (run.attempts, run.last_error.partition(":")[0]) == (1, "MarketWithoutCalendar")
