"""How an order ends when nobody asks for it: filled, expired, refused by the venue, the rest of an IOC."""

from decimal import Decimal

import pytest

from execution.models import Run
from execution.selectors import open_past_close, slices_of, venue_orders_of
from execution.services.claim import claim_due
from execution.services.stop_run import close_run
from execution.services.submit import submit
from execution.venues.simulated.market import Listing
from orders.kernel.context import process_actor
from orders.models import Order
from orders.selectors import market_now
from tests.execution.replay import Replay, fresh
from tests.world import World

WORKER = process_actor("worker")
TO_THE_CLOSE = 380
TWAP = {"name": "twap", "parameters": {"slices": 5, "duration_minutes": 20}}


def close_runs() -> int:
    due = open_past_close(market_now())
    for order_id in due:
        close_run(actor=WORKER, order_id=order_id, market_time=market_now())
    return len(due)


def run_of(order: Order) -> Run:
    return Run.objects.get(order_id=order.pk)


def test_twap_is_filled_slice_by_slice_exactly(world: World, replay: Replay) -> None:
    order = world.place(type="market", limit_price=None, quantity="103", algorithm=TWAP)

    done = replay.work(order, minutes=25)

    assert (done.status, done.filled_quantity) == ("filled", Decimal(103))
    assert sorted(worked.slice.quantity for worked in slices_of(order)) == [20, 20, 21, 21, 21]
    assert run_of(order).state == "done"


def test_slices_are_sent_when_market_time_reaches_them(world: World, replay: Replay) -> None:
    order = world.place(type="market", limit_price=None, quantity="100", algorithm=TWAP)

    replay.work(order, minutes=8)

    assert [worked.slice.state for worked in slices_of(order)] == [
        "sent",
        "sent",
        "sent",
        "planned",
        "planned",
    ]


def test_day_order_expires_with_its_session(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price="98"))
    replay.pass_minutes(TO_THE_CLOSE)
    assert close_runs() == 1
    assert fresh(order).status == "new", "the venue has the order: only its report ends it"

    replay.listen()

    assert (fresh(order).status, run_of(order).state) == ("expired", "done")
    assert close_runs() == 0


def test_order_that_reached_the_venue_after_the_close_does_not_live_on(world: World, replay: Replay) -> None:
    order = world.place(limit_price="98")
    replay.plan(order)
    claimed = claim_due(market_time=market_now(), answering=["SIM"]).venue_orders[0]
    replay.pass_minutes(TO_THE_CLOSE)
    assert submit(WORKER, replay, claimed), "the venue takes it for the next session"
    assert len(replay.record.open_orders()) == 1

    close_runs()
    replay.resolve()
    replay.listen()

    assert replay.record.open_orders() == []
    assert fresh(order).status == "expired"


def test_cancel_at_the_close_that_finds_the_order_expired_is_no_more_than_that(
    world: World, replay: Replay
) -> None:
    order = replay.work(world.place(limit_price="98"))
    replay.pass_minutes(TO_THE_CLOSE)
    close_runs()
    replay.resolve()
    assert fresh(order).status == "new"

    replay.listen()

    assert (fresh(order).status, venue_orders_of(order).get().status) == ("expired", "expired")


def test_order_whose_venue_order_expired_expires(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price="98"))
    replay.pass_minutes(TO_THE_CLOSE)

    replay.listen()

    assert fresh(order).status == "expired"


def test_slices_that_no_worker_sent_are_withdrawn_at_the_close(world: World, replay: Replay) -> None:
    order = world.place(algorithm={"name": "twap", "parameters": {"start": "2013-10-07T15:00:00Z"}})
    replay.plan(order)
    replay.pass_minutes(TO_THE_CLOSE)

    assert replay.dispatch() == 0, "nothing is sent for another day"
    close_runs()

    assert fresh(order).status == "expired"
    assert {worked.slice.state for worked in slices_of(order)} == {"withdrawn"}


def test_order_that_was_never_planned_expires_at_the_close(world: World, replay: Replay) -> None:
    order = world.place()
    replay.pass_minutes(TO_THE_CLOSE)

    close_runs()

    assert fresh(order).status == "expired"


def test_order_that_may_have_reached_the_venue_is_not_sent_again_after_the_close(
    world: World, replay: Replay
) -> None:
    order = world.place(limit_price="98")
    replay.plan(order)
    claim_due(market_time=market_now(), answering=["SIM"])  # and the worker dies
    replay.pass_minutes(TO_THE_CLOSE)

    replay.resolve(lease_over=True)
    assert venue_orders_of(order).get().status == "pending_new"
    close_runs()
    replay.resolve()

    assert fresh(order).status == "expired"
    assert venue_orders_of(order).get().reason == "voided"
    assert replay.record.orders() == []


def test_closing_a_run_before_its_close_does_nothing(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price="98"))

    close_run(actor=WORKER, order_id=order.pk, market_time=market_now())

    assert run_of(order).state == "working"


def test_rest_of_an_ioc_is_canceled_with_the_venues_reason(world: World, replay: Replay) -> None:
    order = world.place(limit_price="98", time_in_force="ioc")

    ended = replay.work(order, minutes=2)

    assert (ended.status, ended.filled_quantity) == ("canceled", Decimal(0))
    assert venue_orders_of(order).get().reason == "immediate_or_cancel"


def test_order_that_the_venue_refuses_is_canceled_with_its_reason(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = Listing(tick_size=Decimal("0.01"), lot_size=Decimal(1000), mic="ARCX")
    monkeypatch.setattr(replay, "_desk", replay.desk_with(lambda _symbol: refusing))
    order = world.place()

    ended = replay.work(order)

    assert ended.status == "canceled"
    venue_order = venue_orders_of(order).get()
    assert (venue_order.status, venue_order.reason) == ("rejected", "lot_size")


def test_one_refused_slice_does_not_end_the_others_and_is_caught_up_with(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = world.place(type="market", limit_price=None, quantity="100", algorithm=TWAP)
    desk = replay.desk_with(lambda _symbol: None)
    with monkeypatch.context() as patch:
        patch.setattr(replay, "_desk", desk)
        replay.work(order)

    done = replay.work(order, minutes=25)

    assert (done.status, done.filled_quantity) == ("filled", Decimal(100))
    assert [row.status for row in venue_orders_of(order)] == ["rejected", *["filled"] * 5]


def test_refusal_is_known_by_its_report_when_the_answer_was_lost(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "_desk", replay.desk_with(lambda _symbol: None))
    order = world.place()
    replay.plan(order)
    replay.lost = "answer"
    replay.dispatch()

    replay.listen()

    assert fresh(order).status == "canceled"
    assert venue_orders_of(order).get().reason == "unknown_symbol"
