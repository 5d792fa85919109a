"""Pausing, resuming and changing an order at work, by the forms of the admin site."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from execution.models import Run
from execution.panels import SLICES
from orders.models import Order
from tests.execution.replay import Replay, fresh
from tests.sign_in import addresses, filled, in_role, sign_in, visible_text
from tests.world import World

TWAP = {"name": "twap", "parameters": {"slices": 5, "duration_minutes": 60, "must_complete": True}}


@pytest.fixture
def order(world: World, replay: Replay) -> Order:
    order = world.place(type="market", limit_price=None, quantity="100", algorithm=TWAP)
    replay.plan(order)
    return order


@pytest.fixture
def trader(world: World) -> Client:
    return sign_in(world.trader)


def _page(act: str, order: Order) -> str:
    return reverse(f"admin:run_{act}", args=[order.pk])


def _run(order: Order) -> Run:
    return Run.objects.get(order_id=order.pk)


def _change(client: Client, order: Order, **changes: str) -> Any:
    page = _page("change", order)
    return client.post(
        page, {**filled(client.get(page)), "reason": "the client asks", **changes}, follow=True
    )


def test_a_trader_pauses_an_order_and_resumes_it(world: World, trader: Client, order: Order) -> None:
    assert _page("pause", order) in SLICES.render(world.trader, fresh(order))

    paused = trader.post(_page("pause", order), {"reason": "news"}, follow=True)

    assert "Paused. What is live" in visible_text(paused)
    assert _run(order).paused_at is not None
    panel = SLICES.render(world.trader, fresh(order))
    assert "Paused since" in panel
    assert _page("pause", order) not in panel

    resumed = trader.post(_page("resume", order), {"reason": "news is out"}, follow=True)

    assert "Resumed. What remains is planned anew." in visible_text(resumed)
    assert _run(order).paused_at is None


def test_what_is_paused_already_says_so_whenever_it_is_found_out(trader: Client, order: Order) -> None:
    trader.post(_page("pause", order), {"reason": "first"})

    late = trader.post(_page("pause", order), {"reason": "second"})
    again = trader.get(_page("pause", order), follow=True)

    assert (late.status_code, "STATE_RUN_NOT_UNDER_WAY" in visible_text(late)) == (409, True)
    assert "The work on the order is paused: there is nothing to pause." in visible_text(again)


def test_a_trader_changes_parameters_and_only_those_that_are_others_are_sent(
    trader: Client, order: Order
) -> None:
    before = _run(order).parameters

    answer = _change(trader, order, slices="10", max_participation="0.2", must_complete="no")

    assert "the parameters are at revision 2" in visible_text(answer)
    changed = {"slices": 10, "max_participation": "0.2", "must_complete": False}
    assert _run(order).parameters == {**before, **changed}


def test_parameters_as_they_are_change_nothing(trader: Client, order: Order) -> None:
    assert "nothing is changed" in visible_text(_change(trader, order))
    assert _run(order).parameters_revision == 1


def test_a_parameter_that_is_emptied_is_taken_back(trader: Client, order: Order) -> None:
    _change(trader, order, would_price="90")

    _change(trader, order, would_price="")

    assert "would_price" not in _run(order).parameters


def test_what_the_algorithm_refuses_is_told_at_its_field(trader: Client, order: Order) -> None:
    answer = _change(trader, order, end="2013-10-07 13:35:00")

    assert answer.status_code == 400
    assert "must be after" in answer.context["form"].errors["end"][0]


def test_somebody_elses_change_is_not_overwritten(trader: Client, order: Order) -> None:
    page = filled(trader.get(_page("change", order)))
    _change(trader, order, slices="10")

    late = trader.post(_page("change", order), {**page, "slices": "20", "reason": "mine"})

    assert (late.status_code, "STATE_PARAMETERS_STALE" in visible_text(late)) == (412, True)
    assert _run(order).parameters["slices"] == 10


def test_a_reason_is_asked_for(trader: Client, order: Order) -> None:
    answer = trader.post(_page("pause", order), {"reason": ""})

    assert answer.status_code == 400
    assert answer.context["form"].errors["reason"]
    assert _run(order).paused_at is None


def test_start_and_seed_are_not_offered_nor_any_of_what_goes_as_it_is(
    world: World, trader: Client, order: Order
) -> None:
    assert not {"start", "seed"} & trader.get(_page("change", order)).context["form"].fields.keys()

    direct = world.place()
    assert _page("change", direct) not in SLICES.render(world.trader, direct)
    assert "nothing to change" in visible_text(trader.get(_page("change", direct), follow=True))


def test_who_may_only_look_gets_no_button_and_no_form(world: World, order: Order) -> None:
    watcher = in_role("risk_officer", world.firm)

    assert _page("pause", order) not in SLICES.render(watcher, fresh(order))
    assert sign_in(watcher).get(_page("pause", order)).status_code == 403
    assert sign_in(world.stranger).get(_page("pause", order)).status_code == 404


def test_what_no_algorithm_works_has_no_form(world: World, trader: Client) -> None:
    rejected = world.place(quantity="1000000")

    assert trader.get(_page("pause", rejected)).status_code == 404
    assert _page("pause", rejected) not in addresses(
        trader.get(reverse("admin:orders_order_panel", args=[rejected.pk, "slices"]))
    )
