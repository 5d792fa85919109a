"""Reconciliation: what is missing is booked once, what cannot be mended is a break until both records agree."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import OperationalError

from compliance.models import Leaf
from execution.breaks import open_breaks
from execution.errors import VenueBreakClosed, VenueBreakNotFound
from execution.models import VenueBreak, VenueOrder, VenueReport
from execution.selectors import last_stored_sequence, venue_orders_of
from execution.services import reconcile as module
from execution.services.settle_break import settle_venue_break
from execution.services.store_report import store_reports
from execution.venues.errors import VenueProtocolError
from execution.venues.protocol import CancelTrade, Filled, MassStatusAnswer, parse_report
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.models import Order
from orders.permissions import SETTLE_OPERATIONS, VIEW_OPERATIONS, VIEW_ORDERS
from orders.selectors import executions_of
from tests.execution.replay import Replay, fresh
from tests.world import World, person


@pytest.fixture
def operator(world: World) -> Actor:
    return person("operator", world.desk, (VIEW_ORDERS, VIEW_OPERATIONS, SETTLE_OPERATIONS))


def sent(world: World, replay: Replay) -> Order:
    """An order that the venue has filled, and of which nobody has heard."""
    order = world.place(type="market", limit_price=None)
    replay.plan(order)
    replay.dispatch()
    replay.pass_minutes(2)
    return order


def kinds(operator: Actor) -> list[str]:
    return [each.kind for each in open_breaks(operator)]


def lose_fill(replay: Replay) -> Filled:
    """All reports are stored, and that of the fill is one that could not be applied."""
    reports = [parse_report(line) for _, line in replay._store.report_lines(0, 10_000)]
    store_reports(venue="SIM", reports=reports)
    VenueReport.objects.filter(kind="filled").update(dead_lettered_at=recorded_now(), attempts=5)
    replay.listen()
    [fill] = [report for report in reports if isinstance(report, Filled)]
    return fill


def test_a_fill_that_no_report_told_is_booked_once(world: World, replay: Replay, operator: Actor) -> None:
    order = sent(world, replay)

    assert replay.reconcile() == 1

    assert (fresh(order).status, venue_orders_of(order).get().status) == ("filled", "filled")
    replay.listen()
    replay.reconcile()
    assert executions_of(order).count() == 1
    assert fresh(order).filled_quantity == venue_orders_of(order).get().filled_quantity == Decimal(100)
    assert kinds(operator) == []
    assert venue_orders_of(order).get().fill_model == "bar"
    assert venue_orders_of(order).get().reconciled_at is not None
    assert (replay.reconcile(), replay.reconcile(is_whole=True)) == (0, 1), (
        "it is settled, but for a whole one"
    )


def test_busts_that_no_report_told_are_booked_with_their_fills(world: World, replay: Replay) -> None:
    order = sent(world, replay)
    [(_, execution)] = replay.record.executions()
    replay.change_trade(CancelTrade(execution.execution_id, "error"))

    replay.reconcile()
    assert (fresh(order).filled_quantity, executions_of(order).count()) == (0, 2)

    replay.listen()
    assert executions_of(order).count() == 2
    assert not VenueReport.objects.filter(applied_at=None).exists()


def test_a_bust_reconciles_what_had_agreed_anew(world: World, replay: Replay) -> None:
    order = sent(world, replay)
    replay.listen()
    replay.reconcile()
    assert venue_orders_of(order).get().reconciled_at is not None

    replay.change_trade(CancelTrade(executions_of(order).get().venue_execution_id, "error"))
    replay.listen()

    assert venue_orders_of(order).get().reconciled_at is None
    assert replay.reconcile() == 1


@pytest.mark.parametrize("lost", ["call", "request", "answer"])
def test_a_network_error_ends_nothing_and_leaves_no_break(
    world: World, replay: Replay, operator: Actor, lost: str
) -> None:
    order = sent(world, replay)
    replay.lost = lost

    assert replay.reconcile() == 0

    assert (venue_orders_of(order).get().status, fresh(order).filled_quantity) == ("new", 0)
    assert kinds(operator) == []


def test_a_discarded_fill_is_a_break_and_is_not_booked(world: World, replay: Replay, operator: Actor) -> None:
    order = sent(world, replay)
    lose_fill(replay)
    VenueReport.objects.filter(kind="filled").update(discarded_at=recorded_now())

    replay.reconcile()

    assert kinds(operator) == ["execution_missing", "status"]
    missing = open_breaks(operator)[0]
    assert (missing.ours, missing.detail) == ("nothing", module.DISCARDED)
    assert fresh(order).filled_quantity == 0


def test_a_bust_of_a_discarded_fill_waits_for_it_as_a_break(
    world: World, replay: Replay, operator: Actor
) -> None:
    order = sent(world, replay)
    [(_, execution)] = replay.record.executions()
    lose_fill(replay)
    VenueReport.objects.filter(kind="filled").update(discarded_at=recorded_now())
    replay.change_trade(CancelTrade(execution.execution_id, "error"))
    replay.listen()

    replay.reconcile()

    assert "is not booked" in " ".join(each.detail for each in open_breaks(operator))
    assert executions_of(order).count() == 0


def test_a_break_is_seen_again_and_closes_when_the_records_agree(
    world: World, replay: Replay, operator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(world, replay)
    lose_fill(replay)

    def poisoned(*_: object) -> None:
        raise ValueError("cannot be booked")

    with monkeypatch.context() as patched:
        patched.setattr(module, "book_fill", poisoned)
        replay.reconcile()
        [first, _] = open_breaks(operator)
        replay.reconcile()
    [again, _] = open_breaks(operator)
    assert (again.id, again.first_seen_at) == (first.id, first.first_seen_at)
    assert again.last_seen_at > first.last_seen_at
    assert again.detail == "ValueError: cannot be booked"

    replay.reconcile()

    assert kinds(operator) == []
    assert [row.is_mended for row in VenueBreak.objects.all()] == [True, True]
    actions = Leaf.events.filter(object_id=str(first.id)).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["VenueBreakFound", "VenueBreakMended"]


def test_what_the_venue_does_not_know_is_a_break(world: World, replay: Replay, operator: Actor) -> None:
    order = sent(world, replay)
    replay.listen()
    execution = executions_of(order).get()
    replay._store._connection.execute("DELETE FROM executions")
    replay.reconcile()
    assert kinds(operator) == ["execution_unknown"]
    replay._store._connection.execute("DELETE FROM orders")

    replay.reconcile()

    told = {(each.kind, each.subject, each.ours, each.venues) for each in open_breaks(operator)}
    amounts = f"100 at {execution.price.normalize():f}"
    assert told == {
        ("execution_unknown", execution.venue_execution_id, amounts, "nothing"),
        ("order_unknown", "", "filled", "unknown"),
    }
    assert venue_orders_of(order).get().status == "filled", "nothing was ended or taken back by it"


def test_other_terms_and_another_quantity_are_breaks(world: World, replay: Replay, operator: Actor) -> None:
    order = sent(world, replay)
    replay.listen()
    replay._store._connection.execute("UPDATE executions SET price = '1'")
    replay.reconcile()
    assert kinds(operator) == ["execution_differs"]
    venue_orders_of(order).update(filled_quantity=99)
    replay._store._connection.execute(
        "UPDATE executions SET price = ?", [str(executions_of(order).get().price)]
    )

    replay.reconcile()

    assert [(each.kind, each.ours, each.venues) for each in open_breaks(operator)] == [
        ("quantity", "99", "100")
    ]


def test_a_person_closes_a_break_which_opens_again_only_when_a_record_changes(
    world: World, replay: Replay, operator: Actor
) -> None:
    order = sent(world, replay)
    replay.listen()
    replay._store._connection.execute("UPDATE orders SET cumulative_quantity = '90'")
    replay.reconcile()
    [found] = open_breaks(operator)

    settle_venue_break(actor=operator, break_id=found.id, reason="the venue confirmed 100 by phone")
    replay.reconcile()

    assert kinds(operator) == []
    assert venue_orders_of(order).get().reconciled_at is not None
    leaf = Leaf.objects.get(action="VenueBreakSettled")
    assert leaf.object_id == str(found.id) and "by phone" in leaf.body
    with pytest.raises(VenueBreakClosed):
        settle_venue_break(actor=operator, break_id=found.id, reason="again")
    replay._store._connection.execute("UPDATE orders SET cumulative_quantity = '80'")
    replay.reconcile(is_whole=True)
    assert [each.venues for each in open_breaks(operator)] == ["80"]


def test_who_may_not_see_or_settle_a_break_does_not(world: World, replay: Replay, operator: Actor) -> None:
    sent(world, replay)
    replay.listen()
    replay._store._connection.execute("UPDATE orders SET cumulative_quantity = '90'")
    replay.reconcile()
    [found] = open_breaks(operator)
    watcher = person("watcher", world.desk, (VIEW_ORDERS, VIEW_OPERATIONS))

    assert not open_breaks(watcher)[0].may_settle
    with pytest.raises(NotPermitted):
        settle_venue_break(actor=watcher, break_id=found.id, reason="why not")
    assert open_breaks(world.stranger) == []
    with pytest.raises(VenueBreakNotFound):
        settle_venue_break(actor=world.stranger, break_id=found.id, reason="why not")


def test_what_is_still_to_be_applied_is_no_break(world: World, replay: Replay, operator: Actor) -> None:
    order = sent(world, replay)
    replay.listen()
    late = sent(world, replay)
    replay._store._connection.execute("UPDATE orders SET cumulative_quantity = '1'")

    replay.reconcile()
    assert kinds(operator) == [], "the venue has reported more than is stored"

    replay.listen()
    replay.reconcile()
    assert kinds(operator) == ["quantity", "quantity"]
    assert fresh(order).filled_quantity == fresh(late).filled_quantity == 100


class Mumbling:
    """A venue that is not understood about one order."""

    def __init__(self, replay: Replay, about: UUID) -> None:
        self._replay = replay
        self._about = about

    def mass_status(self, client_order_ids: Sequence[UUID]) -> MassStatusAnswer:
        if self._about in client_order_ids:
            raise VenueProtocolError("gibberish")
        return self._replay.mass_status(client_order_ids)


def test_an_answer_that_is_not_understood_is_a_break_and_hides_no_other_order(
    world: World, replay: Replay, operator: Actor
) -> None:
    clear, garbled = sent(world, replay), sent(world, replay)
    about = venue_orders_of(garbled).get().pk

    module.reconcile(actor=operator, code="SIM", venue=Mumbling(replay, about))

    assert fresh(clear).filled_quantity == 100
    [found] = open_breaks(operator)
    assert (found.kind, found.venue_order_id) == ("not_understood", about)
    assert "gibberish" in found.detail


def test_the_newest_come_first_and_many_are_asked_about_in_batches(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        sent(world, replay)
    monkeypatch.setattr(module, "MOST_RECORDS", 2)

    assert replay.reconcile() == 3

    assert not VenueOrder.objects.exclude(status="filled").exists()
    assert last_stored_sequence("SIM") == 0


def test_what_takes_too_long_is_left_to_a_later_one(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(world, replay)
    monkeypatch.setattr(module, "LONGEST_S", 0.0)

    assert replay.reconcile() == 0


def test_a_database_that_fails_is_not_held_against_the_execution(
    world: World, replay: Replay, operator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(world, replay)

    def unreachable(**_: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(module, "_book", unreachable)
    with pytest.raises(OperationalError):
        replay.reconcile()

    assert kinds(operator) == []


def test_a_venue_that_tells_of_other_orders_is_not_understood(
    world: World, replay: Replay, operator: Actor
) -> None:
    sent(world, replay)

    class Absent:
        def mass_status(self, client_order_ids: Sequence[UUID]) -> MassStatusAnswer:
            return MassStatusAnswer(0, ())

    module.reconcile(actor=operator, code="SIM", venue=Absent())

    assert kinds(operator) == ["not_understood"]
