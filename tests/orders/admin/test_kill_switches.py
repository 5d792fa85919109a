"""Kill switches in the admin: engaged with one confirmation, followed on a page, kept as evidence."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compliance.models import Leaf
from orders import services
from orders.kernel.context import NotAPerson, process_actor
from orders.models import KillSwitch
from tests.sign_in import in_role, sign_in, visible_text
from tests.world import World

ENGAGE = "/admin/orders/killswitch/engage/"
LIST = "/admin/orders/killswitch/"
DESK = {"scope": "desk", "target": "EQ1", "reason": "runaway algorithm"}


@pytest.fixture
def officer(world: World) -> Client:
    return sign_in(in_role("risk_officer", world.firm))


def engaged(officer: Client) -> KillSwitch:
    answer = officer.post(ENGAGE, {**DESK, "confirmed": "yes"})
    switch = KillSwitch.objects.get()
    assert answer.headers["Location"] == reverse("admin:orders_killswitch_change", args=[switch.pk])
    return switch


def swept(switch: KillSwitch) -> None:
    services.sweep_kill_switch(actor=process_actor("kill_switch"), kill_switch_id=switch.pk)


def page_of(switch: KillSwitch, rest: str = "") -> str:
    return f"{LIST}{switch.pk}/{rest}"


def test_the_second_look_tells_how_many_open_orders_would_be_canceled(world: World, officer: Client) -> None:
    world.place()
    world.place()

    page = officer.post(ENGAGE, DESK)

    assert "Stop desk EQ1?" in visible_text(page)
    assert "The 2 open orders that you see in this scope are asked to be canceled." in visible_text(page)
    assert not KillSwitch.objects.exists()


@pytest.mark.parametrize(
    ("orders", "words"),
    [
        (0, "No open order that you see in this scope is"),
        (1, "The 1 open order that you see in this scope is"),
    ],
)
def test_the_second_look_speaks_of_none_and_of_one(
    world: World, officer: Client, orders: int, words: str
) -> None:
    for _ in range(orders):
        world.place()

    assert words in visible_text(officer.post(ENGAGE, DESK))


def test_the_confirmation_engages_and_the_banner_says_so_on_every_page(world: World, officer: Client) -> None:
    switch = engaged(officer)

    for page in (officer.get("/admin/"), officer.get(LIST), officer.get(page_of(switch))):
        assert "Kill switch engaged: desk EQ1." in visible_text(page)
    assert "Kill switch engaged" in visible_text(sign_in(world.trader).get("/admin/"))
    assert "Kill switch engaged" not in visible_text(sign_in(world.stranger).get("/admin/"))


def test_many_engaged_switches_leave_room_for_the_page(world: World, officer: Client) -> None:
    for scope, target in (("desk", "EQ1"), ("desk", "EQ2"), ("account", "ALPHA"), ("account", "BETA")):
        officer.post(ENGAGE, {"scope": scope, "target": target, "reason": "x", "confirmed": "yes"})

    text = visible_text(officer.get("/admin/"))

    assert text.count("None of its orders is taken or sent.") == 3
    assert "More kill switches are engaged: see all of them." in text
    listed = visible_text(officer.get(LIST, {"state": "engaged"}))
    assert all(f"{stopped} engaged" in listed for stopped in ("desk EQ1", "account BETA"))
    assert "No kill switch is in this state." in visible_text(officer.get(LIST, {"state": "lifted"}))


def test_a_target_that_is_none_is_said_at_its_field(world: World, officer: Client) -> None:
    page = officer.post(ENGAGE, {**DESK, "target": "EQ9"})

    assert page.status_code == 400
    assert "there is no desk EQ9 for you: nothing has been stopped." in visible_text(page)


def test_a_form_without_a_reason_is_shown_again(world: World, officer: Client) -> None:
    page = officer.post(ENGAGE, {**DESK, "reason": ""})

    assert page.status_code == 400
    assert "Stop desk" not in visible_text(page)


def test_what_is_stopped_already_is_refused_in_words(world: World, officer: Client) -> None:
    engaged(officer)

    page = officer.post(ENGAGE, {**DESK, "confirmed": "yes"})

    assert page.status_code == 409
    assert "STATE_KILL_SWITCH_ENGAGED" in visible_text(page)


def test_the_page_tells_how_far_the_switch_has_come_and_is_fetched_again_until_then(
    world: World, officer: Client
) -> None:
    order = world.place()
    switch = engaged(officer)
    page = officer.get(page_of(switch))
    assert "Open orders are being asked to be canceled." in visible_text(page)
    assert f'data-poll="{page_of(switch, "progress/")}"' in page.content.decode()

    swept(switch)
    fragment = officer.get(page_of(switch, "progress/"))

    assert fragment.headers["X-Settled"] == "no"
    assert "Asked to cancel 1 Confirmed 0" in visible_text(fragment)
    assert "1 wait for the venue or the desk." in visible_text(fragment)
    assert order.client_order_id in visible_text(fragment)


def test_the_page_of_a_switch_that_found_nothing_is_settled(world: World, officer: Client) -> None:
    switch = engaged(officer)
    swept(switch)

    fragment = officer.get(page_of(switch, "progress/"))

    assert fragment.headers["X-Settled"] == "yes"
    assert "Nothing was open in this scope" in visible_text(fragment)


def test_the_evidence_comes_as_csv_and_json(world: World, officer: Client) -> None:
    order = world.place()
    switch = engaged(officer)
    assert officer.get(page_of(switch, "evidence.csv")).content == b"", "nothing was asked yet"
    swept(switch)

    lines = list(csv.DictReader(io.StringIO(officer.get(page_of(switch, "evidence.csv")).content.decode())))
    evidence = officer.get(page_of(switch, "evidence.json")).json()

    assert [(line["order_id"], line["outcome"]) for line in lines] == [(str(order.pk), "open")]
    assert (evidence["target"], evidence["evidence"]["requested"]) == ("EQ1", 1)
    assert evidence["orders"][0]["order_id"] == str(order.pk)
    assert evidence["orders"][0]["quantity"] == "100"


def test_who_may_not_engage_sees_no_button_and_no_form(world: World, officer: Client) -> None:
    trader = sign_in(world.trader)
    assert "Engage a kill switch" in visible_text(officer.get(LIST))

    assert "Engage a kill switch" not in visible_text(trader.get(LIST))
    assert trader.get(ENGAGE).status_code == 403
    assert trader.post(ENGAGE, {**DESK, "confirmed": "yes"}).status_code == 403


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_form_is_shown_and_taken_and_nothing_else(world: World, officer: Client, method: str) -> None:
    switch = engaged(officer)

    for url in (ENGAGE, page_of(switch, "lift/")):
        assert getattr(officer, method)(url).status_code == 405


def test_a_switch_that_cannot_stop_ones_orders_is_not_there(world: World, officer: Client) -> None:
    switch = engaged(officer)
    stranger = sign_in(world.stranger)

    for rest in ("", "progress/", "evidence.csv", "evidence.json"):
        assert stranger.get(page_of(switch, rest)).status_code == 404


def test_the_form_is_filled_from_the_address(world: World, officer: Client) -> None:
    page: Any = officer.get(f"{ENGAGE}?scope=trader&target=trader")

    assert 'value="trader"' in page.content.decode()


def test_who_took_the_evidence_as_a_file_is_kept(world: World, officer: Client) -> None:
    world.place()
    switch = engaged(officer)
    swept(switch)
    officer.get(page_of(switch, "evidence.csv"))
    officer.get(page_of(switch, "evidence.json"))

    leaves = Leaf.objects.filter(action="EvidenceExported", object_id=str(switch.pk)).order_by("id")
    assert [json.loads(leaf.body)["facts"] for leaf in leaves] == [
        {"form": "csv", "orders": 1},
        {"form": "json", "orders": 1},
    ]
    with pytest.raises(NotAPerson):
        services.record_evidence_export(
            actor=process_actor("worker"), kill_switch_id=switch.pk, form="csv", orders=0
        )
