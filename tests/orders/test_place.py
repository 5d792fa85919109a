"""Placing an order."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from orders import services
from orders.errors import (
    AccountNotFound,
    ClientOrderIdUsed,
    InstrumentNotFound,
    RiskRefused,
    TooManyRefusals,
)
from orders.hooks import hooks
from orders.kernel.errors import NotPermitted
from orders.limit_kinds import LimitKind
from orders.models import Limit, Order, OrderRevision, Position, Refusal
from tests.world import SETUP, World


def position(world: World) -> Position:
    return Position.objects.get(account=world.account, instrument=world.instrument)


def test_an_admitted_order_is_new_and_holds_its_exposure(world: World) -> None:
    order = world.place(quantity="300")

    assert (order.status, order.version, order.terms_revision) == ("new", 1, 1)
    assert order.reserved_quantity == 300
    assert (position(world).open_buy_quantity, position(world).net_quantity) == (300, 0)
    assert [revision.event for revision in OrderRevision.objects.filter(order=order)] == ["OrderPlaced"]


def test_a_sell_holds_exposure_on_its_own_side(world: World) -> None:
    world.place(side="sell", quantity="40")

    assert (position(world).open_buy_quantity, position(world).open_sell_quantity) == (0, 40)


def test_the_same_request_again_gets_the_first_order(world: World) -> None:
    command = world.command()
    first = services.place(actor=world.trader, command=command)
    again = services.place(actor=world.trader, command=command)

    assert (first.created, again.created) == (True, False)
    assert again.order.pk == first.order.pk
    assert position(world).open_buy_quantity == 100


def test_quantities_that_are_equal_spell_the_same_request(world: World) -> None:
    first = services.place(actor=world.trader, command=world.command(client_order_id="x", quantity="100"))
    again = services.place(actor=world.trader, command=world.command(client_order_id="x", quantity="100.00"))

    assert again.order.pk == first.order.pk


def test_another_request_under_the_same_id_is_a_conflict(world: World) -> None:
    world.place(client_order_id="x")

    with pytest.raises(ClientOrderIdUsed):
        world.place(client_order_id="x", quantity="101")


def test_two_accounts_may_use_the_same_client_order_id(world: World) -> None:
    world.place(client_order_id="x")
    other = world.command(client_order_id="x", account=world.other_account.code)

    assert services.place(actor=world.stranger, command=other).created


def test_a_refused_order_is_kept_rejected_and_answers_the_same_again(world: World) -> None:
    command = world.command(quantity="10001")
    first = services.place(actor=world.trader, command=command)
    again = services.place(actor=world.trader, command=command)

    assert (first.order.status, first.order.denial_code) == ("rejected", "RISK_ORDER_QUANTITY")
    assert (again.created, again.order.pk) == (False, first.order.pk)
    revision = OrderRevision.objects.get(order=first.order)
    assert revision.event == "OrderRejected"
    assert revision.facts["details"]["numbers"] == {"quantity": "10001", "limit": "10000"}


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        (LimitKind.CASH_MINIMUM, "77", "RISK_CASH"),
        (LimitKind.ORDER_QUANTITY, "77", "RISK_ORDER_QUANTITY"),
        (LimitKind.GROSS_NOTIONAL, "77", "RISK_GROSS_LIMIT"),
    ],
)
def test_a_denial_tells_no_number_of_the_firms_limits_to_whoever_sees_the_order(
    world: World, kind: LimitKind, value: str, code: str
) -> None:
    services.register_limit(actor=SETUP, kind=kind, value=Decimal(value), holder=world.firm)

    order = world.place()

    assert order.denial_code == code
    assert OrderRevision.objects.get(order=order).facts["details"]["numbers"] == {}


def test_cash_that_buys_more_units_than_an_order_can_have_is_refused(world: World) -> None:
    with pytest.raises(RiskRefused) as error:
        world.place(quantity=None, cash_quantity="999999999999", limit_price="0.01")

    assert error.value.code == "RISK_ORDER_QUANTITY"


def test_the_position_limit_counts_open_orders_at_their_worst(world: World) -> None:
    world.place(quantity="10000")
    world.place(quantity="10000")
    refused = world.place(quantity="1")

    assert (refused.status, refused.denial_code) == ("rejected", "RISK_POSITION_LIMIT")
    assert position(world).open_buy_quantity == 20_000
    assert world.place(side="sell", quantity="10000").status == "new"


def test_an_open_sell_does_not_make_room_for_a_buy(world: World) -> None:
    world.place(side="sell", quantity="10000")
    world.place(quantity="10000")
    world.place(quantity="10000")

    assert world.place(quantity="1").denial_code == "RISK_POSITION_LIMIT"


def test_the_first_order_in_an_instrument_may_already_be_too_much(world: World) -> None:
    Limit.objects.filter(account=world.account, kind=LimitKind.POSITION_QUANTITY).update(value=Decimal(99))

    assert world.place(quantity="100").denial_code == "RISK_POSITION_LIMIT"
    assert not Position.objects.exists()


def test_another_desks_account_looks_like_no_account(world: World) -> None:
    with pytest.raises(AccountNotFound) as hidden:
        world.place(account=world.other_account.code)
    with pytest.raises(AccountNotFound) as absent:
        world.place(account="NOSUCH")

    assert hidden.value.detail == absent.value.detail


def test_who_sees_an_account_but_may_not_trade_it_is_told_so(world: World) -> None:
    with pytest.raises(NotPermitted):
        services.place(actor=world.auditor, command=world.command())

    assert not Order.objects.exists()


def test_an_unknown_symbol_is_refused_by_name(world: World) -> None:
    with pytest.raises(InstrumentNotFound, match="NOSUCH"):
        world.place(symbol="NOSUCH")


@pytest.mark.parametrize(
    "quantity", [100, 1.5, "1e3", "NaN", "Infinity", "-1", "0", "", " 1", "1_000", "٣", None, True]
)
def test_a_quantity_that_is_not_a_plain_string_of_digits_is_refused(world: World, quantity: object) -> None:
    terms = {**world.command().model_dump(mode="json"), "quantity": quantity}

    with pytest.raises(ValidationError):
        world.command().model_validate(terms)


def test_a_limit_order_without_a_price_and_a_market_order_with_one_are_refused(world: World) -> None:
    with pytest.raises(ValidationError, match="needs a limit_price"):
        world.command(limit_price=None)
    with pytest.raises(ValidationError, match="has no limit_price"):
        world.command(type="market")


def test_a_refusal_before_admission_is_kept_without_what_cannot_be_printed(world: World) -> None:
    services.record_refusal(
        actor=world.trader, code="INPUT_INVALID", account="A\n\x00é" + "B" * 50, symbol=""
    )

    refusal = Refusal.objects.get()
    assert refusal.account == "A" + "B" * 31


def test_refusals_above_the_rate_are_turned_away_unkept(world: World) -> None:
    for _ in range(120):
        services.record_refusal(actor=world.trader, code="INPUT_INVALID", account="", symbol="")
    with pytest.raises(TooManyRefusals):
        services.record_refusal(actor=world.trader, code="INPUT_INVALID", account="", symbol="")

    assert Refusal.objects.count() == 120
    services.record_refusal(actor=world.stranger, code="INPUT_INVALID", account="", symbol="")


def test_nothing_is_written_before_the_wiring_is_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from orders.hooks import HooksNotSealed

    monkeypatch.setattr(hooks, "sealed", False)
    with pytest.raises(HooksNotSealed):
        world.place()

    assert not Order.objects.exists()


def test_a_buy_beyond_cash_and_credit_is_refused_and_a_sale_is_not(world: World) -> None:
    services.register_limit(
        actor=SETUP, kind=LimitKind.CREDIT_NOTIONAL, value=Decimal(5_000), holder=world.firm
    )

    assert world.place(quantity="100").denial_code == "RISK_CREDIT_LIMIT"
    assert world.place(quantity="100", side="sell").status == "new"
    assert world.place(quantity="50").status == "new"


def test_too_much_of_the_gross_limit_in_one_instrument_is_refused(world: World) -> None:
    for kind, value in ((LimitKind.GROSS_NOTIONAL, 20_000), (LimitKind.CONCENTRATION_BPS, 2_500)):
        services.register_limit(actor=SETUP, kind=kind, value=Decimal(value), holder=world.desk)

    assert world.place(quantity="51").denial_code == "RISK_CONCENTRATION"
    assert world.place(quantity="50").status == "new"
