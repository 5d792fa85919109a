"""Algorithms at work: slices are held against market and clock, and what hinders them is not made up in one go."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from execution.models import Bar, Run, VenueOrder
from execution.services.claim import claim_due
from execution.services.plan_runs import plan_due
from execution.services.stop_run import close_run
from execution.venues.protocol import MOST_NEW_ORDERS
from orders.kernel.context import process_actor
from orders.models import Order
from orders.selectors import market_now
from tests.execution.market import session, stand_still
from tests.execution.replay import Replay, fresh
from tests.world import World

HALF_HOUR = {"duration_minutes": 30, "interval_minutes": 5}
WORKER = process_actor("worker")


def placed(world: World, name: str, quantity: str = "600", **terms: Any) -> Order:
    """A market order worked by the algorithm; what is a term of orders is one, all else a parameter."""
    of_order = {"type": "market", "limit_price": None}
    of_order.update({key: terms.pop(key) for key in ("type", "limit_price", "side") if key in terms})
    algorithm = {"name": name, "parameters": terms}
    return world.place(quantity=quantity, algorithm=algorithm, **of_order)


def sent(order: Order) -> list[int]:
    """The sizes of what went to the venue, oldest first."""
    rows = VenueOrder.objects.filter(run__order_id=order.pk).order_by("id")
    return [int(row.quantity) for row in rows]


def run_of(order: Order) -> Run:
    return Run.objects.get(order_id=order.pk)


def play(replay: Replay, minutes: int) -> None:
    """Let minutes pass, and everybody work in each of them."""
    for _ in range(minutes):
        replay.pass_minutes(1)
        replay.dispatch()
        replay.listen()


def close_what_is_over(order: Order, replay: Replay) -> Order:
    close_run(actor=WORKER, order_id=order.pk, market_time=market_now())
    replay.resolve()
    replay.listen()
    return fresh(order)


def test_slices_go_as_they_fall_due_and_the_order_is_filled(world: World, replay: Replay) -> None:
    order = placed(world, "twap", **HALF_HOUR)

    replay.dispatch()
    play(replay, 27)

    assert sent(order) == [100] * 6
    assert fresh(order).status == "filled"
    assert run_of(order).state == "done"


def test_late_slices_collapse_into_one_bounded_catch_up(world: World, replay: Replay) -> None:
    order = placed(world, "twap", **HALF_HOUR)
    replay.dispatch()

    replay.pass_minutes(16)  # nobody works for three slices
    replay.dispatch()

    assert sent(order) == [100, 200], "one slice, of twice the usual size at most"
    play(replay, 13)
    assert sent(order) == [100, 200, 200, 100]
    assert fresh(order).status == "filled"


def test_what_cannot_be_caught_up_with_is_left_when_the_time_is_over(world: World, replay: Replay) -> None:
    order = placed(world, "twap", **HALF_HOUR)
    replay.dispatch()

    replay.pass_minutes(26)
    play(replay, 5)
    ended = close_what_is_over(order, replay)

    assert sent(order) == [100, 200]
    assert (ended.status, ended.filled_quantity) == ("expired", 300)
    assert run_of(order).state == "done"


def test_must_complete_sends_all_that_remains_with_the_last_slice(world: World, replay: Replay) -> None:
    order = placed(world, "twap", must_complete=True, **HALF_HOUR)
    replay.dispatch()

    replay.pass_minutes(26)
    replay.dispatch()

    assert sent(order) == [100, 500]
    play(replay, 5)
    assert fresh(order).status == "filled"


def test_what_completes_an_order_may_be_filled_after_the_end(world: World, replay: Replay) -> None:
    order = placed(world, "twap", must_complete=True, **HALF_HOUR)
    replay.dispatch()
    replay.pass_minutes(29)
    replay.dispatch()
    replay.listen()

    replay.pass_minutes(1)
    close_run(actor=WORKER, order_id=order.pk, market_time=market_now())

    assert sent(order) == [100, 500]
    assert run_of(order).works_until == session().close
    replay.listen()
    assert fresh(order).status == "filled"


def test_nothing_of_what_must_complete_is_sent_after_the_end(world: World, replay: Replay) -> None:
    order = placed(world, "twap", must_complete=True, **HALF_HOUR)
    replay.dispatch()
    replay.pass_minutes(31)

    close_what_is_over(order, replay)
    ended = close_what_is_over(order, replay)  # what was live is known to be filled, and nothing more may go

    assert (ended.status, ended.filled_quantity, sent(order)) == ("expired", 100, [100])


def test_a_price_beyond_the_limit_pauses_and_is_not_dumped_later(world: World, replay: Replay) -> None:
    low = Decimal("50")  # below the market all day
    order = placed(world, "twap", type="limit", limit_price="104", side="buy", **HALF_HOUR)
    replay.dispatch()
    Order.objects.filter(pk=order.pk).update(limit_price=low)

    play(replay, 16)

    assert sent(order) == [100]
    assert run_of(order).why == "price_beyond_limit"
    Order.objects.filter(pk=order.pk).update(limit_price=Decimal("104"))
    play(replay, 12)
    assert max(sent(order)) <= 200, "bounded, whatever was missed"


def test_the_cap_holds_against_what_others_traded(world: World, replay: Replay) -> None:
    order = placed(world, "twap", quantity="9000", max_participation="0.01", **HALF_HOUR)
    started = market_now()

    replay.dispatch()
    for _ in range(25):
        play(replay, 1)
        traded = volume(world, started, market_now())
        assert sum(sent(order)) <= traded / 99

    assert sent(order) and run_of(order).why == "participation_cap"


def volume(world: World, since: datetime, until: datetime) -> Decimal:
    bars = Bar.objects.filter(
        instrument=world.instrument, start__gte=since, start__lte=until - timedelta(minutes=1)
    )
    return sum((bar.volume for bar in bars), Decimal(0))


def test_participation_follows_the_others_volume(world: World, replay: Replay) -> None:
    order = placed(world, "pov", quantity="9000", participation="0.02", duration_minutes=60)
    started = market_now()
    replay.dispatch()

    play(replay, 20)

    share = sum(sent(order)) / volume(world, started, market_now())
    assert share == pytest.approx(Decimal(1) / 49, abs=Decimal("0.002"))


def test_an_iceberg_shows_the_next_tip_when_the_last_one_is_filled(world: World, replay: Replay) -> None:
    order = placed(
        world,
        "iceberg",
        quantity="500",
        type="limit",
        limit_price="104",
        display_quantity="100",
        duration_minutes=60,
    )
    replay.dispatch()
    assert sent(order) == [100]

    play(replay, 6)

    assert sent(order)[:3] == [100, 100, 100]
    assert all(size <= 100 for size in sent(order))


def test_a_slice_that_the_venue_refuses_is_planned_again_and_at_last_a_dead_letter(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = placed(world, "twap", duration_minutes=60, interval_minutes=5)
    refusing = replay.desk_with(lambda _symbol: None)
    monkeypatch.setattr(replay, "_desk", refusing)

    replay.dispatch()
    play(replay, 30)

    run = run_of(order)
    assert len(sent(order)) == 5
    assert run.dead_lettered_at is not None and "unknown_symbol" in run.last_error
    assert fresh(order).status == "new", "an operator decides"


def test_an_algorithm_that_raises_hurts_no_other(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, good = placed(world, "twap", **HALF_HOUR), placed(world, "twap", **HALF_HOUR)
    replay.dispatch()
    Run.objects.filter(order_id=poison.pk).update(parameters={"slices": "none"})

    play(replay, 6)

    assert sent(good) == [100, 100]
    assert sent(poison) == [100]
    assert "ValidationError" in run_of(poison).last_error


def test_many_runs_are_planned_by_as_many_statements_as_two(world: World, replay: Replay) -> None:
    def statements(count: int) -> int:
        for _ in range(count):
            placed(world, "vwap", quantity="10", **HALF_HOUR)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            plan_due(market_time=market_now())
        assert Run.objects.filter(state="new").count() == 0
        return len(queries)

    few = statements(2)
    assert statements(30) <= few


def test_a_run_with_much_that_is_due_keeps_up_no_other(world: World, replay: Replay) -> None:
    orders = [placed(world, "twap", slices=60, duration_minutes=30) for _ in range(2)]
    for run in Run.objects.all():
        run.algorithm_version = 1  # which does not join what is late
        run.parameters = {name: run.parameters[name] for name in ("start", "end", "slices")}
        run.save()
    plan_due(market_time=market_now())
    replay.pass_minutes(40)
    Run.objects.update(works_until=session().close)

    claimed = claim_due(market_time=market_now(), answering=["SIM"]).venue_orders

    of_run = Counter(row.run.order_id for row in claimed)
    assert of_run == {order.pk: MOST_NEW_ORDERS // 2 for order in orders}


def test_of_an_algorithm_that_is_gone_the_rest_waits_for_it(world: World, replay: Replay) -> None:
    order = placed(world, "pov", quantity="9000", participation="0.02", duration_minutes=60)
    replay.dispatch()
    play(replay, 1)
    assert sent(order)
    Run.objects.update(algorithm_version=99, review_at=None)

    play(replay, 3)

    assert fresh(order).status == "partially_filled"
    assert "UnknownAlgorithm" in run_of(order).last_error


def test_an_order_that_the_venue_refuses_because_the_clock_was_set_back_is_sent_when_it_has_caught_up(
    world: World, replay: Replay
) -> None:
    world.place(type="market", limit_price=None)
    replay.dispatch()
    replay.pass_minutes(5)
    replay.listen()
    stand_still(minutes_after_open=12)

    order = world.place(type="market", limit_price=None)
    replay.dispatch()

    assert [row.reason for row in VenueOrder.objects.filter(run__order_id=order.pk)] == [
        "market_time_went_back"
    ]
    assert (fresh(order).status, run_of(order).state) == ("new", "new")
    play(replay, 3)
    assert fresh(order).status == "filled"
