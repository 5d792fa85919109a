"""Cancels and replaces against what is live at the venue."""

from contextlib import suppress
from decimal import Decimal

from execution.models import Run, VenueOrder
from execution.selectors import slices_of, venue_orders_of
from execution.services.claim import claim_due
from execution.services.record_answer import record_cancel_answer
from execution.services.submit import request_of, submit
from execution.venues.errors import VenueUnavailable
from orders import services
from orders.commands import AmendOrder, CancelOrder
from orders.kernel.context import process_actor
from orders.models import Order
from orders.selectors import market_now
from tests.execution.replay import Replay, fresh
from tests.world import World

WORKER = process_actor("worker")
FAR = "98"  # a limit that the day's prices do not reach


def cancel(world: World, order: Order) -> Order:
    return services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())


def amend(world: World, order: Order, **changes: str) -> Order:
    revision = fresh(order).terms_revision
    command = AmendOrder.model_validate(changes)
    return services.amend(actor=world.trader, order_id=order.pk, command=command, expected_revision=revision)


def test_cancel_of_an_order_nobody_has_sent_is_confirmed_at_once(world: World, replay: Replay) -> None:
    order = world.place(limit_price=FAR)

    assert cancel(world, order).status == "canceled"

    replay.plan(order)
    assert replay.dispatch() == 0
    assert Run.objects.get(order_id=order.pk).state == "done"
    assert slices_of(order) == []


def test_cancel_of_a_planned_order_withdraws_its_slices(world: World, replay: Replay) -> None:
    order = world.place(algorithm={"name": "twap", "parameters": {"start": "2013-10-07T15:00:00Z"}})
    replay.work(order)

    assert cancel(world, order).status == "canceled"
    assert {worked.slice.state for worked in slices_of(order)} == {"withdrawn"}


def test_cancel_of_a_live_order_waits_for_the_venue(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price=FAR))
    assert venue_orders_of(order).get().status == "new"

    assert cancel(world, order).status == "pending_cancel"
    assert replay.resolve() == 1
    assert fresh(order).status == "pending_cancel"
    replay.listen()

    assert fresh(order).status == "canceled"
    venue_order = venue_orders_of(order).get()
    assert (venue_order.status, venue_order.reason) == ("canceled", "cancel_request")
    assert Run.objects.get(order_id=order.pk).state == "done"


def test_cancel_that_loses_the_race_against_the_fill_is_rejected(world: World, replay: Replay) -> None:
    order = replay.work(world.place(type="market", limit_price=None))
    replay.pass_minutes(2)  # filled at the venue; its report is still on the way

    cancel(world, order)
    replay.resolve()
    assert fresh(order).status == "pending_cancel"
    replay.listen()

    assert fresh(order).status == "filled"
    assert venue_orders_of(order).get().status == "filled"


def test_fill_while_a_cancel_is_pending_stands_and_the_cancel_is_rejected(
    world: World, replay: Replay
) -> None:
    order = replay.work(world.place(type="market", limit_price=None))
    cancel(world, order)
    replay.pass_minutes(2)
    replay.listen()
    assert fresh(order).filled_quantity == Decimal(100)
    assert fresh(order).status == "pending_cancel"

    replay.resolve()  # too late: the order ended at the venue before the cancel came there

    assert fresh(order).status == "filled"


def test_cancel_while_the_worker_died_before_sending_voids_the_id(world: World, replay: Replay) -> None:
    order = world.place(type="market", limit_price=None)
    replay.plan(order)
    claimed = claim_due(market_time=market_now(), answering=["SIM"]).venue_orders[
        0
    ]  # and here the worker dies

    cancel(world, order)
    replay.resolve()

    assert fresh(order).status == "canceled"
    assert venue_orders_of(order).get().reason == "voided"

    # The worker was only slow: what was asked to be canceled is not sent any more.
    assert submit(WORKER, replay, claimed)
    replay.pass_minutes(2)
    replay.listen()
    assert fresh(order).status == "canceled"
    assert venue_orders_of(order).get().status == "canceled"
    assert replay.record.executions() == []


