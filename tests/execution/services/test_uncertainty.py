"""What is not known is asked about, never guessed: lost messages, dead workers, a venue that is away."""

from uuid import UUID

import pytest

from execution.models import Run, VenueOrder
from execution.selectors import venue_orders_of
from execution.services.claim import BATCH_RUNS, claim_due
from execution.services.record_answer import postpone
from execution.services.resolve import BATCH_VENUE_ORDERS, claim_overdue
from execution.services.submit import submit
from execution.venues.errors import VenueProtocolError, VenueUnavailable
from execution.venues.protocol import NewOrderAnswer, OrderStatus
from orders import services
from orders.commands import CancelOrder
from orders.kernel.context import process_actor
from orders.models import Order
from orders.selectors import market_now
from tests.execution.replay import Replay, fresh
from tests.world import World

WORKER = process_actor("worker")


def the_venue_order() -> VenueOrder:
    return VenueOrder.objects.get()


def test_order_whose_worker_died_before_sending_is_sent_once_the_venue_says_unknown(
    world: World, replay: Replay
) -> None:
    order = world.place(type="market", limit_price=None)
    replay.plan(order)
    claim_due(market_time=market_now(), answering=["SIM"])
    assert replay.resolve() == 0, "the lease is not over"

    assert replay.resolve(lease_over=True) == 1

    assert the_venue_order().status == "new"
    assert len(replay.record.orders()) == 1


def test_order_whose_answer_was_lost_is_not_sent_again(world: World, replay: Replay) -> None:
    order = world.place(type="market", limit_price=None)
    replay.plan(order)
    replay.lost = "answer"
    replay.dispatch()
    assert the_venue_order().status == "pending_new"

    replay.lost = ""
    replay.resolve(lease_over=True)

    assert the_venue_order().status == "new"
    assert len(replay.record.orders()) == 1


def test_order_that_is_sent_twice_has_one_effect(world: World, replay: Replay) -> None:
    order = world.place(type="market", limit_price=None)
    replay.plan(order)
    claimed = claim_due(market_time=market_now(), answering=["SIM"]).venue_orders[0]
    replay.resolve(lease_over=True)  # another worker sent it, because this one was slow

    submit(WORKER, replay, claimed)
    replay.pass_minutes(2)
    replay.listen()

    assert len(replay.record.orders()) == 1
    assert fresh(order).filled_quantity == 100


def test_venue_that_is_away_is_asked_again_later_and_for_ever(world: World, replay: Replay) -> None:
    order = world.place()
    replay.plan(order)
    replay.lost = "request"
    replay.dispatch()
    for _ in range(7):
        assert replay.resolve(lease_over=True) == 1

    waiting = the_venue_order()
    assert (waiting.status, waiting.attempts, waiting.dead_lettered_at) == ("pending_new", 8, None)
    assert "lost on the way there" in waiting.last_error

    replay.lost = ""
    replay.resolve(lease_over=True)
    assert the_venue_order().status == "new"


def test_cancel_that_got_lost_is_asked_again(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price="98"))
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())
    replay.lost = "request"
    replay.resolve()
    assert fresh(order).status == "pending_cancel"

    replay.lost = ""
    replay.resolve(lease_over=True)
    replay.listen()

    assert fresh(order).status == "canceled"


def test_nothing_more_is_claimed_while_the_venue_is_away(world: World, replay: Replay) -> None:
    for _ in range(BATCH_RUNS + 5):
        replay.plan(world.place(quantity="1"))
    replay.lost = "request"

    assert replay.dispatch() == BATCH_RUNS
    assert replay.resolve(lease_over=True) == BATCH_VENUE_ORDERS, "nor is everything asked about in one go"

    replay.lost = ""
    Run.objects.update(next_attempt_at=None)  # what no venue took is looked at again in a while
    assert replay.dispatch() == 5
    assert replay.resolve(lease_over=True) == BATCH_RUNS
    assert len(replay.record.orders()) == BATCH_RUNS + 5


class Garbled:
    """A venue whose answers nobody understands."""

    def new_order(self, order: object) -> NewOrderAnswer:
        raise VenueProtocolError("not a line of JSON")

    def order_status(self, client_order_id: UUID) -> OrderStatus:
        raise VenueProtocolError("not a line of JSON")

    cancel_order = order_status


def test_venue_order_with_answers_nobody_understands_becomes_a_dead_letter(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = world.place()
    replay.plan(order)
    with monkeypatch.context() as patch:
        patch.setattr(replay, "_ask", Garbled().order_status)
        replay.dispatch()
        for _ in range(4):
            replay.resolve(lease_over=True)
    dead = the_venue_order()
    assert (dead.status, dead.attempts, dead.next_attempt_at) == ("pending_new", 5, None)
    assert dead.dead_lettered_at is not None

    # A cancel asks the venue anew, and its answer settles what an operator had to look at.
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())
    replay.resolve()
    assert (fresh(order).status, the_venue_order().reason) == ("canceled", "voided")


def test_error_that_comes_after_the_report_changes_nothing(world: World, replay: Replay) -> None:
    order: Order = replay.work(world.place())

    postpone(venue_order_id=venue_orders_of(order).get().pk, error=VenueUnavailable("too late"))

    assert (the_venue_order().next_attempt_at, the_venue_order().last_error) == (None, "")


def test_overdue_venue_orders_are_claimed_by_one_worker_at_a_time(world: World, replay: Replay) -> None:
    replay.plan(world.place())
    claim_due(market_time=market_now(), answering=["SIM"])
    VenueOrder.objects.update(next_attempt_at="2000-01-01T00:00:00Z")

    assert len(claim_overdue("SIM")) == 1
    assert claim_overdue("SIM") == []


def test_voided_id_that_no_cancel_knows_of_ends_the_order(world: World, replay: Replay) -> None:
    order = world.place()
    replay.plan(order)
    claim_due(market_time=market_now(), answering=["SIM"])
    replay.cancel_order(the_venue_order().pk)

    replay.resolve(lease_over=True)

    assert (fresh(order).status, the_venue_order().status) == ("canceled", "canceled")
