"""Amending an order. Nothing of these orders is at a venue yet, so a replace is in force at once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from orders import services
from orders.commands import AmendOrder
from orders.errors import (
    LimitPriceNotApplicable,
    OrderNotFound,
    OrderNotOpen,
    QuantityBelowFilled,
    ReplacePending,
    RiskRefused,
    StaleTerms,
)
from orders.kernel.errors import NotPermitted
from orders.limit_kinds import LimitKind
from orders.models import Order, OrderRevision, Position, Replacement
from tests.orders.fills import fill
from tests.world import NOON, SETUP, World, show_price


def amend(world: World, order: Order, revision: int = 1, **terms: str) -> Order:
    return services.amend(
        actor=world.trader, order_id=order.pk, command=AmendOrder(**terms), expected_revision=revision
    )


def open_buys(world: World) -> Decimal:
    return Position.objects.get(account=world.account).open_buy_quantity


def test_new_terms_are_in_force_and_move_the_revision(world: World) -> None:
    order = amend(world, world.place(), quantity="150", limit_price="99")

    assert (order.quantity, order.limit_price, order.status) == (150, 99, "new")
    assert (order.terms_revision, open_buys(world)) == (2, 150)
    assert Replacement.objects.get().request.state == "accepted"


def test_a_smaller_quantity_gives_its_exposure_back(world: World) -> None:
    amend(world, world.place(), quantity="60")

    assert open_buys(world) == 60


def test_a_stale_amendment_is_refused_and_changes_nothing(world: World) -> None:
    order = world.place()
    amend(world, order, quantity="150")

    with pytest.raises(StaleTerms):
        amend(world, order, revision=1, quantity="160")
    assert Order.objects.get().quantity == 150


def test_a_fill_does_not_make_an_amendment_stale(world: World) -> None:
    order = world.place()
    fill(order, "40")

    assert amend(world, order, revision=1, quantity="150").status == "partially_filled"


def test_an_amendment_to_what_is_filled_fills_the_order(world: World) -> None:
    order = world.place()
    fill(order, "40")

    assert amend(world, order, quantity="40").status == "filled"
    assert open_buys(world) == 0


def test_less_than_what_is_filled_is_refused(world: World) -> None:
    order = world.place()
    fill(order, "40")

    with pytest.raises(QuantityBelowFilled):
        amend(world, order, quantity="39")


def test_a_check_refuses_new_terms_and_the_refusal_is_kept(world: World) -> None:
    order = world.place()

    with pytest.raises(RiskRefused) as refused:
        amend(world, order, limit_price="120")

    assert refused.value.code == "RISK_PRICE_COLLAR"
    order.refresh_from_db()
    assert (order.limit_price, order.status, order.terms_revision, order.version) == (100, "new", 1, 2)
    assert OrderRevision.objects.get(order=order, version=2).event == "AmendmentRefused"


def test_an_amendment_beyond_the_position_limit_is_refused_and_reserves_nothing(world: World) -> None:
    world.place(quantity="10000")
    world.place(quantity="5000")
    order = world.place(quantity="4000")

    with pytest.raises(RiskRefused) as refused:
        amend(world, order, quantity="5001")

    assert refused.value.code == "RISK_POSITION_LIMIT"
    assert open_buys(world) == 19_000
    assert not Replacement.objects.exists()


def test_an_ended_order_is_not_amended(world: World) -> None:
    order = world.place()
    fill(order, "100")

    with pytest.raises(OrderNotOpen):
        amend(world, order, quantity="150")


def test_an_order_that_is_being_cancelled_is_not_amended(world: World) -> None:
    order = world.place()
    Order.objects.filter(pk=order.pk).update(status="pending_cancel")

    with pytest.raises(ReplacePending):
        amend(world, order, quantity="150")


def test_a_market_order_has_no_price_to_amend(world: World) -> None:
    order = world.place(type="market", limit_price=None)

    with pytest.raises(LimitPriceNotApplicable):
        amend(world, order, limit_price="99")


def test_who_may_not_see_an_order_does_not_find_it(world: World) -> None:
    order = world.place()

    with pytest.raises(OrderNotFound):
        services.amend(
            actor=world.stranger, order_id=order.pk, command=AmendOrder(quantity="1"), expected_revision=1
        )


def test_who_may_only_look_does_not_amend(world: World) -> None:
    order = world.place()

    with pytest.raises(NotPermitted):
        services.amend(
            actor=world.auditor, order_id=order.pk, command=AmendOrder(quantity="1"), expected_revision=1
        )


def test_an_order_that_closes_a_position_is_amended_after_the_days_loss_too(world: World) -> None:
    fill(world.place(), "100")
    closing = world.place(side="sell", limit_price="101")
    services.revalue(actor=SETUP, market_time=NOON)
    services.register_limit(actor=SETUP, kind=LimitKind.DAY_LOSS, value=Decimal(10), holder=world.desk)
    show_price(world.instrument, Decimal(90), at=NOON + timedelta(minutes=1))
    services.revalue(actor=SETUP, market_time=NOON + timedelta(minutes=1))
    assert world.place().denial_code == "RISK_DAY_LOSS"

    assert amend(world, closing, limit_price="100").limit_price == 100


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (LimitKind.POSITION_QUANTITY, "RISK_POSITION_LIMIT"),
        (LimitKind.NET_NOTIONAL, "RISK_NET_LIMIT"),
        (LimitKind.CREDIT_NOTIONAL, "RISK_CREDIT_LIMIT"),
        (LimitKind.CASH_MINIMUM, "RISK_CASH"),
        (LimitKind.DAY_LOSS, "RISK_DAY_LOSS"),
    ],
)
def test_new_terms_that_ask_for_less_pass_where_their_holder_is_beyond_a_limit_already(
    world: World, kind: LimitKind, code: str
) -> None:
    order = world.place()
    services.register_limit(actor=SETUP, kind=kind, value=Decimal(0), holder=world.desk)

    order = amend(world, order, quantity="60", limit_price="99")

    assert (order.quantity, order.limit_price) == (60, 99)
    with pytest.raises(RiskRefused) as refused:
        amend(world, order, revision=order.terms_revision, quantity="61")
    assert refused.value.code == code


def test_a_wider_offset_reserves_more_and_none_once_the_stop_was_triggered(world: World) -> None:
    order = world.place(type="trailing_stop", limit_price=None, trail_percent="10")

    amend(world, order, trail_price="50")
    order.refresh_from_db()
    assert (order.worst_price, order.reserved_notional) == (150, 15_000)

    Order.objects.filter(pk=order.pk).update(triggered_at=NOON)
    amend(world, order, revision=2, quantity="90")
    order.refresh_from_db()
    assert (order.worst_price, order.reserved_notional) == (100, 9_000)