def test_order_that_arrives_after_its_id_was_voided_ends_as_canceled(world: World, replay: Replay) -> None:
    order = world.place(type="market", limit_price=None)
    replay.plan(order)
    claimed = claim_due(market_time=market_now(), answering=["SIM"]).venue_orders[0]
    cancel(world, order)
    replay.lost = "answer"
    replay.resolve()  # the id is voided, but the answer gets lost
    with suppress(VenueUnavailable):
        replay.new_order(request_of(claimed))  # it was under way: refused, and this answer gets lost too
    assert fresh(order).status == "pending_cancel"

    replay.lost = ""
    replay.resolve(lease_over=True)  # too late, says the venue: it has a rejected order

    assert fresh(order).status == "canceled"
    assert venue_orders_of(order).get().status == "rejected"
    replay.listen()
    assert venue_orders_of(order).get().status == "rejected"


def test_late_answer_to_a_cancel_changes_nothing(world: World, replay: Replay) -> None:
    order = world.place(limit_price=FAR)
    replay.work(order)
    cancel(world, order)
    replay.lost = "answer"
    replay.resolve()
    replay.listen()
    assert fresh(order).status == "canceled"

    replay.lost = ""
    assert replay.resolve(lease_over=True) == 0
    assert VenueOrder.objects.get().attempts == 1


def test_replace_of_an_order_nobody_has_sent_is_in_force_at_once(world: World, replay: Replay) -> None:
    order = world.place(limit_price=FAR)

    assert amend(world, order, quantity="70").status == "new"

    replay.work(order)
    assert [worked.slice.quantity for worked in slices_of(order)] == [Decimal(70)]


def test_replace_of_a_live_order_cancels_it_and_plans_the_rest_anew(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price=FAR))

    assert amend(world, order, quantity="70", limit_price="98.5").status == "pending_replace"
    replay.resolve()
    replay.listen()
    replaced = fresh(order)
    assert (replaced.status, replaced.quantity, replaced.limit_price) == ("new", Decimal(70), Decimal("98.5"))

    replay.work(order)
    first, second = venue_orders_of(order)
    assert (first.status, second.status) == ("canceled", "new")
    assert (second.quantity, second.limit_price) == (Decimal(70), Decimal("98.5"))
    assert [worked.slice.plan for worked in slices_of(order)] == [1, 2]


def test_replace_after_a_partial_fill_plans_what_remains(world: World, replay: Replay) -> None:
    order = world.place(
        quantity="1000",
        type="market",
        limit_price=None,
        algorithm={"name": "twap", "parameters": {"slices": 10, "duration_minutes": 20}},
    )
    replay.work(order, minutes=6)
    assert 0 < fresh(order).filled_quantity < 1000

    amend(world, order, quantity="600")
    replay.resolve()
    replay.listen()
    filled = fresh(order).filled_quantity
    assert fresh(order).quantity == Decimal(600)
    replay.work(order, minutes=20)

    assert fresh(order).status == "filled"
    replanned = [worked.slice.quantity for worked in slices_of(order) if worked.slice.plan == 2]
    assert filled + sum(replanned) == Decimal(600)
    assert sum(replay.record.filled_quantities().values()) == Decimal(600)


def test_replace_below_what_was_filled_meanwhile_ends_as_filled(world: World, replay: Replay) -> None:
    order = replay.work(world.place(type="market", limit_price=None))
    amend(world, order, quantity="40")
    replay.pass_minutes(2)
    replay.listen()
    replay.resolve()

    done = fresh(order)
    assert (done.status, done.quantity, done.filled_quantity) == ("filled", Decimal(100), Decimal(100))


def test_cancel_of_a_pending_replace_cancels_the_order(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price=FAR))
    amend(world, order, quantity="70")

    assert cancel(world, order).status == "pending_cancel"
    replay.resolve()
    replay.listen()

    ended = fresh(order)
    assert (ended.status, ended.quantity) == ("canceled", Decimal(100))


def test_answer_to_a_cancel_that_comes_after_its_report_changes_nothing(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price=FAR))
    cancel(world, order)
    venue_order = venue_orders_of(order).get()
    answer = replay.cancel_order(venue_order.pk)
    replay.listen()
    assert fresh(order).status == "canceled"

    record_cancel_answer(actor=WORKER, answer=answer)

    assert venue_orders_of(order).get().status == "canceled"
