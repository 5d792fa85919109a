"""The decision as people see it: in the form's preview, and kept on the page of the order."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from orders.limit_kinds import LimitKind
from orders.models import Limit, Order
from orders.services import grant_override, register_limit
from tests.sign_in import addresses, filled, in_role, sign_in, visible_text
from tests.world import SETUP, World, person

FORM = reverse("admin:orders_order_place")


def _page(order: Order, rest: str = "") -> str:
    return reverse("admin:orders_order_change", args=[order.pk]) + rest


def _risk(actor: Any, order: Order) -> str:
    return visible_text(sign_in(actor).get(_page(order, "panel/risk/")))


def _preview(actor: Any, **changes: str) -> str:
    terms = {
        "account": "ALPHA",
        "symbol": "SPY",
        "side": "buy",
        "type": "limit",
        "time_in_force": "day",
        "quantity": "100",
        "limit_price": "100",
        "client_order_id": "previewed",
    }
    return visible_text(sign_in(actor).post(FORM, {**terms, "act": "preview", **changes}))


def test_a_preview_names_each_limit_what_is_used_and_what_binds_next(world: World) -> None:
    world.place(quantity="4000")

    text = _preview(world.trader, quantity="6000")

    assert "Would be admitted. Next to bind: quantity per order, account ALPHA: 60.0 % used" in text
    assert "passed Quantity per order account ALPHA - 6,000 10,000 units 60.0 %" in text
    assert "passed Position per instrument account ALPHA 4,000 10,000 20,000 units 50.0 %" in text
    assert "Notional per order account ALPHA - 600,000 5,000,000 USD 12.0 %" in text
    assert text.index("Quantity per order") < text.index("Position per instrument")
    assert "Worth at worst 600,000.00 USD Last 100.00" in text
    assert "account active, instrument active, market active" in text


def test_a_preview_warns_before_it_refuses(world: World) -> None:
    text = _preview(world.trader, quantity="8500")

    assert "Would be admitted, near 1 limit." in text
    assert "warned Quantity per order account ALPHA - 8,500 10,000 units 85.0 %" in text


def test_a_preview_names_every_reason_to_refuse(world: World) -> None:
    text = _preview(world.trader, quantity="12000", limit_price="140")

    assert "Would be refused: RISK_ORDER_QUANTITY the quantity is above the limit per order" in text
    assert "and RISK_PRICE_COLLAR" in text
    assert "Place, to be refused" in text


def test_a_preview_tells_the_numbers_also_of_what_cannot_be_drawn(world: World) -> None:
    register_limit(actor=SETUP, kind=LimitKind.CASH_MINIMUM, value=Decimal(500), holder=world.account)

    text = _preview(world.trader, quantity="1", limit_price="100.005")

    assert (
        "RISK_PRICE_OFF_TICK the limit price is not a multiple of the tick: limit price 100.005, tick size 0.01"
    ) in text
    assert "too little cash could remain: cash 0, remaining -100.005, minimum 500" in text


def test_a_limit_of_the_desk_keeps_its_numbers_from_who_sees_the_account_alone(world: World) -> None:
    Limit.objects.create(desk=world.desk, kind="gross_notional", value=77_000)
    narrow = person("narrow", world.account, ("view_orders", "place_orders", "view_limits"))

    told, kept = _preview(world.trader), _preview(narrow)

    assert "Gross exposure desk EQ1 0 10,000 77,000 USD" in told
    assert "passed Gross exposure A limit that you may not see." in kept
    assert "77,000" not in kept


def test_an_admitted_order_keeps_its_decision(world: World) -> None:
    order = world.place(quantity="6000")

    text = _risk(world.trader, order)

    assert "On the order as it was placed" in text
    assert "admitted" in text
    assert "Quantity per order account ALPHA - 6,000 10,000 units 60.0 %" in text


def test_a_kept_decision_shows_the_limits_of_then(world: World) -> None:
    order = world.place(quantity="6000")
    Limit.objects.filter(account=world.account, kind="order_quantity").update(value=1, version=2)

    assert "6,000 10,000 units 60.0 %" in _risk(world.trader, order)


def test_new_terms_have_a_decision_of_their_own_above_the_first(world: World) -> None:
    from orders import services
    from orders.commands import AmendOrder

    order = world.place()
    services.amend(
        actor=world.trader, order_id=order.pk, command=AmendOrder(quantity="200"), expected_revision=1
    )

    text = _risk(world.trader, order)
    assert text.index("On new terms") < text.index("On the order as it was placed")


def test_the_numbers_that_refused_an_order_are_readable(world: World) -> None:
    page = visible_text(sign_in(world.trader).get(_page(world.place(quantity="12000"))))

    assert "limit 10,000" in page
    assert "quantity 12,000" in page


def test_a_refusal_without_a_bar_shows_its_numbers_and_each_limit_its_version(world: World) -> None:
    Limit.objects.create(account=world.account, kind="cash_minimum", value=5000, version=7)

    text = _risk(world.trader, world.place())

    assert "too little cash could remain: cash 0, minimum 5,000, remaining -10,000 7" in text
    assert "Quantity per order account ALPHA - 100 10,000 units 1.0 % 1" in text


def test_a_decision_leads_to_the_limits_that_may_be_seen(world: World) -> None:
    order = world.place(quantity="12000")
    limit = Limit.objects.get(account=world.account, kind="order_quantity")
    page = reverse("admin:orders_limit_change", args=[limit.pk])

    assert page in addresses(sign_in(world.trader).get(_page(order, "panel/risk/")))
    operator = sign_in(in_role("operator", world.firm))
    assert page not in addresses(operator.get(_page(order, "panel/risk/")))


@pytest.mark.parametrize(("limit_price", "first"), [("100", "executions"), ("140", "risk")])
def test_a_refused_order_shows_the_decision_first(world: World, limit_price: str, first: str) -> None:
    page = sign_in(world.trader).get(_page(world.place(limit_price=limit_price)))

    assert page.context["panels"][0].name == first


def test_who_may_not_see_limits_sees_what_was_decided_and_no_number_of_a_limit(world: World) -> None:
    order = world.place(quantity="12000")

    text = _risk(in_role("operator", world.firm), order)

    assert "Refused: RISK_ORDER_QUANTITY the quantity is above the limit per order" in text
    assert "10,000" not in text


def test_an_override_leads_its_trader_to_the_form_and_lets_the_order_through(world: World) -> None:
    refused = world.place(quantity="12000")
    override = grant_override(
        actor=person("overriding", world.firm, ("view_orders", "override_limits")),
        order_id=refused.pk,
        codes=["RISK_ORDER_QUANTITY"],
        expires_in_minutes=30,
        reason="a block that was announced",
    )
    client = sign_in(world.trader)
    link = f"{FORM}?like={refused.pk}&override={override.pk}"
    assert link in addresses(client.get(_page(refused)))
    assert link not in addresses(sign_in(world.head).get(_page(refused)))

    terms = filled(client.get(link))
    previewed = client.post(FORM, {**terms, "act": "preview"})
    assert "overridden Quantity per order RISK_ORDER_QUANTITY account ALPHA - 12,000" in visible_text(
        previewed
    )
    client.post(FORM, {**filled(previewed), "act": "place"})

    placed = Order.objects.exclude(pk=refused.pk).get()
    assert (placed.status, placed.quantity) == ("new", 12_000)
    assert link not in addresses(client.get(_page(refused)))


def test_an_override_that_is_none_is_told_at_its_field(world: World) -> None:
    terms = {
        **filled(sign_in(world.trader).get(FORM)),
        "symbol": "SPY",
        "quantity": "1",
        "limit_price": "100",
    }

    answer = sign_in(world.trader).post(FORM, {**terms, "override": str(world.account.pk), "act": "preview"})

    assert "RESOURCE_OVERRIDE_NOT_FOUND" in answer.context["form"].errors["override"][0]
