"""The form that places orders: the same command and the same service as the API's, errors at their fields."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compliance.models import Leaf
from orders.admin.place_form import PlaceForm
from orders.commands import PlaceOrder
from orders.hooks import hooks
from orders.models import Order, Refusal
from tests.sign_in import addresses, filled, in_role, sign_in, visible_text
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


def _preview(client: Client, terms: dict[str, str]) -> Any:
    return client.post(FORM, {**terms, "act": "preview"})


def _place(client: Client, terms: dict[str, str]) -> Any:
    """Preview and place, as a person does; the preview where it does not get further."""
    previewed = _preview(client, terms)
    if previewed.status_code != 200:
        return previewed
    given = {**terms, "act": "place", "previewed": filled(previewed)["previewed"]}
    return client.post(FORM, given, follow=True)


def test_a_trader_places_an_order_by_the_form(world: World) -> None:
    answer = _place(sign_in(world.trader), _terms())

    order = Order.objects.get()
    assert (order.client_order_id, order.quantity, order.limit_price) == ("by-form", 100, 100)
    assert answer.redirect_chain == [(reverse("admin:orders_order_change", args=[order.pk]), 302)]
    assert "Placed: by-form" in visible_text(answer)
    leaf = Leaf.objects.get(object_id=str(order.pk), action="OrderPlaced")
    assert (leaf.actor, '"door":"admin"' in leaf.body) == (world.trader.reference, True)


def test_the_same_form_sent_twice_places_one_order(world: World) -> None:
    client = sign_in(world.trader)
    _place(client, _terms())

    answer = _place(client, _terms())

    assert Order.objects.count() == 1
    assert "nothing was placed twice" in visible_text(answer)


def test_the_form_has_every_term_that_the_api_has(world: World) -> None:
    form = PlaceForm(None, accounts=[], algorithms=hooks.algorithms(), initial={})
    shown = {placed.field.name for placed in (*form.always, *form.parameters, *form.seldom)}

    assert set(PlaceOrder.model_fields) <= shown == set(form.fields)


def test_a_field_goes_away_with_the_types_that_it_does_not_go_with(world: World) -> None:
    page = sign_in(world.trader).get(FORM).content.decode()

    assert 'data-fits-type="limit stop_limit"' in page
    assert 'data-fits-time_in_force="gtd"' in page
    assert 'data-fits-algorithm="twap"' in page


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"quantity": "1e3"}, "quantity", "plain digits"),
        ({"quantity": ""}, None, "give either quantity or cash_quantity"),
        ({"limit_price": ""}, "limit_price", "a limit order needs a limit_price"),
        ({"type": "market"}, "limit_price", "a market order has no limit_price"),
        ({"symbol": ""}, "symbol", "Field required"),
        ({"account": "NONE"}, "account", "RESOURCE_ACCOUNT_NOT_FOUND"),
        ({"account": "BETA"}, "account", "RESOURCE_ACCOUNT_NOT_FOUND"),
        ({"symbol": "NONE"}, "symbol", "RESOURCE_INSTRUMENT_NOT_FOUND"),
        ({"type": "stop", "limit_price": ""}, "stop_price", "needs a stop_price"),
        ({"time_in_force": "gtd"}, "expires_on", "needs the last day"),
        ({"time_in_force": "gtd", "expires_on": "2013-10-03"}, "expires_on", "first be worked on 2013-10-04"),
        ({"time_in_force": "gtd", "expires_on": "tomorrow"}, "expires_on", "must be a date"),
        ({"effective_at": "noon"}, "effective_at", "must be a moment"),
        ({"effective_at": "2013-10-04 15:59"}, "effective_at", "must be after 2013-10-04T16:00:00Z"),
        ({"algorithm": "unheard-of"}, "algorithm", "no such algorithm"),
        ({"algorithm": "twap", "twap__slices": "many"}, "twap__slices", "Enter a whole number"),
        ({"algorithm": "twap", "twap__slices": "1001"}, "twap__slices", "less than or equal to 1000"),
        ({"algorithm": "twap", "twap__end": "2013-10-04 15:00:00"}, "twap__end", "must be after the start"),
        ({"algorithm": "twap", "time_in_force": "gtc"}, "time_in_force", "use day"),
        ({"quantity": "", "cash_quantity": "99"}, "cash_quantity", "RULE_CASH_BELOW_ONE_LOT"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(
    world: World, changes: dict[str, str], field: str | None, words: str
) -> None:
    answer = _place(sign_in(world.trader), _terms(**changes))

    assert 400 <= answer.status_code < 500
    assert words in " ".join(answer.context["form"].errors[field or "__all__"])
    for name, value in _terms(**changes).items():
        assert answer.context["form"][name].value() == value
    assert not Order.objects.exists()


def test_an_order_is_placed_with_an_algorithm_and_its_parameters(world: World) -> None:
    twap = {"algorithm": "twap", "twap__slices": "4", "twap__end": "2013-10-04 18:00", "direct__nothing": "1"}
    _place(sign_in(world.trader), _terms(**twap))

    order = Order.objects.get()
    assert order.instruction["name"] == "twap"
    assert order.instruction["parameters"] == {
        "start": "2013-10-04T16:00:00Z",
        "end": "2013-10-04T18:00:00Z",
        "slices": 4,
        "must_complete": False,
    }


def test_an_id_that_another_order_has_used_is_told_at_its_field(world: World) -> None:
    world.place(client_order_id="by-form", quantity="7")

    answer = _place(sign_in(world.trader), _terms())

    assert answer.status_code == 409
    assert "STATE_CLIENT_ORDER_ID_USED" in answer.context["form"].errors["client_order_id"][0]


def test_what_is_refused_before_it_is_an_order_is_on_the_record(world: World) -> None:
    _place(sign_in(world.trader), _terms(account="BETA"))

    refusal = Refusal.objects.get()
    assert (refusal.account, refusal.code) == ("BETA", "RESOURCE_ACCOUNT_NOT_FOUND")
    assert Leaf.objects.filter(action="InstructionRefused", object_id=str(refusal.pk)).exists()


def test_an_order_that_risk_refuses_is_kept_and_shown(world: World) -> None:
    answer = _place(sign_in(world.trader), _terms(limit_price="140"))

    assert Order.objects.get().status == "rejected"
    assert "Refused and kept: RISK_PRICE_COLLAR" in visible_text(answer)


def test_the_blotter_leads_to_the_form_for_who_may_place_orders(world: World) -> None:
    assert FORM in addresses(sign_in(world.trader).get(BLOTTER))

    watcher = sign_in(in_role("risk_officer", world.firm))
    assert FORM not in addresses(watcher.get(BLOTTER))
    assert watcher.get(FORM).status_code == watcher.post(FORM, _terms()).status_code == 403
    assert not Order.objects.exists()


def test_only_accounts_for_which_the_person_may_place_are_offered(world: World) -> None:
    page = visible_text(sign_in(world.trader).get(FORM))

    assert "ALPHA" in page
    assert "BETA" not in page


def test_another_order_like_one_starts_from_its_terms(world: World) -> None:
    order = world.place(
        quantity="300",
        limit_price="99.5",
        side="sell",
        time_in_force="gtd",
        expires_on="2013-10-11",
        effective_at="2013-10-04T17:00:00Z",
    )
    client = sign_in(world.trader)
    page = reverse("admin:orders_order_change", args=[order.pk])
    link = f"{FORM}?like={order.pk}"
    assert link in addresses(client.get(page))

    sent = filled(client.get(link))
    assert sent["client_order_id"] != order.client_order_id

    _place(client, sent)
    again = Order.objects.latest("pk")
    same = ("side", "quantity", "limit_price", "time_in_force", "expires_on", "effective_at", "instruction")
    assert [getattr(again, name) for name in same] == [getattr(order, name) for name in same]


@pytest.mark.parametrize("like", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_an_order_that_is_none_for_the_person_is_no_pattern(world: World, like: str) -> None:
    assert sign_in(world.trader).get(FORM, {"like": like}).status_code == 404


def test_an_order_of_another_desk_is_no_pattern(world: World) -> None:
    order = world.place()

    assert sign_in(world.stranger).get(FORM, {"like": str(order.pk)}).status_code == 404


def test_a_preview_shows_the_decision_and_places_nothing(world: World) -> None:
    answer = _preview(sign_in(world.trader), _terms())

    text = visible_text(answer)
    assert "Would be admitted" in text
    assert "Place order Ctrl + Enter" in text
    assert not Order.objects.exists()
    assert not Leaf.objects.filter(action__startswith="Order").exists()


def test_what_was_not_previewed_as_it_stands_is_previewed_first(world: World) -> None:
    client = sign_in(world.trader)
    previewed = filled(_preview(client, _terms()))["previewed"]

    for changed in ({"quantity": "200", "previewed": previewed}, {}):
        answer = client.post(FORM, {**_terms(**changed), "act": "place"})
        assert answer.status_code == 200
        assert "not the terms that you had previewed" in visible_text(answer)
    assert not Order.objects.exists()


def test_all_that_is_wrong_is_told_at_once_and_the_page_begins_at_the_first(world: World) -> None:
    wrong = {"algorithm": "twap", "twap__slices": "many", "quantity": "1e3", "effective_at": "noon"}
    page = _preview(sign_in(world.trader), _terms(**wrong))

    assert set(page.context["form"].errors) == {"twap__slices", "quantity", "effective_at"}
    begun = re.findall(r"<(?:input|select|h2)[^>]*autofocus[^>]*>", page.content.decode())
    assert ['name="quantity"' in each for each in begun] == [True]
