"""Overriding a refusal from the order's page, and halting and resuming from the pages of trading states."""

import pytest
from django.urls import reverse

from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.models import Override
from orders.permissions import CHANGE_STATES, OVERRIDE_LIMITS, VIEW_LIMITS, VIEW_ORDERS
from orders.services import grant_override, set_instrument_state
from tests.sign_in import addresses, filled, sign_in, visible_text
from tests.world import World, person

STATES = {
    "instrument": ("Halt SPY", "halted"),
    "market": ("Halt ARCX", "halted"),
    "account": ("Suspend ALPHA", "suspended"),
}


@pytest.fixture
def officer(world: World) -> Actor:
    permissions = (VIEW_ORDERS, VIEW_LIMITS, CHANGE_STATES, OVERRIDE_LIMITS)
    return person("officer", world.firm, permissions)


def test_a_refused_order_offers_the_override_to_who_may(world: World, officer: Actor) -> None:
    refused = world.place(quantity="10001")
    page = reverse("admin:orders_order_change", args=[refused.pk])
    url = reverse("admin:orders_order_override", args=[refused.pk])

    assert "override/" in addresses(sign_in(officer).get(page))
    assert "override/" not in addresses(sign_in(world.trader).get(page))
    assert sign_in(world.trader).get(url).status_code == 403
    form = sign_in(officer).get(url)
    assert "RISK_ORDER_QUANTITY: quantity per order, account ALPHA" in visible_text(form)


def test_an_override_is_granted_on_the_page_and_shown_with_its_id(world: World, officer: Actor) -> None:
    refused = world.place(quantity="10001")
    url = reverse("admin:orders_order_override", args=[refused.pk])

    given = {"codes": ["RISK_ORDER_QUANTITY"], "expires_in_minutes": "15", "reason": "the client's own size"}
    answer = sign_in(officer).post(url, given, follow=True)

    override = Override.objects.get()
    text = visible_text(answer)
    assert "the trader may place these terms once" in text
    assert str(override.pk) in visible_text(
        sign_in(world.trader).get(reverse("admin:orders_order_change", args=[refused.pk]))
    )
    again = sign_in(officer).post(url, given)
    assert (again.status_code, "STATE_OVERRIDE_GRANTED" in visible_text(again)) == (409, True)


def test_an_override_whose_time_is_over_is_not_offered(world: World, officer: Actor) -> None:
    refused = world.place(quantity="10001")
    grant_override(
        actor=officer, order_id=refused.pk, codes=[refused.denial_code], expires_in_minutes=5, reason="x"
    )
    Override.objects.update(expires_at=recorded_now())

    page = sign_in(world.trader).get(reverse("admin:orders_order_change", args=[refused.pk]))

    assert "expired unused" in visible_text(page)
    assert "Place it now" not in visible_text(page)


def test_who_would_override_is_told_of_what_nobody_may_waive(world: World, officer: Actor) -> None:
    url = "admin:orders_order_override"
    set_instrument_state(actor=officer, symbol="SPY", state="halted", reason="news pending")
    halted = visible_text(sign_in(officer).get(reverse(url, args=[world.place(quantity="10001").pk])))
    set_instrument_state(actor=officer, symbol="SPY", state="active", reason="news is out")
    traded = visible_text(sign_in(officer).get(reverse(url, args=[world.place(quantity="10001").pk])))

    assert "for RISK_INSTRUMENT_HALTED too, and nobody may waive that" in halted
    assert "nobody may waive" not in traded


@pytest.mark.parametrize("what", STATES)
def test_what_is_traded_is_stopped_and_resumed_with_a_reason(world: World, officer: Actor, what: str) -> None:
    words, stopped = STATES[what]
    keys = {"instrument": world.instrument.pk, "market": "ARCX", "account": world.account.pk}
    listed = reverse(f"admin:orders_{what}_changelist")
    url = reverse(f"admin:orders_{what}_state", args=[keys[what]])
    client = sign_in(officer)

    form = client.get(url)
    assert words in visible_text(form)
    after = visible_text(client.post(url, {**filled(form), "reason": "news pending"}, follow=True))
    assert f"is {stopped} now" in after
    assert f"{stopped}" in after and "officer news pending Resume" in after
    assert world.place().status == "rejected"
    client.post(url, {**filled(client.get(url)), "reason": "news is out"})
    assert world.place().status == "new"
    assert "officer news pending" in visible_text(client.get(url))
    assert client.get(listed, {"state": stopped}).context["cl"].result_list == []


def test_a_form_that_somebody_was_faster_than_does_not_do_the_opposite(world: World, officer: Actor) -> None:
    url = reverse("admin:orders_instrument_state", args=[world.instrument.pk])
    client = sign_in(officer)
    to_halt = filled(client.get(url))
    set_instrument_state(actor=officer, symbol="SPY", state="halted", reason="a second before")

    answer = client.post(url, {**to_halt, "reason": "news pending"})

    assert (answer.status_code, "STATE_UNCHANGED" in visible_text(answer)) == (409, True)
    assert "Halt SPY" in visible_text(answer) and "Resume SPY" not in visible_text(answer)
    assert world.place().denial_code == "RISK_INSTRUMENT_HALTED"


@pytest.mark.parametrize("state", ["", "suspended", "asleep"])
def test_a_form_leads_to_no_state_but_its_own_two(world: World, officer: Actor, state: str) -> None:
    url = reverse("admin:orders_instrument_state", args=[world.instrument.pk])

    assert sign_in(officer).post(url, {"reason": "news pending", "state": state}).status_code == 400
    assert world.place().status == "new"


def test_who_may_not_change_states_sees_them_without_the_way(world: World) -> None:
    url = reverse("admin:orders_instrument_state", args=[world.instrument.pk])
    client = sign_in(world.trader)

    listed = client.get(reverse("admin:orders_instrument_changelist"))
    assert "SPY active" in visible_text(listed)
    assert url not in addresses(listed)
    assert client.get(url).status_code == 403


def test_instruments_are_found_by_the_beginning_of_their_symbol(world: World) -> None:
    client, url = sign_in(world.trader), reverse("admin:orders_instrument_changelist")

    assert len(client.get(url, {"q": "SP"}).context["cl"].result_list) == 1
    assert "No instrument matches" in visible_text(client.get(url, {"q": "X"}))
