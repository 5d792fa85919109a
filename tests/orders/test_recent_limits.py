"""Limits of what was done a moment ago, as a client meets them: placing, amending, canceling, and beside others."""

import multiprocessing
from collections import Counter
from decimal import Decimal
from functools import partial
from multiprocessing.queues import Queue
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections, transaction

from orders import services
from orders.commands import AmendOrder, CancelOrder
from orders.errors import RiskRefused
from orders.kernel.context import Actor
from orders.limit_kinds import LimitKind
from orders.models import Limit, Order, User
from orders.permissions import PLACE_ORDERS, RESET_THROTTLES, VIEW_LIMITS
from orders.reports import RestatementReason
from tests.orders.desk import SELL_SIDE, manual_order
from tests.orders.fills import fill
from tests.orders.test_concurrency import run_processes
from tests.world import LIMITS, SETUP, World, person

FORK = multiprocessing.get_context("fork")
TWAP = {"name": "twap", "parameters": {"slices": 2}}


def limit(kind: LimitKind, value: str, holder: Any) -> Limit:
    return services.register_limit(actor=SETUP, kind=kind, value=Decimal(value), holder=holder)


def amend(world: World, order: Order, **terms: str) -> Order:
    return services.amend(
        actor=world.trader,
        order_id=order.pk,
        command=AmendOrder(**terms),
        expected_revision=order.terms_revision,
    )


def test_the_same_order_again_is_refused_within_the_window_and_other_terms_are_not(world: World) -> None:
    limit(LimitKind.DUPLICATE_WINDOW_S, "600", world.firm)
    assert world.place().status == "new"

    again = world.place()

    assert (again.status, again.denial_code) == ("rejected", "RISK_DUPLICATE_ORDER")
    assert world.place(quantity="99").status == "new"


def test_a_rate_of_a_trader_counts_what_that_trader_places_anywhere(world: World) -> None:
    limit(LimitKind.ORDERS_PER_MINUTE, "1", User.objects.get(pk=world.trader.user_id))

    placed = [world.place() for _ in range(2)]

    assert [order.denial_code for order in placed] == ["", "RISK_ORDER_RATE"]


def test_a_rate_refuses_what_comes_too_fast_and_counts_what_it_refused(world: World) -> None:
    rate = limit(LimitKind.ORDERS_PER_MINUTE, "2", world.desk)

    placed = [world.place() for _ in range(4)]

    assert [order.denial_code for order in placed] == ["", "", "RISK_ORDER_RATE", "RISK_ORDER_RATE"]
    Limit.objects.filter(pk=rate.pk).update(value=Decimal(4))
    assert world.place().denial_code == "RISK_ORDER_RATE"


def test_messages_that_are_used_up_refuse_orders_and_amendments_and_never_a_cancel(world: World) -> None:
    limit(LimitKind.MESSAGES_PER_MINUTE, "2", world.account)
    order = world.place()
    amend(world, order, quantity="90")
    order.refresh_from_db()

    assert world.place().denial_code == "RISK_MESSAGE_RATE"
    with pytest.raises(RiskRefused) as refused:
        amend(world, order, quantity="80")
    assert refused.value.code == "RISK_MESSAGE_RATE"
    canceled = services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())
    assert canceled.status in ("canceled", "pending_cancel")


def test_a_cancel_is_a_message(world: World) -> None:
    limit(LimitKind.MESSAGES_PER_MINUTE, "2", world.account)
    order = world.place()

    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())

    assert world.place().denial_code == "RISK_MESSAGE_RATE"


def test_an_algorithm_that_was_used_too_often_waits_for_a_named_person(world: World) -> None:
    throttle = limit(LimitKind.REPEATED_EXECUTIONS, "1", world.account)
    supervisor = person("supervisor", world.firm, (VIEW_LIMITS, RESET_THROTTLES))
    assert world.place(algorithm=TWAP).status == "new"

    assert world.place(algorithm=TWAP).denial_code == "RISK_THROTTLED"
    assert world.place().status == "new"  # what no algorithm works is not held up

    services.reset_throttle(actor=supervisor, limit_id=throttle.pk, reason="looked at: a second basket")
    assert world.place(algorithm=TWAP).status == "new"
    assert world.place(algorithm=TWAP).denial_code == "RISK_THROTTLED"


