"""How long an order works: sessions that it outlives, dates, auctions, moments that it waits for."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from execution.models import Run
from execution.selectors import due_for_renewal, open_past_close, slices_of, venue_orders_of
from execution.services.renew_run import renew_run
from execution.services.stop_run import close_run
from orders import services
from orders.commands import AmendOrder, CancelOrder
from orders.errors import MarketWithoutCalendar, MomentPassed, QuantityBelowTerms
from orders.kernel.context import process_actor
from orders.models import Instrument, Order, OrderRevision
from orders.selectors import executions_of, market_now
from tests.execution.market import load_day
from tests.execution.replay import Replay, fresh
from tests.world import World

WORKER = process_actor("worker")
DAY = 24 * 60
TO_THE_CLOSE = 380


def close_runs() -> None:
    for order_id in open_past_close(market_now()):
        close_run(actor=WORKER, order_id=order_id, market_time=market_now())


def renew_runs() -> None:
    for order_id in due_for_renewal(market_now()):
        renew_run(actor=WORKER, order_id=order_id, market_time=market_now())


def pass_night(replay: Replay, order: Order) -> Order:
    """From ten minutes after an open over the close to as long after the next day's open."""
    replay.pass_minutes(TO_THE_CLOSE)
    replay.listen()
    close_runs()
    replay.resolve()
    replay.listen()
    replay.plan(order)
    assert replay.dispatch() == 0, "nothing is sent at night"
    replay.pass_minutes(DAY - TO_THE_CLOSE)
    renew_runs()
    return fresh(order)


def test_gtc_order_is_at_the_venue_by_day_and_planned_anew_at_the_next_open(
    world: World, replay: Replay
) -> None:
    load_day(day=date(2013, 10, 8))
    order = replay.work(world.place(limit_price="98", time_in_force="gtc", quantity="500"))

    assert pass_night(replay, order).status == "new"
    replay.dispatch()

    first, second = venue_orders_of(order)
    assert (first.status, first.time_in_force) == ("expired", "day")
    assert second.status == "new"
    assert second.slice.due_at.isoformat() == "2013-10-08T13:30:00+00:00"
    order = services.amend(
        actor=world.trader, order_id=order.pk, command=AmendOrder(limit_price="102"), expected_revision=1
    )
    replay.resolve()
    replay.listen()
    done = replay.work(order, minutes=10)
    assert (done.status, done.filled_quantity) == ("filled", Decimal(500))


def reports_of(order: Order) -> list[tuple[str, str]]:
    revisions = OrderRevision.objects.filter(order=order).order_by("version")
    return [(revision.exec_type, revision.order_status) for revision in revisions]


def test_gtc_order_is_done_for_the_day_at_night_and_restated_in_the_morning(
    world: World, replay: Replay
) -> None:
    order = replay.work(world.place(limit_price="98", time_in_force="gtc"))
    replay.pass_minutes(TO_THE_CLOSE)
    replay.listen()
    close_runs()
    renew_runs()
    assert (fresh(order).status, fresh(order).leaves_quantity) == ("done_for_day", Decimal(100))

    replay.pass_minutes(DAY - TO_THE_CLOSE)
    renew_runs()
    renew_runs()

    assert reports_of(order)[-2:] == [("3", "done_for_day"), ("D", "new")]
    assert Run.objects.get(order_id=order.pk).renews_at is None


def test_order_that_was_canceled_at_night_is_not_renewed(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price="98", time_in_force="gtc"))
    replay.pass_minutes(TO_THE_CLOSE)
    replay.listen()
    close_runs()
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())
    replay.pass_minutes(DAY - TO_THE_CLOSE)

    renew_runs()
    renew_run(actor=WORKER, order_id=order.pk, market_time=market_now())

    assert reports_of(order)[-2:] == [("6", "pending_cancel"), ("4", "canceled")]


def test_what_a_bust_opens_again_expires_with_the_session(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price="102"), minutes=10)
    assert order.status == "filled"
    execution = executions_of(order).first()
    assert execution is not None
    services.bust_execution(actor=WORKER, execution_id=execution.pk, report_id="b1", reason="erroneous")
    assert fresh(order).status in ("new", "partially_filled")
    assert replay.dispatch() == 0, "what was taken back is not bought again unasked"

    replay.pass_minutes(TO_THE_CLOSE)
    close_runs()

    assert fresh(order).status == "expired"


def test_a_correction_of_an_order_that_stays_filled_opens_nothing(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price="102"), minutes=10)
    execution = executions_of(order).first()
    assert execution is not None
    services.correct_execution(
        actor=WORKER,
        execution_id=execution.pk,
        quantity=execution.quantity,
        price=execution.price - Decimal("0.01"),
        report_id="c1",
        reason="erroneous",
    )
    assert Run.objects.get(order_id=order.pk).state == "done"


