"""What an operator does about what was given up: each kind of dead letter retried, discarded, and settled only once."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from compliance.models import Leaf
from execution.dead_letters import LetterKind, dead_letter_for, dead_letters
from execution.errors import DeadLetterNotFound, DeadLetterNotRetryable, DeadLetterSettled
from execution.models import Run, VenueOrder, VenueReport
from execution.selectors import runs_to_plan, venue_orders_of
from execution.services import dead_letters as module
from execution.services.apply_report import apply_report
from execution.services.claim import claim_due
from execution.services.dead_letters import discard_dead_letter, retry_dead_letter
from execution.services.plan_runs import plan_runs
from execution.venues.protocol import Accepted, Canceled, Expired
from orders import services
from orders.commands import CancelOrder
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor, NotAPerson, process_actor
from orders.kernel.errors import NotPermitted
from orders.models import Order
from orders.permissions import SETTLE_OPERATIONS, VIEW_OPERATIONS, VIEW_ORDERS
from orders.selectors import market_now, revisions_of
from tests.execution.replay import Replay, fresh
from tests.execution.services.test_reports import deliver, report_of, try_again
from tests.execution.services.test_uncertainty import Garbled
from tests.orders.exposures import assert_exposure_follows, exposure_of
from tests.orders.held_up import HeldUp, await_waiting, sessions
from tests.world import World, person

SETTLING = (VIEW_ORDERS, VIEW_OPERATIONS, SETTLE_OPERATIONS)
WHY = "settled by phone with the venue"
TWAP = {"name": "twap", "parameters": {"slices": 2, "duration_minutes": 20}}


@pytest.fixture
def operator(world: World) -> Actor:
    return person("operator", world.desk, SETTLING)


def unplanned(world: World, replay: Replay) -> Order:
    """An order whose algorithm is gone, tried until nobody tried any more."""
    order = world.place(type="market", limit_price=None)
    Run.objects.filter(order_id=order.pk).update(algorithm_version=99)
    for _ in range(5):
        replay.plan(order)
    return order


def unanswered(world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch, **terms: object) -> Order:
    """An order of which the venue has answered five times what nobody understands: it never had it."""
    order = world.place(**terms)
    replay.plan(order)
    with monkeypatch.context() as patch:
        patch.setattr(replay, "_ask", Garbled().order_status)
        replay.dispatch()
        for _ in range(4):
            replay.resolve(lease_over=True)
    return order


def unapplied(order: Order, sequence: int = 1000) -> VenueReport:
    """A fill that is more than was ordered, tried until nobody tried any more."""
    deliver(report_of(order, sequence, quantity=Decimal(101)))
    for _ in range(4):
        try_again()
    return VenueReport.objects.get(sequence=sequence)


def the_letter(actor: Actor) -> UUID:
    (letter,) = dead_letters(actor)
    return letter.id


def the_venue_order(order: Order) -> VenueOrder:
    return venue_orders_of(order).get()


def test_retried_plan_is_planned_and_sent(world: World, replay: Replay, operator: Actor) -> None:
    order = unplanned(world, replay)
    Run.objects.update(algorithm_version=1)  # what was wrong is mended

    retry_dead_letter(actor=operator, letter_id=the_letter(operator), reason="the algorithm is back")

    assert runs_to_plan(market_now()) == [Run.objects.get().pk]
    assert dead_letters(operator) == []
    assert replay.work(order, minutes=2).filled_quantity == 100


def test_retried_plan_that_fails_again_comes_back_after_five_more_attempts(
    world: World, replay: Replay, operator: Actor
) -> None:
    order = unplanned(world, replay)
    retry_dead_letter(actor=operator, letter_id=the_letter(operator), reason=WHY)

    assert [replay.plan(order).dead_lettered_at is None for _ in range(5)] == [True] * 4 + [False]
    assert dead_letter_for(operator, the_letter(operator)).attempts == 5


def test_discarded_plan_cancels_its_order_and_gives_back_what_it_held(
    world: World, replay: Replay, operator: Actor
) -> None:
    order = unplanned(world, replay)
    assert exposure_of(world.account).open_buy_notional > 0

    discard_dead_letter(actor=operator, letter_id=the_letter(operator), reason=WHY)

    assert (fresh(order).status, fresh(order).reserved_notional) == ("canceled", 0)
    assert exposure_of(world.account).open_buy_notional == 0
    assert_exposure_follows()
    assert (Run.objects.get().state, dead_letters(operator)) == ("done", [])
    told = {row.event: row for row in revisions_of(order)}
    assert told["CancelRequested"].facts["details"]["reason"] == WHY, "the client reads why"
    assert told["CancelRequested"].actor == operator.reference
    assert replay.dispatch() == 0


def test_discarded_run_of_a_poison_slice_asks_back_what_is_live(
    world: World, replay: Replay, operator: Actor
) -> None:
    order = replay.work(world.place(type="market", limit_price=None, algorithm=TWAP))
    run = Run.objects.get()
    Run.objects.update(dead_lettered_at=recorded_now(), last_error="DataError: numeric field overflow")

    discard_dead_letter(actor=operator, letter_id=run.pk, reason=WHY)

    assert (fresh(order).status, the_venue_order(order).status) == ("pending_cancel", "pending_cancel")
    replay.resolve()
    replay.listen()
    replay.pass_minutes(25)
    replay.dispatch()
    assert fresh(order).status == "canceled"
    assert [row.status for row in venue_orders_of(order)] == ["canceled"], (
        "the slice that was left is not sent"
    )


def test_discarded_run_of_an_order_that_ended_meanwhile_ends_too(
    world: World, replay: Replay, operator: Actor
) -> None:
    order = unplanned(world, replay)
    fill = services.Fill(
        venue="SIM",
        venue_execution_id="E1",
        quantity=order.quantity,
        price=Decimal(100),
        market_time=market_now(),
    )
    services.apply_execution(actor=process_actor("gateway"), order_id=order.pk, fill=fill)

    discard_dead_letter(actor=operator, letter_id=the_letter(operator), reason=WHY)

    assert (fresh(order).status, Run.objects.get().state) == ("filled", "done")


def test_run_that_its_trader_canceled_is_no_dead_letter(
    world: World, replay: Replay, operator: Actor
) -> None:
    order = unplanned(world, replay)
    letter = the_letter(operator)

    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())

    assert dead_letters(operator) == []
    with pytest.raises(DeadLetterSettled):
        retry_dead_letter(actor=operator, letter_id=letter, reason=WHY)


def test_retried_venue_order_is_asked_about_and_then_sent(
    world: World, replay: Replay, operator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = unanswered(world, replay, monkeypatch)

    retry_dead_letter(actor=operator, letter_id=the_letter(operator), reason="they speak JSON again")
    replay.resolve()

    assert (the_venue_order(order).status, the_venue_order(order).attempts) == ("new", 1)
    assert len(replay.record.orders()) == 1
    assert dead_letters(operator) == []


def test_discarded_venue_order_ends_as_canceled_and_its_order_with_it(
    world: World, replay: Replay, operator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = unanswered(world, replay, monkeypatch)

    discard_dead_letter(actor=operator, letter_id=the_letter(operator), reason=WHY)

    assert (the_venue_order(order).status, the_venue_order(order).reason) == ("canceled", WHY)
    assert (fresh(order).status, exposure_of(world.account).open_buy_notional) == ("canceled", 0)
    assert revisions_of(order).get(event="OrderCanceled").facts["details"]["reason"] == WHY
    assert replay.resolve(lease_over=True) == 0, "nobody asks any more"


def test_what_a_discarded_venue_order_leaves_is_planned_anew(
    world: World, replay: Replay, operator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = unanswered(world, replay, monkeypatch, type="market", limit_price=None, algorithm=TWAP)

    discard_dead_letter(actor=operator, letter_id=the_letter(operator), reason=WHY)
    assert fresh(order).status == "new"
    for _ in range(25):
        replay.pass_minutes(1)
        replay.dispatch()
    replay.listen()

    assert (fresh(order).status, fresh(order).filled_quantity) == ("filled", 100)


def test_fill_and_end_that_come_after_the_discard_are_taken(
    world: World, replay: Replay, operator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = unanswered(world, replay, monkeypatch)
    discard_dead_letter(actor=operator, letter_id=the_letter(operator), reason=WHY)
    venue_order = the_venue_order(order)

    ends = [
        Canceled(1002, venue_order.pk, "O1", market_now(), "bar", "requested", Decimal(1)),
        Expired(1003, venue_order.pk, "O1", market_now(), "bar", Decimal(1)),
    ]
    deliver(Accepted(1000, venue_order.pk, "O1", market_now(), "bar"), report_of(order, 1001), *ends)

    assert (fresh(order).status, fresh(order).filled_quantity) == ("canceled", 1)
    assert the_venue_order(order).filled_quantity == 1
    assert not VenueReport.objects.filter(applied_at=None).exists()


def test_venue_order_that_a_report_speaks_for_is_no_dead_letter(
    world: World, replay: Replay, operator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = unanswered(world, replay, monkeypatch)
    letter = the_letter(operator)

    deliver(Accepted(1000, letter, "O1", market_now(), "bar"))

    assert dead_letters(operator) == []
    with pytest.raises(DeadLetterSettled):
        discard_dead_letter(actor=operator, letter_id=letter, reason=WHY)
    assert the_venue_order(order).status == "new"


def test_cancel_that_nobody_understands_is_discarded_with_what_is_filled(
    world: World, replay: Replay, operator: Actor
) -> None:
    order = replay.work(world.place(limit_price="98"))
    deliver(report_of(order, 1000))
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())
    VenueOrder.objects.update(dead_lettered_at=recorded_now(), next_attempt_at=None)

    discard_dead_letter(actor=operator, letter_id=the_letter(operator), reason=WHY)

    assert (fresh(order).status, fresh(order).filled_quantity) == ("canceled", 1)


def test_retried_report_is_applied_at_the_next_turn(world: World, replay: Replay, operator: Actor) -> None:
    order = replay.work(world.place(limit_price="98"))
    report = unapplied(order)
    VenueReport.objects.filter(pk=report.pk).update(body={**report.body, "quantity": "2"})

    retry_dead_letter(actor=operator, letter_id=report.pk, reason="the venue's size was mended")
    deliver()

    assert fresh(order).filled_quantity == 2
    assert dead_letters(operator) == []


def test_discarded_report_is_never_applied_and_later_ones_go_on(
    world: World, replay: Replay, operator: Actor
) -> None:
    order = replay.work(world.place(limit_price="98"))
    report = unapplied(order)

    discard_dead_letter(actor=operator, letter_id=report.pk, reason=WHY)
    apply_report(actor=process_actor("gateway"), report_id=report.pk)  # somebody had it in hand
    deliver(report_of(order, 1001))

    report.refresh_from_db()
    assert (report.applied_at, report.discarded_at is None) == (None, False)
    assert fresh(order).filled_quantity == 1


def test_venue_order_whose_fill_was_discarded_waits_for_the_operators_word(
    world: World, replay: Replay, operator: Actor
) -> None:
    order = replay.work(world.place(limit_price="98"))
    discard_dead_letter(actor=operator, letter_id=unapplied(order).pk, reason=WHY)

    letter = dead_letter_for(operator, the_letter(operator))
    assert (letter.kind, letter.can_retry) == (LetterKind.VENUE_ORDER, False)
    assert "A report on it was discarded" in letter.last_error
    with pytest.raises(DeadLetterNotRetryable):
        retry_dead_letter(actor=operator, letter_id=letter.id, reason=WHY)
    discard_dead_letter(actor=operator, letter_id=letter.id, reason=WHY)

    assert (fresh(order).status, dead_letters(operator)) == ("canceled", [])


def test_discarded_acknowledgement_takes_nothing_from_its_venue_order(
    world: World, replay: Replay, operator: Actor
) -> None:
    order = replay.work(world.place(limit_price="98"))
    deliver(Accepted(1000, the_venue_order(order).pk, "O1", market_now(), "bar"))
    VenueReport.objects.filter(sequence=1000).update(dead_lettered_at=recorded_now(), applied_at=None)

    discard_dead_letter(actor=operator, letter_id=the_letter(operator), reason=WHY)

    assert dead_letters(operator) == []


def test_what_was_done_is_a_leaf_with_reason_and_person(
    world: World, replay: Replay, operator: Actor
) -> None:
    order = unplanned(world, replay)
    letter = the_letter(operator)

    retry_dead_letter(actor=operator, letter_id=letter, reason=WHY)

    leaf = Leaf.objects.get(action="DeadLetterRetried")
    assert (leaf.object_type, leaf.object_id, leaf.actor) == ("dead_letter", str(letter), operator.reference)
    assert f'"facts":{{"attempts":5,"kind":"run","order_id":"{order.pk}","reason":"{WHY}"}}' in leaf.body


@pytest.mark.parametrize("settle_letter", [retry_dead_letter, discard_dead_letter])
def test_settling_it_twice_is_a_conflict_and_changes_nothing(
    world: World, replay: Replay, operator: Actor, settle_letter: Callable[..., object]
) -> None:
    unplanned(world, replay)
    unapplied(replay.work(world.place(limit_price="98")))
    for letter in dead_letters(operator):
        settle_letter(actor=operator, letter_id=letter.id, reason=WHY)
        before = (Leaf.objects.count(), list(Run.objects.values()), list(VenueReport.objects.values()))

        with pytest.raises(DeadLetterSettled):
            settle_letter(actor=operator, letter_id=letter.id, reason=WHY)

        assert before == (
            Leaf.objects.count(),
            list(Run.objects.values()),
            list(VenueReport.objects.values()),
        )


def test_hidden_and_absent_are_the_same_and_seeing_is_not_settling(
    world: World, replay: Replay, operator: Actor
) -> None:
    unplanned(world, replay)
    letter = the_letter(operator)
    elsewhere = person("elsewhere", world.other_desk, SETTLING)
    watcher = person("watcher", world.desk, (VIEW_ORDERS, VIEW_OPERATIONS))

    told = set()
    for actor, wanted in ((elsewhere, letter), (world.trader, letter), (operator, uuid4())):
        with pytest.raises(DeadLetterNotFound) as refused:
            discard_dead_letter(actor=actor, letter_id=wanted, reason=WHY)
        told.add(str(refused.value))
    assert len(told) == 1
    assert not dead_letter_for(watcher, letter).may_settle
    with pytest.raises(NotPermitted):
        discard_dead_letter(actor=watcher, letter_id=letter, reason=WHY)
    assert [letter] == [each.id for each in dead_letters(operator)]


def test_report_on_an_order_that_is_not_ours_is_settled_by_who_may_anywhere(
    world: World, replay: Replay, operator: Actor
) -> None:
    deliver(Accepted(1000, uuid4(), "O1", market_now(), "bar"))
    for _ in range(4):
        try_again()
    letter = the_letter(operator)
    watcher = person("watcher", world.desk, (VIEW_ORDERS, VIEW_OPERATIONS))
    with pytest.raises(NotPermitted):
        retry_dead_letter(actor=watcher, letter_id=letter, reason=WHY)
    with pytest.raises(DeadLetterNotFound):
        retry_dead_letter(actor=world.trader, letter_id=letter, reason=WHY)

    place = discard_dead_letter(actor=operator, letter_id=letter, reason=WHY)

    assert (place.kind, place.order_id, dead_letters(operator)) == (LetterKind.REPORT, None, [])


@pytest.mark.parametrize("reason", ["", " ", "two\nlines", "x" * 201])
def test_reason_that_says_nothing_is_refused(
    world: World, replay: Replay, operator: Actor, reason: str
) -> None:
    unplanned(world, replay)

    with pytest.raises(ValidationError):
        discard_dead_letter(actor=operator, letter_id=the_letter(operator), reason=reason)


def test_no_process_settles_a_dead_letter(world: World) -> None:
    with pytest.raises(NotAPerson):
        retry_dead_letter(actor=process_actor("worker"), letter_id=uuid4(), reason=WHY)


def a_letter(world: World, kind: LetterKind) -> UUID:
    """A dead letter of this kind in a committed world."""
    run = Run.objects.get(order_id=world.place().pk)
    if kind is LetterKind.RUN:
        Run.objects.update(dead_lettered_at=recorded_now())
        return run.pk
    plan_runs(run_ids=[run.pk], market_time=market_now())
    (claimed,) = claim_due(market_time=market_now(), answering=["SIM"]).venue_orders
    if kind is LetterKind.VENUE_ORDER:
        VenueOrder.objects.update(dead_lettered_at=recorded_now(), next_attempt_at=None)
        return claimed.pk
    now = recorded_now()
    named = {"venue": "SIM", "sequence": 1, "kind": "accepted", "client_order_id": claimed.pk, "body": {}}
    return VenueReport.objects.create(**named, dead_lettered_at=now, recorded_at=now).pk


@pytest.mark.parametrize("kind", list(LetterKind))
def test_of_two_who_settle_it_at_once_one_is_told_that_it_is_settled(
    committed_world: World, kind: LetterKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = person("operator", committed_world.desk, SETTLING)
    letter = a_letter(committed_world, kind)
    held_up = HeldUp(module.publish)
    monkeypatch.setattr(module, "publish", held_up)

    with sessions(2) as start:
        first = start(lambda: retry_dead_letter(actor=operator, letter_id=letter, reason=WHY))
        assert held_up.reached.wait(30)
        second = start(lambda: discard_dead_letter(actor=operator, letter_id=letter, reason=WHY))
        await_waiting()
        held_up.let_go.set()
        first.result()
        with pytest.raises(DeadLetterSettled):
            second.result()

    assert Leaf.objects.filter(object_type="dead_letter").count() == 1
    assert dead_letters(operator) == []