def test_an_order_that_would_trade_with_an_own_one_is_refused_and_so_is_an_amendment(world: World) -> None:
    limit(LimitKind.SELF_TRADE_QUANTITY, "0", world.firm)
    world.place(side="sell", limit_price="101")

    assert world.place(limit_price="101").denial_code == "RISK_SELF_TRADE"
    resting = world.place(limit_price="100.99")
    assert resting.status == "new"
    with pytest.raises(RiskRefused) as refused:
        amend(world, resting, limit_price="101")
    assert refused.value.code == "RISK_SELF_TRADE"


def test_only_what_is_left_of_an_amended_order_can_trade_with_an_own_one(world: World) -> None:
    limit(LimitKind.SELF_TRADE_QUANTITY, "20", world.firm)
    buying = world.place(quantity="100", limit_price="99")
    fill(buying, "80", price="99")
    world.place(side="sell", quantity="50", limit_price="101")

    assert amend(world, buying, limit_price="101").limit_price == 101
    buying.refresh_from_db()
    with pytest.raises(RiskRefused, match="open orders of the same holder"):
        amend(world, buying, quantity="101")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (LimitKind.DUPLICATE_WINDOW_S, "600"),
        (LimitKind.ORDERS_PER_MINUTE, "2"),
        (LimitKind.MESSAGES_PER_MINUTE, "2"),
    ],
)
def test_what_the_desk_restates_is_no_order_and_no_message(world: World, kind: LimitKind, value: str) -> None:
    limit(kind, value, world.account)
    order, _other = manual_order(world, quantity="100"), manual_order(world, quantity="110")

    restated = services.restate(
        actor=SELL_SIDE,
        order_id=order.pk,
        quantity=Decimal(110),
        reason=RestatementReason.VERBAL_CHANGE,
    )

    assert restated.quantity == 110


def place_repeatedly(actor: Actor, world: World, outcomes: "Queue[str]") -> None:
    for _ in range(6):
        command = world.command(
            account=(world.account if actor == world.trader else world.other_account).code,
            client_order_id=str(uuid4()),
        )
        outcomes.put(services.place(actor=actor, command=command).order.denial_code)


def test_a_rate_of_the_firm_is_kept_exactly_by_processes_that_place_at_once(committed_world: World) -> None:
    world, outcomes = committed_world, FORK.Queue()
    limit(LimitKind.ORDERS_PER_MINUTE, "13", world.firm)
    connections.close_all()
    processes = [
        FORK.Process(target=place_repeatedly, args=(actor, world, outcomes))
        for actor in (world.trader, world.stranger) * 4
    ]
    for process in processes:
        process.start()
    answers = Counter(outcomes.get(timeout=120) for _ in range(6 * len(processes)))
    for process in processes:
        process.join(120)

    assert answers == {"": 13, "RISK_ORDER_RATE": 35}


def place_for(world: World, account: str, outcomes: "Queue[str]") -> None:
    for _ in range(6):
        command = world.command(account=account, client_order_id=str(uuid4()))
        outcomes.put(services.place(actor=world.trader, command=command).order.denial_code)


def test_a_rate_of_a_trader_is_kept_exactly_in_accounts_of_two_firms(committed_world: World) -> None:
    world, outcomes = committed_world, FORK.Queue()
    firm = services.register_firm(actor=SETUP, code="BOREAS", currency="USD")
    desk = services.register_desk(actor=SETUP, firm=firm, code="EQ9")
    there = services.register_account(actor=SETUP, desk=desk, code="GAMMA")
    for kind, value in LIMITS.items():
        services.register_limit(actor=SETUP, kind=kind, value=value, holder=there)
    trader = User.objects.get(pk=world.trader.user_id)
    with transaction.atomic():
        services.grant_permission(actor=SETUP, user_id=trader.pk, permission=PLACE_ORDERS, scope=there)
    limit(LimitKind.ORDERS_PER_MINUTE, "13", trader)
    connections.close_all()

    run_processes(
        [partial(place_for, world, code, outcomes) for code in (world.account.code, there.code) * 4]
    )

    assert Counter(outcomes.get(timeout=120) for _ in range(48)) == {"": 13, "RISK_ORDER_RATE": 35}