def test_gtc_order_that_no_worker_ever_planned_lives_on(world: World, replay: Replay) -> None:
    order = world.place(limit_price="98", time_in_force="gtc")

    assert pass_night(replay, order).status == "new"
    assert replay.dispatch() == 1


def test_gtc_order_whose_sessions_nobody_swept_works_in_the_one_that_is_open(
    world: World, replay: Replay
) -> None:
    order = replay.work(world.place(limit_price="98", time_in_force="gtc"))
    replay.pass_minutes(3 * DAY)

    replay.listen()
    run = replay.plan(order)

    assert run.works_until.isoformat() == "2013-10-10T20:00:00+00:00"
    assert replay.dispatch() == 1


def test_cancel_at_night_ends_a_gtc_order_at_once(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price="98", time_in_force="gtc"))
    pass_night(replay, order)

    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())

    assert fresh(order).status == "canceled"
    assert replay.dispatch() == 0


def test_refusal_on_the_second_day_cancels_a_gtc_order_that_expired_at_the_venue_on_the_first(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = replay.work(world.place(limit_price="98", time_in_force="gtc"))
    pass_night(replay, order)
    monkeypatch.setattr(replay, "_desk", replay.desk_with(lambda _symbol: None))

    replay.dispatch()

    assert fresh(order).status == "canceled"


def test_gtd_order_expires_once_at_the_close_of_its_last_day(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price="98", time_in_force="gtd", expires_on="2013-10-08"))
    assert pass_night(replay, order).status == "new"
    replay.dispatch()
    replay.pass_minutes(TO_THE_CLOSE)
    replay.listen()
    close_runs()
    replay.resolve()
    replay.listen()

    assert fresh(order).status == "expired"
    assert OrderRevision.objects.filter(order=order, event="OrderExpired").count() == 1
    assert open_past_close(market_now()) == []


def test_gtd_order_whose_last_day_is_a_weekend_expires_on_friday(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price="98", time_in_force="gtd", expires_on="2013-10-13"))
    replay.pass_minutes(4 * DAY + TO_THE_CLOSE)

    replay.listen()

    assert market_now().date() == date(2013, 10, 11)
    assert fresh(order).status == "expired"


def test_order_that_is_good_after_a_moment_is_sent_then(world: World, replay: Replay) -> None:
    order = world.place(effective_at="2013-10-07T14:00:00Z", limit_price="102", quantity="10")
    replay.plan(order)
    replay.pass_minutes(19)
    assert replay.dispatch() == 0

    replay.pass_minutes(1)

    assert replay.dispatch() == 1
    assert replay.work(order, minutes=2).status == "filled"


def test_order_that_is_good_after_a_moment_of_another_day_ends_on_that_day(
    world: World, replay: Replay
) -> None:
    order = world.place(effective_at="2013-10-08T14:00:00Z", limit_price="98")

    assert Run.objects.get(order_id=order.pk).works_until.isoformat() == "2013-10-08T20:00:00+00:00"


def test_amendment_before_its_moment_leaves_an_order_waiting_for_it(world: World, replay: Replay) -> None:
    order = world.place(effective_at="2013-10-07T14:00:00Z", limit_price="98")
    replay.plan(order)

    amended = services.amend(
        actor=world.trader, order_id=order.pk, command=AmendOrder(limit_price="97"), expected_revision=1
    )
    replay.plan(order)

    assert (amended.status, amended.limit_price) == ("new", Decimal(97))
    assert [worked.slice.due_at.isoformat() for worked in slices_of(order)][-1] == "2013-10-07T14:00:00+00:00"
    assert replay.dispatch() == 0


def test_fill_or_kill_order_fills_whole_or_is_canceled(world: World, replay: Replay) -> None:
    small = replay.work(world.place(limit_price="102", time_in_force="fok", quantity="100"), minutes=2)
    large = replay.work(world.place(limit_price="102", time_in_force="fok", quantity="10000"), minutes=2)

    assert (small.status, small.filled_quantity) == ("filled", Decimal(100))
    assert (large.status, large.filled_quantity) == ("canceled", Decimal(0))
    assert venue_orders_of(large).get().reason == "fill_or_kill"


def test_order_at_the_close_has_the_closing_price(world: World, replay: Replay) -> None:
    order = replay.work(
        world.place(type="market", limit_price=None, time_in_force="cls", quantity="10"), minutes=2
    )
    assert order.status == "new"
    replay.pass_minutes(TO_THE_CLOSE)

    close_runs()
    replay.resolve()
    replay.listen()

    assert fresh(order).status == "filled"


