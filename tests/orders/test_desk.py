"""What the desk answers for an order that it works by hand."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from orders import services
from orders.errors import (
    AnswerNotAsked,
    CashBelowOneLot,
    OrderNotManual,
    OrderNotOpen,
    PriceOffTick,
    QuantityBelowFilled,
    QuantityBelowTerms,
    ReasonNotApplicable,
    ReplacePending,
    RiskRefused,
    SplitNotExact,
)
from orders.in_force import executions_in_force
from orders.kernel.errors import NotPermitted
from orders.models import Order, Position, RiskDecision
from orders.permissions import VIEW_ORDERS, WORK_ORDERS
from orders.reports import CancelRejectReason, RestatementReason
from orders.selectors import requests_of
from tests.orders.desk import MANUAL, SELL_SIDE, cancel, last_report, manual_order, replace
from tests.orders.fills import fill
from tests.world import SETUP, World, person

R = RestatementReason


def answer(service: Callable[..., Order], order: Order, **more: Any) -> Order:
    return service(actor=SELL_SIDE, order_id=order.pk, **more)


def held(world: World) -> Decimal:
    return Position.objects.get(account=world.account).open_buy_quantity


def test_an_order_waits_for_the_desk(world: World) -> None:
    order = world.place(algorithm=MANUAL)
    assert (order.status, last_report(order).exec_type) == ("pending_new", "A")

    assert answer(services.accept_order, order).status == "new"
    with pytest.raises(AnswerNotAsked):
        answer(services.accept_order, order)


def test_the_desk_may_refuse_what_it_has_not_taken_on(world: World) -> None:
    order = world.place(algorithm=MANUAL)

    refused = answer(services.reject_order, order, reason="known already")

    assert (refused.status, refused.leaves_quantity, held(world)) == ("rejected", 0, 0)
    assert Order.objects.get(pk=order.pk).denial_detail == "known already"
    with pytest.raises(AnswerNotAsked):
        answer(services.reject_order, order, reason="twice")


def test_a_person_answers_with_the_permission_alone(world: World) -> None:
    order = world.place(algorithm=MANUAL)
    dealer = person("dealer", world.desk, (VIEW_ORDERS, WORK_ORDERS))

    with pytest.raises(NotPermitted):
        services.accept_order(actor=world.trader, order_id=order.pk)
    assert services.accept_order(actor=dealer, order_id=order.pk).status == "new"


def test_nobody_answers_for_an_algorithm(world: World) -> None:
    with pytest.raises(OrderNotManual):
        answer(services.accept_order, world.place())


def test_a_request_is_received_then_pending_then_followed(world: World) -> None:
    order = manual_order(world)
    assert replace(world, order, "150", "y").status == "new"
    assert answer(services.acknowledge_request, order).status == "pending_replace"
    assert (held(world), last_report(order).exec_type) == (150, "E")

    replaced = answer(services.confirm_request, order)

    assert (replaced.status, replaced.quantity) == ("new", 150)
    with pytest.raises(AnswerNotAsked):
        answer(services.confirm_request, order)


def test_a_cancel_that_is_pending_hides_a_fill_and_is_confirmed(world: World) -> None:
    order = manual_order(world)
    cancel(world, order, "y")
    assert answer(services.acknowledge_request, order, client_order_id="y").status == "pending_cancel"
    fill(order, "40")
    assert last_report(order).order_status == "pending_cancel"

    assert answer(services.confirm_request, order).status == "canceled"
    assert requests_of(order).get().state == "accepted"


def test_an_unsolicited_cancel_refuses_what_is_outstanding(world: World) -> None:
    order = manual_order(world)
    replace(world, order, "150", "y")

    assert answer(services.cancel_unsolicited, order, reason="halt").status == "canceled"
    request = requests_of(order).get()
    assert (request.state, request.reject_reason, held(world)) == ("rejected", 0, 0)
    with pytest.raises(AnswerNotAsked):
        answer(services.cancel_unsolicited, order, reason="halt")


def test_the_desks_own_reason_is_kept(world: World) -> None:
    order = manual_order(world)
    replace(world, order, "150", "y")

    answer(services.reject_request, order, reason=CancelRejectReason.BROKER_OPTION)

    assert (last_report(order).reject_reason, held(world)) == (2, 100)


@pytest.mark.parametrize("reason", [0, 1, 3, 6])
def test_the_desk_states_no_fact_that_is_none(world: World, reason: int) -> None:
    order = manual_order(world)
    cancel(world, order, "y")

    with pytest.raises(ReasonNotApplicable):
        answer(services.reject_request, order, reason=CancelRejectReason(reason))


def test_what_was_filled_meanwhile_is_too_late_to_cancel(world: World) -> None:
    order = manual_order(world)
    cancel(world, order, "y")
    answer(services.acknowledge_request, order)
    fill(order, "100")

    rejected = answer(services.reject_request, order)

    assert (rejected.status, last_report(order).reject_reason) == ("filled", 0)


def test_a_second_request_is_refused_because_another_is_pending(world: World) -> None:
    order = manual_order(world)
    replace(world, order, "150", "y")
    replace(world, order, "160", "z")
    answer(services.acknowledge_request, order)

    answer(services.reject_request, order, client_order_id="z")

    assert (last_report(order).reject_reason, last_report(order).order_status) == (3, "pending_replace")


def test_the_report_of_a_chained_request_tells_what_the_one_before_it_makes(world: World) -> None:
    order = manual_order(world)
    replace(world, order, "80", "y")
    replace(world, order, "70", "z")
    answer(services.acknowledge_request, order)
    answer(services.acknowledge_request, order)

    report = last_report(order)
    assert (report.order_quantity, report.leaves_quantity) == (80, 80)
    assert answer(services.confirm_request, order).status == "pending_replace"


def test_a_filled_order_is_replaced_up_and_only_up(world: World) -> None:
    order = manual_order(world)
    fill(order, "100")
    with pytest.raises(OrderNotOpen):
        replace(world, order, "100", "same")

    replace(world, order, "120", "y")
    assert held(world) == 20
    with pytest.raises(AnswerNotAsked):
        answer(services.reject_request, order, client_order_id="unknown")
    assert answer(services.confirm_request, order).status == "partially_filled"
    fill(order, "20")
    assert (Order.objects.get(pk=order.pk).status, held(world)) == ("filled", 0)


def test_a_replace_up_that_is_refused_gives_its_exposure_back(world: World) -> None:
    order = manual_order(world)
    fill(order, "100")
    replace(world, order, "120", "y")

    rejected = answer(services.reject_request, order, reason=CancelRejectReason.BROKER_OPTION)

    assert (rejected.status, held(world), last_report(order).reject_reason) == ("filled", 0, 2)


def test_a_replace_below_what_is_filled_cancels_the_rest(world: World) -> None:
    order = manual_order(world)
    fill(order, "80")
    replace(world, order, "70", "y")

    replaced = answer(services.confirm_request, order)

    assert (replaced.status, replaced.quantity, held(world)) == ("filled", 80, 0)


def test_terms_are_not_changed_before_the_order_is_taken_on(world: World) -> None:
    with pytest.raises(ReplacePending):
        replace(world, world.place(algorithm=MANUAL), "150", "y")


def test_a_day_order_that_is_done_leaves_nothing_and_one_carried_over_does(world: World) -> None:
    day, carried = manual_order(world), manual_order(world, time_in_force="gtc")

    assert answer(services.done_for_day, day).leaves_quantity == 0
    assert answer(services.done_for_day, carried).leaves_quantity == 100
    with pytest.raises(AnswerNotAsked):
        answer(services.done_for_day, day)
    assert answer(services.restate, carried, quantity=Decimal(100), reason=R.RENEWAL).status == "new"


def test_only_what_was_done_for_the_day_is_renewed(world: World) -> None:
    with pytest.raises(AnswerNotAsked):
        answer(services.restate, manual_order(world), quantity=Decimal(100), reason=R.RENEWAL)


def test_a_split_scales_what_is_filled_and_keeps_its_worth(world: World) -> None:
    order = manual_order(world, time_in_force="gtc", limit_price="100")
    fill(order, "20")
    answer(services.done_for_day, order)

    split = answer(services.restate, order, quantity=Decimal(200), reason=R.CORPORATE_ACTION)

    assert (split.status, split.quantity, split.filled_quantity) == ("partially_filled", 200, 40)
    assert (split.limit_price, split.filled_avg_price) == (50, 50)
    execution = executions_in_force().filter(order=order).get()
    assert (execution.kind, execution.quantity, execution.price) == ("correction", 40, 50)
    position = Position.objects.get(account=world.account)
    assert (position.net_quantity, position.bought_notional, position.open_buy_quantity) == (40, 2000, 160)


def test_a_split_without_a_limit_price_and_without_a_fill(world: World) -> None:
    order = manual_order(world, time_in_force="gtc", type="market", limit_price=None)
    answer(services.done_for_day, order)

    split = answer(services.restate, order, quantity=Decimal(200), reason=R.CORPORATE_ACTION)
    assert (split.quantity, split.limit_price, held(world)) == (200, None, 200)


def test_a_split_that_no_price_can_follow_is_refused(world: World) -> None:
    order = manual_order(world, limit_price="100", time_in_force="gtc")

    with pytest.raises(SplitNotExact):
        answer(services.restate, order, quantity=Decimal(300), reason=R.CORPORATE_ACTION)


@pytest.mark.parametrize("reason", [R.CORPORATE_ACTION, R.PARTIAL_DECLINE])
@pytest.mark.parametrize("terms", [{"display_quantity": "50"}, {"minimum_quantity": "50"}])
def test_nothing_is_restated_below_the_orders_own_terms(
    world: World, reason: R, terms: dict[str, str]
) -> None:
    order = manual_order(world, **terms)

    with pytest.raises(QuantityBelowTerms):
        answer(services.restate, order, quantity=Decimal(10), reason=reason)


def test_no_replace_is_asked_for_below_the_orders_own_terms(world: World) -> None:
    with pytest.raises(QuantityBelowTerms):
        replace(world, manual_order(world, display_quantity="50"), "10", "y")


def test_a_reduction_gives_exposure_back_and_an_increase_is_checked(world: World) -> None:
    order = manual_order(world)

    assert answer(services.restate, order, quantity=Decimal(90), reason=R.PARTIAL_DECLINE).quantity == 90
    assert held(world) == 90
    increased = answer(services.restate, order, quantity=Decimal(120), reason=R.VERBAL_CHANGE)
    assert (increased.quantity, held(world), increased.terms_revision) == (120, 120, 3)
    with pytest.raises(RiskRefused):
        answer(services.restate, order, quantity=Decimal(10_001), reason=R.VERBAL_CHANGE)


def test_an_increase_by_word_keeps_the_position_limit(world: World) -> None:
    order = manual_order(world, quantity="9000")
    manual_order(world, quantity="9000")
    manual_order(world, quantity="1500")

    with pytest.raises(RiskRefused) as refused:
        answer(services.restate, order, quantity=Decimal(10_000), reason=R.VERBAL_CHANGE)
    assert refused.value.code == "RISK_POSITION_LIMIT"


def test_nothing_is_restated_below_its_fills_nor_when_it_has_ended(world: World) -> None:
    order = manual_order(world)
    fill(order, "80")
    with pytest.raises(QuantityBelowFilled):
        answer(services.restate, order, quantity=Decimal(70), reason=R.PARTIAL_DECLINE)
    answer(services.cancel_unsolicited, order, reason="halt")
    with pytest.raises(AnswerNotAsked):
        answer(services.restate, order, quantity=Decimal(100), reason=R.RENEWAL)


def test_a_guarantee_stands_above_its_fill(world: World) -> None:
    order = manual_order(world)

    stopped = answer(services.stop_order, order, quantity=Decimal(10), price=Decimal("99.5"))
    assert (stopped.status, last_report(order).last_quantity) == ("stopped", 10)
    fill(order, "10", price="99")
    assert last_report(order).order_status == "stopped"
    with pytest.raises(AnswerNotAsked):
        answer(services.stop_order, order, quantity=Decimal(91))


def test_a_held_order_is_triggered_once(world: World) -> None:
    order = manual_order(world)

    assert answer(services.trigger_held_order, order).status == "new"
    assert last_report(order).exec_type == "L"
    with pytest.raises(AnswerNotAsked):
        answer(services.trigger_held_order, order)


def test_an_order_for_cash_buys_whole_lots_at_the_last_price(world: World) -> None:
    order = world.place(
        quantity=None, cash_quantity="10050", type="market", limit_price=None, algorithm=MANUAL
    )
    assert (order.quantity, order.cash_quantity, held(world)) == (100, 10050, 100)

    accepted = answer(services.accept_order, order, price=Decimal("50"))

    assert (accepted.quantity, held(world)) == (201, 201)


def test_an_order_for_cash_that_buys_less_gives_exposure_back(world: World) -> None:
    order = world.place(quantity=None, cash_quantity="10000", algorithm=MANUAL)

    with pytest.raises(PriceOffTick):
        answer(services.accept_order, order, price=Decimal("200.005"))
    assert answer(services.accept_order, order, price=Decimal(200)).quantity == 50
    assert held(world) == 50


def test_cash_converted_by_the_desk_keeps_the_position_limit(world: World) -> None:
    order = world.place(quantity=None, cash_quantity="900000", algorithm=MANUAL)

    with pytest.raises(RiskRefused):
        answer(services.accept_order, order, price=Decimal("40"))

    newest = RiskDecision.objects.filter(order=order).latest("id")
    assert (newest.is_admitted, newest.figures["quantity"]) == (False, "22500")


def test_an_order_by_quantity_is_accepted_whatever_the_price(world: World) -> None:
    assert answer(services.accept_order, world.place(algorithm=MANUAL), price=Decimal(50)).quantity == 100


def test_cash_below_one_lot_is_no_order(world: World) -> None:
    with pytest.raises(CashBelowOneLot):
        world.place(quantity=None, cash_quantity="99")


def test_cash_needs_a_price_to_be_converted_at(world: World) -> None:
    services.register_instrument(
        actor=SETUP,
        symbol="IBM",
        isin="US4592001014",
        mic="XNYS",
        currency="USD",
        tick_size=Decimal("0.01"),
        lot_size=Decimal(1),
    )

    with pytest.raises(RiskRefused) as refused:
        world.place(symbol="IBM", quantity=None, cash_quantity="1000", type="market", limit_price=None)
    assert refused.value.code == "RISK_NO_REFERENCE_PRICE"
