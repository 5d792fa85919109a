"""Chains of client order ids: each used once for ever, each request answered once."""

import pytest
from django.db import IntegrityError

from orders import services
from orders.errors import ChainMoved, ClientOrderIdUsed, OrderNotFound, ReplacePending, RiskRefused
from orders.models import OrderRequest, UsedClientOrderId
from orders.selectors import order_of_chain, orders_for, orders_in_chain, requests_of
from orders.services.requests import answered_again
from tests.orders.desk import MANUAL, SELL_SIDE, cancel, last_report, manual_order, replace
from tests.world import World


def test_a_replace_in_force_gives_the_order_its_id(world: World) -> None:
    order = replace(world, world.place(client_order_id="first"), "150", "second")

    assert (order.client_order_id, order.current_client_order_id) == ("first", "second")
    report = last_report(order)
    assert (report.exec_type, report.client_order_id, report.orig_client_order_id) == ("5", "second", "first")


def test_an_order_is_found_by_any_id_of_its_chain(world: World) -> None:
    order = manual_order(world, client_order_id="first")
    replace(world, order, "150", "second")
    cancel(world, order, "third")

    for link in ("first", "second", "third"):
        found = order_of_chain(world.trader, account=world.account.code, client_order_id=link)
        assert found.pk == order.pk
        assert list(orders_in_chain(orders_for(world.trader), link)) == [order]
        with pytest.raises(OrderNotFound):
            order_of_chain(world.stranger, account=world.account.code, client_order_id=link)


def test_a_request_without_an_id_gets_one(world: World) -> None:
    order = cancel(world, world.place())

    request = requests_of(order).get()
    assert (request.kind, request.state) == ("cancel", "accepted")
    assert UsedClientOrderId.objects.filter(client_order_id=request.client_order_id).exists()


def test_the_same_request_again_changes_nothing(world: World) -> None:
    order = world.place()
    amended = replace(world, order, "150", "again")
    assert replace(world, order, "150", "again").version == amended.version

    canceled = cancel(world, order, "gone")
    assert cancel(world, order, "gone").version == canceled.version


@pytest.mark.parametrize("quantity", ["160", "100"])
def test_another_request_under_a_used_id_is_refused(world: World, quantity: str) -> None:
    order = world.place()
    replace(world, order, "150", "again")

    with pytest.raises(ClientOrderIdUsed):
        replace(world, order, quantity, "again")
    with pytest.raises(ClientOrderIdUsed):
        cancel(world, order, "again")


def test_an_order_may_not_take_the_id_of_a_request(world: World) -> None:
    replace(world, world.place(), "150", "taken")

    with pytest.raises(ClientOrderIdUsed, match="a request"):
        world.place(client_order_id="taken")


def test_another_accounts_ids_are_free(world: World) -> None:
    replace(world, world.place(), "150", "taken")
    command = world.command(client_order_id="taken", account=world.other_account.code)

    assert services.place(actor=world.stranger, command=command).created


def test_what_a_check_refused_is_refused_again_under_its_id(world: World) -> None:
    order = world.place()
    for _time in range(2):
        with pytest.raises(RiskRefused) as refused:
            replace(world, order, "10001", "too-much")
        assert refused.value.code == "RISK_ORDER_QUANTITY"

    request = OrderRequest.objects.get()
    assert (request.state, request.reject_reason) == ("rejected", 99)
    assert last_report(order).reject_reason == 99


def test_a_request_follows_the_last_link_that_was_not_rejected(world: World) -> None:
    order = manual_order(world, client_order_id="x")
    replace(world, order, "150", "y", orig_client_order_id="x")

    with pytest.raises(ChainMoved) as moved:
        replace(world, order, "160", "z", orig_client_order_id="x")
    assert moved.value.facts["last_client_order_id"] == "y"

    replace(world, order, "160", "z", orig_client_order_id="y")
    services.reject_request(actor=SELL_SIDE, order_id=order.pk, client_order_id="z")
    cancel(world, order, "v", orig_client_order_id="y")


def test_a_second_cancel_under_an_id_of_its_own_is_refused(world: World) -> None:
    order = manual_order(world)
    cancel(world, order, "one")

    with pytest.raises(ReplacePending):
        cancel(world, order, "two")


def test_another_breach_of_the_database_is_not_asked_again(world: World) -> None:
    def breach() -> None:
        raise IntegrityError("violates something else")

    with pytest.raises(IntegrityError, match="something else"):
        answered_again(breach)


def test_an_id_that_is_taken_meanwhile_is_asked_about_again(world: World) -> None:
    answers = iter([IntegrityError("client_order_id_used_once"), None])

    def ask() -> str:
        answer = next(answers)
        if answer is not None:
            raise answer
        return "the other's answer"

    assert answered_again(ask) == "the other's answer"


def test_several_replaces_are_outstanding_only_with_a_desk(world: World) -> None:
    by_hand = world.place(algorithm=MANUAL)
    services.accept_order(actor=SELL_SIDE, order_id=by_hand.pk)
    replace(world, by_hand, "150", "a")
    replace(world, by_hand, "160", "b")
    assert [request.state for request in requests_of(by_hand)] == ["received", "received"]