@pytest.mark.parametrize("time_in_force", ["ioc", "fok", "cls"])
def test_order_that_does_not_rest_is_canceled_and_not_expired_when_it_was_never_sent(
    world: World, replay: Replay, time_in_force: str
) -> None:
    order = world.place(time_in_force=time_in_force)
    replay.pass_minutes(TO_THE_CLOSE)

    close_runs()

    assert fresh(order).status == "canceled"


def test_order_for_the_opening_is_taken_before_it_and_after_the_close(world: World, replay: Replay) -> None:
    replay.pass_minutes(-30)
    early = replay.work(world.place(time_in_force="opg", limit_price="102", quantity="10"), minutes=25)
    with pytest.raises(MomentPassed) as refused:
        world.place(time_in_force="opg")
    replay.pass_minutes(TO_THE_CLOSE + 10)

    assert early.status == "filled"
    assert refused.value.facts["errors"][0]["pointer"] == "/time_in_force"
    assert world.place(time_in_force="opg").status == "new"


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({"time_in_force": "gtd", "expires_on": "2013-10-06"}, "/expires_on"),
        (
            {"time_in_force": "gtd", "expires_on": "2013-10-07", "effective_at": "2013-10-07T20:00:00Z"},
            "/expires_on",
        ),
        ({"effective_at": "2013-10-07T13:40:00Z"}, "/effective_at"),
        ({"effective_at": "2014-10-09T13:40:00Z"}, "/effective_at"),
        ({"effective_at": "9999-12-31T23:59:59Z"}, "/effective_at"),
    ],
)
def test_moment_that_has_passed_or_is_too_far_is_refused_where_it_stands(
    world: World, replay: Replay, terms: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(MomentPassed) as refused:
        world.place(**terms)

    assert (refused.value.status, refused.value.facts["errors"][0]["pointer"]) == (422, pointer)


def test_order_on_a_market_without_a_calendar_is_refused(world: World) -> None:
    Instrument.objects.filter(pk=world.instrument.pk).update(mic="XQQQ")

    with pytest.raises(MarketWithoutCalendar):
        world.place()


def test_order_placed_on_a_holiday_is_for_the_next_session_and_a_half_day_ends_early(world: World) -> None:
    def closes(days: int) -> str:
        services.set_market_clock(
            actor=WORKER, anchor=world.place().market_time + timedelta(days=days), paused=True
        )
        return f"{Run.objects.get(order_id=world.place().pk).works_until:%m-%d %H:%M}"

    assert closes(days=55) == "11-29 18:00", "Thanksgiving, 28 November 2013: the next day ends at one"
    assert closes(days=1) == "11-29 18:00"


def test_displayed_order_with_a_minimum_fills_in_clips(world: World, replay: Replay) -> None:
    order = world.place(limit_price="102", quantity="500", display_quantity="200", minimum_quantity="100")

    done = replay.work(order, minutes=3)

    assert done.status == "filled"
    assert (venue_orders_of(order).get().display_quantity, venue_orders_of(order).get().minimum_quantity) == (
        200,
        100,
    )
    quantities = [fill.quantity for worked in slices_of(order) for fill in worked.executions]
    assert 100 <= quantities[0] <= 200
    assert max(quantities) <= 200


def test_what_is_planned_after_a_first_fill_has_no_minimum_and_shows_no_more_than_is_left(
    world: World, replay: Replay
) -> None:
    load_day(day=date(2013, 10, 8))
    order = world.place(
        limit_price="102",
        quantity="10000",
        display_quantity="6000",
        minimum_quantity="1000",
        time_in_force="gtc",
    )
    partly = replay.work(order, minutes=2)
    assert 4000 < partly.leaves_quantity < 9000
    asked = services.amend(
        actor=world.trader, order_id=order.pk, command=AmendOrder(quantity="9000"), expected_revision=1
    )
    replay.resolve()
    replay.listen()
    replay.work(asked)

    last = venue_orders_of(order).last()
    assert last is not None
    assert last.minimum_quantity is None
    assert last.display_quantity == min(last.quantity, Decimal(6000))


def test_amendment_below_what_the_terms_need_is_refused(world: World) -> None:
    order = world.place(quantity="100", display_quantity="60", minimum_quantity="50")

    with pytest.raises(QuantityBelowTerms):
        services.amend(
            actor=world.trader, order_id=order.pk, command=AmendOrder(quantity="59"), expected_revision=1
        )
