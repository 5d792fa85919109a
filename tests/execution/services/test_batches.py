"""Many slices in one message to the venue, many reports in one transaction: one of them does not disturb the others."""

from decimal import Decimal

import pytest
from django.db import OperationalError

from execution import gateway
from execution.models import VenueOrder, VenueReport
from execution.selectors import venue_orders_of
from execution.services.claim import claim_due
from execution.services.record_answer import record_states
from execution.services.submit import submit_all
from execution.tasks import WORKER
from execution.venues.errors import VenueProtocolError, VenueUnavailable
from execution.venues.protocol import NewOrder, NewOrderAnswer
from orders.kernel.context import Actor
from orders.models import Order
from orders.selectors import executions_of, market_now
from tests.execution.replay import Replay, fresh
from tests.execution.services.stopping import FAR, engage
from tests.execution.services.test_reports import deliver, report_of, try_again
from tests.world import World


def placed(world: World, replay: Replay, number: int, **terms: object) -> list[Order]:
    """Orders that are planned and due."""
    orders = [world.place(**{"limit_price": FAR, **terms}) for _ in range(number)]
    for order in orders:
        replay.plan(order)
    return orders


def statuses(orders: list[Order]) -> list[str]:
    return [venue_orders_of(order).get().status for order in orders]


def test_what_is_due_goes_out_in_one_message_and_is_acknowledged(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = placed(world, replay, 3)
    monkeypatch.setattr(replay, "new_order", None)

    assert replay.dispatch() == 3

    assert statuses(orders) == ["new"] * 3
    assert all(row.venue_order_id and row.next_attempt_at is None for row in VenueOrder.objects.all())
    assert len(replay.record.orders()) == 3


def test_one_that_is_refused_does_not_disturb_the_others(world: World, replay: Replay) -> None:
    first, refused, last = placed(world, replay, 3)
    replay.cancel_order(claimed_of(refused).pk)  # voids the id at the venue

    assert submit_all(WORKER, replay, list(VenueOrder.objects.order_by("id")))
    replay.listen()

    assert statuses([first, refused, last]) == ["new", "rejected", "new"]
    assert fresh(refused).status == "canceled"


def claimed_of(order: Order) -> VenueOrder:
    """The order's venue order, claimed with all that is due."""
    claim_due(market_time=market_now(), answering=["SIM"])
    return venue_orders_of(order).get()


def test_a_lost_answer_leaves_each_to_be_asked_about_and_nothing_is_sent_twice(
    world: World, replay: Replay
) -> None:
    orders = placed(world, replay, 3)
    replay.lost = "answer"

    assert replay.dispatch() == 3

    assert statuses(orders) == ["pending_new"] * 3
    assert all("lost on the way back" in row.last_error for row in VenueOrder.objects.all())
    replay.lost = ""
    assert replay.resolve(lease_over=True) == 3
    assert statuses(orders) == ["new"] * 3
    assert len(replay.record.orders()) == 3


@pytest.mark.parametrize(
    ("error", "goes_on"),
    [
        (VenueUnavailable("lost"), True),
        (VenueProtocolError("an older venue does not know the message"), True),
    ],
)
def test_a_venue_that_answers_the_next_question_is_not_away(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch, error: Exception, goes_on: bool
) -> None:
    orders = placed(world, replay, 2)

    def lost(*_: object) -> tuple[NewOrderAnswer, ...]:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(replay, "new_orders", lost)
        claimed = claim_due(market_time=market_now(), answering=["SIM"]).venue_orders
        assert submit_all(WORKER, replay, claimed) is goes_on

    assert replay.resolve(lease_over=True) == 2
    assert statuses(orders) == ["new"] * 2


def test_a_venue_whose_next_answer_is_garbled_is_not_away(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed(world, replay, 2)
    answers = iter([VenueUnavailable("lost"), VenueProtocolError("not a line of JSON")])

    def trouble(_request: object) -> object:
        raise next(answers)

    monkeypatch.setattr(replay, "_ask", trouble)

    assert submit_all(WORKER, replay, claim_due(market_time=market_now(), answering=["SIM"]).venue_orders)


def test_a_kill_switch_that_comes_first_withholds_its_own_and_lets_the_others_go(
    world: World, replay: Replay, officer: Actor
) -> None:
    stopped, other = (
        placed(world, replay, 1),
        placed(world, replay, 1, type="market", limit_price=None, algorithm={"name": "twap"}),
    )
    claimed = claim_due(market_time=market_now(), answering=["SIM"]).venue_orders
    engage(officer, "algorithm", "twap")

    assert submit_all(WORKER, replay, claimed)

    sent = {each.request.client_order_id for each in replay.record.orders()}
    assert sent == {venue_orders_of(stopped[0]).get().pk}
    assert VenueOrder.objects.filter(run__order_id=other[0].pk, status="pending_new").exists()


def test_a_kill_switch_engaged_while_the_message_is_under_way_finds_all_of_it_at_the_venue(
    world: World, replay: Replay, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed(world, replay, 2)
    new_orders = replay.new_orders

    def engaged_meanwhile(orders: list[NewOrder], send: object) -> tuple[NewOrderAnswer, ...]:
        answers = new_orders(orders, send)  # type: ignore[arg-type]
        engage(officer, "desk", world.desk)
        return answers

    monkeypatch.setattr(replay, "new_orders", engaged_meanwhile)
    replay.dispatch()

    assert len(replay.record.open_orders()) == 2
    assert set(VenueOrder.objects.values_list("status", flat=True)) == {"new"}


def test_answers_that_come_after_the_reports_change_nothing_that_the_reports_said(
    world: World, replay: Replay
) -> None:
    filled = placed(world, replay, 1, type="market", limit_price=None)
    resting = placed(world, replay, 1)
    replay.dispatch()
    replay.pass_minutes(2)
    replay.listen()
    states = [replay.order_status(row.pk) for row in VenueOrder.objects.all()]
    answers = [state for state in states if state.state == "new"]
    assert len(answers) == 1

    record_states(actor=WORKER, states=states)

    assert statuses([*filled, *resting]) == ["filled", "new"]


def test_a_poison_report_among_good_ones_holds_up_its_own_order_alone(world: World, replay: Replay) -> None:
    orders = placed(world, replay, 4)
    replay.dispatch()
    replay.listen()
    good, poisoned, *others = orders

    deliver(
        report_of(good, 1000),
        report_of(poisoned, 1001, quantity=Decimal(101)),
        *(report_of(order, 1002 + number) for number, order in enumerate(others)),
    )

    assert [fresh(order).filled_quantity for order in orders] == [1, 0, 1, 1]
    assert list(VenueReport.objects.filter(sequence__gte=1000, applied_at=None).values_list("attempts")) == [
        (1,)
    ]
    try_again()
    assert [executions_of(order).count() for order in orders] == [1, 0, 1, 1]


def test_reports_of_one_transaction_are_applied_once_each_and_settle_their_orders(
    world: World, replay: Replay
) -> None:
    twap = {"name": "twap", "parameters": {"slices": 2, "duration_minutes": 2}}
    orders = placed(world, replay, 2, type="market", limit_price=None, quantity="20", algorithm=twap)
    for _ in range(3):
        replay.dispatch()
        replay.pass_minutes(1)
    replay.listen()
    gateway.apply_together(
        actor=gateway.GATEWAY, report_ids=list(VenueReport.objects.values_list("pk", flat=True)[:2])
    )

    for order in orders:
        assert (fresh(order).status, fresh(order).filled_quantity) == ("filled", Decimal(20))
        assert executions_of(order).count() == 2
    assert set(VenueOrder.objects.values_list("run__state", flat=True)) == {"done"}


def test_a_database_that_fails_is_held_against_no_report_of_a_batch(
    world: World, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = placed(world, replay, 2)
    replay.dispatch()
    replay.listen()

    def unreachable(**_: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(gateway, "apply_together", unreachable)
    with pytest.raises(OperationalError):
        deliver(*(report_of(order, 1000 + number) for number, order in enumerate(orders)))

    assert set(VenueReport.objects.filter(sequence__gte=1000).values_list("attempts", flat=True)) == {0}
