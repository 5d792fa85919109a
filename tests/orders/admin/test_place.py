"""The form that places orders: the same command and the same service as the API's, errors at their fields."""

from typing import Any

from django.urls import reverse

from compliance.models import Leaf
from orders.admin.place_form import PlaceForm
from orders.commands import PlaceOrder
from orders.hooks import hooks
from orders.models import Order
from tests.sign_in import sign_in, visible_text
from tests.world import World

FORM = reverse("admin:orders_order_place")
BLOTTER = reverse("admin:orders_order_changelist")


def _terms(**changes: str) -> dict[str, str]:
    return {
        "account": "ALPHA",
        "symbol": "SPY",
        "side": "buy",
        "type": "limit",
        "time_in_force": "day",
        "quantity": "100",
        "limit_price": "100",
        "client_order_id": "by-form",
        **changes,
    }


def _place(world: World, **changes: str) -> Any:
    return sign_in(world.trader).post(FORM, _terms(**changes))


def test_a_trader_places_an_order_by_the_form(world: World) -> None:
    answer = sign_in(world.trader).post(FORM, _terms(), follow=True)

    order = Order.objects.get()
    assert (order.client_order_id, order.quantity, order.limit_price) == ("by-form", 100, 100)
    assert answer.redirect_chain == [(reverse("admin:orders_order_change", args=[order.pk]), 302)]
    assert "Placed: by-form" in visible_text(answer)
    leaf = Leaf.objects.get(object_id=str(order.pk), action="OrderPlaced")
    assert (leaf.actor, '"door":"admin"' in leaf.body) == (world.trader.reference, True)


def test_the_same_form_sent_twice_places_one_order(world: World) -> None:
    client = sign_in(world.trader)
    client.post(FORM, _terms())

    answer = client.post(FORM, _terms(), follow=True)

    assert Order.objects.count() == 1
    assert "nothing was placed twice" in visible_text(answer)


def test_the_form_has_every_term_that_the_api_has(world: World) -> None:
    form = PlaceForm(None, accounts=[], algorithms=hooks.algorithms(), initial={})
    shown = {placed.field.name for placed in (*form.always, *form.parameters, *form.seldom)}

    assert set(PlaceOrder.model_fields) <= shown == set(form.fields)
