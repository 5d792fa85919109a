"""Several venues: a rule sends each slice to one of them, and what is away or closed keeps up no other."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError

from execution import venue_access
from execution.gateway import apply_stored
from execution.models import RoutingRule, Run, VenueOrder, VenueReport
from execution.run_words import Alarm, alarm_of, sentence_of
from execution.selectors import last_stored_sequence, run_of
from execution.services.store_report import store_reports
from execution.venues.protocol import Expired, parse_report
from orders import services
from orders.commands import CancelOrder
from orders.kernel.breakers import Breaker
from orders.kernel.context import Actor
from orders.models import Order
from orders.selectors import executions_of, market_now
from tests.execution.replay import Replay, fresh
from tests.execution.routes import Router, end_all, register
from tests.execution.services.stopping import engage, swept
from tests.world import World


@pytest.fixture
def router(world: World) -> Router:
    return Router(world)


@pytest.fixture
def mtf(replay: Replay, tmp_path: Path) -> Iterator[Replay]:
    """A second venue, ten minutes after the open as well; our services speak to both."""
    register()
    mtf = Replay(tmp_path, minutes_after_open=10, code="MTF")
    replay.others.append(mtf)
    yield mtf
    mtf.close()


@pytest.fixture
def breaker(monkeypatch: pytest.MonkeyPatch) -> Breaker:
    """The breaker around the second venue: opens at the second failure in a row."""
    breaker = Breaker(f"venue of a test {uuid4()}", most_failures=2, open_s=60)
    monkeypatch.setitem(venue_access._BREAKERS, "MTF", breaker)
    return breaker


def venues_of(order: Order) -> list[str]:
    return list(
        VenueOrder.objects.filter(run__order_id=order.pk).order_by("id").values_list("venue", flat=True)
    )


def market_order(world: World, **changes: str) -> Order:
    return world.place(type="market", limit_price=None, **changes)


def send(replay: Replay, *orders: Order) -> None:
    for order in orders:
        replay.plan(order)
    replay.dispatch()


def test_a_rule_sends_what_fits_it_to_its_venue_and_the_rest_goes_by_the_next(
    world: World, replay: Replay, mtf: Replay, router: Router
) -> None:
    rule = router.rule(from_quantity="1000")
    large, small = market_order(world, quantity="1000"), market_order(world, quantity="999")

    send(replay, large, small)
    for _ in range(2):
        replay.pass_minutes(1)
        mtf.listen()
        replay.listen()

    assert (venues_of(large), venues_of(small)) == (["MTF"], ["SIM"])
    assert VenueOrder.objects.get(run__order_id=large.pk).routing_rule_id == rule.pk
    assert {fresh(order).status for order in (large, small)} == {"filled"}
    assert {each.venue for each in executions_of(large)} == {"MTF"}
    assert (len(mtf.record.orders()), len(replay.record.orders())) == (1, 1)


def test_a_venue_that_is_away_is_passed_over_for_what_was_not_sent_and_keeps_what_was(
    world: World, replay: Replay, mtf: Replay, router: Router, breaker: Breaker
) -> None:
    router.rule()
    mtf.lost = "answer"
    first, second = (market_order(world) for _ in range(2))
    send(replay, first, second)
    for error in (NoAnswer(), NoAnswer()):
        breaker.failed(error)

    third = market_order(world)
    send(replay, third)

    assert [venues_of(each) for each in (first, second, third)] == [["MTF"], ["MTF"], ["SIM"]]
    carrier = VenueOrder.objects.get(run__order_id=third.pk)
    assert carrier.passed_over == [["MTF", "away"]]
    mtf.lost = ""
    breaker.succeeded()
    replay.resolve(lease_over=True)
    replay.pass_minutes(2)
    mtf.listen()
    replay.listen()
    assert {fresh(each).status for each in (first, second, third)} == {"filled"}
    assert len(mtf.record.orders()) == 2, "each reached it once"


def let_time_pass() -> None:
    """Let what no venue took be looked at again."""
    Run.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at="2000-01-01T00:00:00Z")


class NoAnswer(Exception):
    """An answer that did not come."""


def test_a_slice_that_no_venue_takes_waits_says_why_and_goes_once_one_does(
    world: World, replay: Replay, mtf: Replay, router: Router, breaker: Breaker
) -> None:
    router.rule(venues=["MTF"])
    for _ in range(2):
        breaker.failed(NoAnswer())
    waiting, run = market_order(world), Run.objects

    send(replay, waiting)

    stuck = run.get(order_id=waiting.pk)
    assert (venues_of(waiting), stuck.why, alarm_of(stuck)) == ([], "no_venue", Alarm.NO_VENUE)
    assert sentence_of(stuck) == "No routing rule fits it, or no venue of the one that does takes it now."
    breaker.succeeded()
    let_time_pass()
    replay.dispatch()
    assert (venues_of(waiting), run.get(order_id=waiting.pk).why) == (["MTF"], "")


def test_a_waiting_slice_of_one_venue_keeps_up_no_slice_of_another(
    world: World, replay: Replay, mtf: Replay, router: Router, breaker: Breaker
) -> None:
    router.rule(venues=["MTF"], from_quantity="1000")
    for _ in range(2):
        breaker.failed(NoAnswer())
    large, small = market_order(world, quantity="1000"), market_order(world, quantity="10")

    send(replay, large, small)

    assert (venues_of(large), venues_of(small)) == ([], ["SIM"])


def test_without_a_rule_nothing_is_sent(world: World, replay: Replay) -> None:
    end_all()
    order = market_order(world)

    send(replay, order)

    run = run_of(order)
    assert run is not None
    assert (venues_of(order), run.why) == ([], "no_venue")


def test_a_venue_that_is_closed_by_its_own_calendar_is_passed_over(
    world: World, replay: Replay, tmp_path: Path, router: Router
) -> None:
    register("MTF", calendar="XTKS")  # Tokyo sleeps while New York trades
    mtf = Replay(tmp_path, minutes_after_open=10, code="MTF")
    replay.others.append(mtf)
    router.rule()
    order = market_order(world)

    send(replay, order)

    assert venues_of(order) == ["SIM"]
    assert VenueOrder.objects.get(run__order_id=order.pk).passed_over == [["MTF", "closed"]]
    mtf.close()


def test_a_venue_without_an_address_here_is_passed_over(world: World, replay: Replay, router: Router) -> None:
    register("DARK")
    router.rule(venues=["DARK", "SIM"])
    order = market_order(world)

    send(replay, order)

    assert VenueOrder.objects.get(run__order_id=order.pk).passed_over == [["DARK", "not_connected"]]


def test_a_rule_that_changes_moves_only_what_was_not_sent(
    world: World, replay: Replay, mtf: Replay, router: Router
) -> None:
    before = market_order(world)
    send(replay, before)
    router.rule()
    after = market_order(world)

    send(replay, after)

    assert (venues_of(before), venues_of(after)) == (["SIM"], ["MTF"])


def test_a_cancel_goes_to_each_venue_that_has_a_part_of_the_order(
    world: World, replay: Replay, mtf: Replay, router: Router
) -> None:
    router.rule(from_quantity="1000")
    large, small = (
        world.place(quantity="1000", limit_price="99"),
        world.place(quantity="10", limit_price="99"),
    )
    send(replay, large, small)
    for order in (large, small):
        services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())

    replay.resolve()
    mtf.listen()
    replay.listen()

    assert {fresh(order).status for order in (large, small)} == {"canceled"}


def test_a_kill_switch_asks_every_venue_for_a_mass_cancel(
    world: World, replay: Replay, mtf: Replay, router: Router, officer: Actor
) -> None:
    router.rule(from_quantity="1000")
    orders = [world.place(quantity=quantity, limit_price="99") for quantity in ("1000", "1000", "10", "10")]
    send(replay, *orders)

    swept(engage(officer, "firm", world.firm))
    replay.resolve()
    mtf.listen()
    replay.listen()

    assert {fresh(order).status for order in orders} == {"canceled"}


def test_each_venue_has_its_own_sequence_of_reports(
    world: World, replay: Replay, mtf: Replay, router: Router
) -> None:
    router.rule(from_quantity="1000")
    send(replay, market_order(world, quantity="1000"), market_order(world, quantity="10"))
    replay.pass_minutes(2)

    mtf.listen()
    assert (last_stored_sequence("SIM"), last_stored_sequence("MTF") > 0) == (0, True)
    replay.listen()

    assert last_stored_sequence("SIM") > 0
    assert not VenueReport.objects.filter(applied_at=None).exists()


def test_what_a_venue_reports_of_an_order_that_another_has_is_not_believed(
    world: World, replay: Replay, mtf: Replay, router: Router
) -> None:
    order = market_order(world)
    send(replay, order)
    replay.pass_minutes(1)
    [(_, line), *_] = replay._store.report_lines(0, 1)
    report = parse_report(line)

    store_reports(venue="MTF", reports=[report])
    mtf.listen()

    kept = VenueReport.objects.get(venue="MTF", sequence=report.sequence)
    assert kept.applied_at is None
    assert "we sent no such order to MTF" in kept.last_error
    assert fresh(order).filled_quantity == 0


def test_each_venue_is_reconciled_with_its_own_record(
    world: World, replay: Replay, mtf: Replay, router: Router
) -> None:
    router.rule(from_quantity="1000")
    large, small = market_order(world, quantity="1000"), market_order(world, quantity="10")
    send(replay, large, small)
    replay.pass_minutes(2)
    mtf._book.advance()

    assert (replay.reconcile(), mtf.reconcile()) == (1, 1)

    assert {fresh(order).status for order in (large, small)} == {"filled"}, "nobody had listened"


def test_a_rule_agreed_for_later_holds_from_its_market_time_on(
    world: World, replay: Replay, mtf: Replay, router: Router
) -> None:
    router.rule(effective_from=_minutes_later(5))
    now = market_order(world)
    send(replay, now)
    replay.pass_minutes(5)
    then = market_order(world)

    send(replay, then)

    assert (venues_of(now), venues_of(then)) == (["SIM"], ["MTF"])


def _minutes_later(minutes: int) -> str:
    return (market_now() + timedelta(minutes=minutes)).isoformat()


def test_a_venue_closes_by_its_own_calendar_and_what_is_left_goes_to_the_next(
    world: World, replay: Replay, tmp_path: Path, router: Router
) -> None:
    register("MTF", calendar="XLON")  # closes two hours after New York opens
    mtf = Replay(tmp_path, minutes_after_open=115, code="MTF")
    replay.others.append(mtf)
    router.rule()
    order = world.place(limit_price="99")
    send(mtf, order)
    assert venues_of(order) == ["MTF"]

    mtf.pass_minutes(6)
    mtf.listen()

    [carrier] = VenueOrder.objects.filter(run__order_id=order.pk)
    assert (carrier.status, fresh(order).status) == ("expired", "new")
    mtf.plan(order)
    mtf.dispatch()
    assert (venues_of(order), Run.objects.get(order_id=order.pk).why) == (["MTF"], "no_venue")
    mtf.others.append(replay)
    let_time_pass()
    mtf.dispatch()
    assert venues_of(order) == ["MTF", "SIM"]
    mtf.close()


def test_a_venue_that_expires_what_it_should_not_is_not_sent_it_again_and_again(
    world: World, replay: Replay, tmp_path: Path, router: Router
) -> None:
    register("MTF", calendar="XLON")
    mtf = Replay(tmp_path, minutes_after_open=10, code="MTF")
    replay.others.append(mtf)
    router.rule()
    order = world.place(limit_price="99")
    send(replay, order)
    [carrier] = VenueOrder.objects.filter(run__order_id=order.pk)

    expired = Expired(
        sequence=9,
        client_order_id=carrier.pk,
        venue_order_id="V1",
        market_time=market_now(),
        model="bar",
        cumulative_quantity=Decimal(0),
    )
    store_reports(venue="MTF", reports=[expired])
    apply_stored("MTF")

    assert (fresh(order).status, venues_of(order)) == ("expired", ["MTF"]), "London is open"
    mtf.close()


def test_no_slice_is_spent_on_finding_out_whether_a_venue_is_back(
    world: World, replay: Replay, mtf: Replay, router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaker = Breaker(f"venue of a test {uuid4()}", most_failures=2, open_s=1)
    monkeypatch.setitem(venue_access._BREAKERS, "MTF", breaker)
    guarded = venue_access.GuardedVenue(mtf, breaker)
    monkeypatch.setattr(Replay, "venues", property(lambda self: {"SIM": replay, "MTF": guarded}))
    router.rule()
    mtf.lost = "call"
    send(replay, market_order(world))
    assert breaker.standing().failures == 1

    for _ in range(3):
        time.sleep(1.05)  # the breaker lets one call through
        order = market_order(world)
        send(replay, order)
        assert venues_of(order) == ["SIM"]

    mtf.lost = ""
    time.sleep(1.05)
    back = market_order(world)
    send(replay, back)
    assert venues_of(back) == ["MTF"]


def test_when_every_venue_is_away_the_runs_say_so(
    world: World, replay: Replay, mtf: Replay, router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Breaker(f"venue of a test {uuid4()}", most_failures=1, open_s=60)
    away.failed(NoAnswer())
    for code in ("SIM", "MTF"):
        monkeypatch.setitem(venue_access._BREAKERS, code, away)
    order = market_order(world)

    send(replay, order)

    assert (venues_of(order), Run.objects.get(order_id=order.pk).why) == ([], "no_venue")


def test_what_breaks_at_one_venue_keeps_up_no_cancel_at_another(
    world: World, replay: Replay, mtf: Replay, router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    router.rule(from_quantity="1000")
    large, small = (world.place(quantity=quantity, limit_price="99") for quantity in ("1000", "10"))
    send(replay, large, small)
    for order in (large, small):
        services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())
    monkeypatch.setattr(mtf, "cancel_order", lambda _id: 1 / 0)
    monkeypatch.setattr(mtf, "mass_cancel", lambda _ids: 1 / 0)

    replay.resolve()
    replay.listen()

    assert (fresh(large).status, fresh(small).status) == ("pending_cancel", "canceled")


def test_a_rule_holds_from_its_commit_for_what_a_dispatch_has_not_claimed_yet(
    world: World, replay: Replay, mtf: Replay, router: Router
) -> None:
    orders = [market_order(world, quantity="1") for _ in range(60)]
    for order in orders:
        replay.plan(order)
    told = replay.new_orders

    def agree_meanwhile(*arguments: Any) -> Any:
        answer = told(*arguments)
        if not RoutingRule.objects.filter(name="blocks").exists():
            replay.pass_minutes(1)
            router.rule()
        return answer

    replay.new_orders = agree_meanwhile  # type: ignore[method-assign]
    replay.dispatch()

    went = Counter(VenueOrder.objects.values_list("venue", flat=True))
    assert went == {"SIM": 40, "MTF": 20}


def test_a_database_that_fails_is_not_held_against_a_venue(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = world.place(limit_price="99")
    send(replay, order)
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())

    def broken(_id: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(replay, "cancel_order", broken)

    with pytest.raises(OperationalError):
        replay.resolve()
