"""The pages and the API of event plugins: who sees what, who may do what, and at a fixed price."""

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compliance.models import Approval, EventDelivery, EventSubscription
from compliance.plugins.discovery import Found, found_plugins
from compliance.services.deliveries import claim, record_delivered, record_failure
from compliance.services.fan_out import fan_out
from orders.kernel.clock import recorded_now
from tests.compliance.events.subscribing import LATER, People
from tests.compliance.events.test_subscriptions import LEASE
from tests.compliance.log import integrate, record
from tests.orders.api.conftest import client_of
from tests.sign_in import addresses, filled, sign_in, visible_text
from tests.world import World

PAGE = reverse("admin:event_plugins")
WHY = {"reason": "the receiver is back"}


@pytest.fixture
def people(world: World) -> People:
    return People(world)


@pytest.fixture
def operator(people: People) -> Client:
    return sign_in(people.operator)


def parked(people: People, number: int = 2) -> EventSubscription:
    """A subscription of which so many deliveries are parked, one was made, and one waits."""
    row = people.subscribe()
    record(*(f"thing-{each}" for each in range(number + 2)))
    integrate()
    fan_out(subscription_id=row.pk, recorded_at=recorded_now())
    made, *failed = claim(subscription_id=row.pk, most=number + 1, recorded_at=recorded_now(), lease=LEASE)
    record_delivered(delivery_id=made.delivery_id, recorded_at=recorded_now())
    for each in failed:
        EventDelivery.objects.filter(pk=each.delivery_id).update(attempts=9)
        record_failure(
            delivery_id=each.delivery_id, attempt=9, error="it answered <500>", recorded_at=recorded_now()
        )
    return row


def _page_of(row: EventSubscription, act: str = "") -> str:
    return reverse(f"admin:event_subscription{act}", args=[row.pk])


def test_nothing_subscribed_says_so_and_shows_the_plugins_with_the_refused_ones_reason(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {**found_plugins(), "bad": Found("bad", "somebody 1.0", None, "SyntaxError: <never> closed")}
    monkeypatch.setattr("compliance.admin.event_plugins.found_plugins", lambda: known)

    page = operator.get(PAGE)

    text = visible_text(page)
    for words in (
        "Nobody is told of anything yet.",
        "webhook qtweb active",
        "refused SyntaxError: <never> closed",
    ):
        assert words in text
    assert b"<never>" not in page.content


def test_a_subscription_is_asked_for_approved_and_changed_by_pages(people: People, operator: Client) -> None:
    propose = reverse("admin:event_subscription_propose")
    parameters = {"url": "https://receiver.example/in", "secret_name": "DESK"}
    asked = {
        "name": "settlement",
        "plugin": "webhook",
        "events": ["OrderPlaced", "ExecutionApplied"],
        "parameters": json.dumps(parameters),
        "reason": "they settle",
    }
    wrong = operator.post(propose, {**asked, "parameters": "{}"})
    assert (wrong.status_code, "RULE_SUBSCRIPTION" in visible_text(wrong)) == (422, True)

    answer = operator.post(propose, asked, follow=True)

    assert "settlement waits for a second person." in visible_text(answer)
    approval = Approval.objects.get()
    officer = sign_in(people.officer)
    decision = reverse("admin:compliance_approval_change", args=[approval.pk])
    assert (decision in addresses(officer.get(PAGE)), decision in addresses(operator.get(PAGE))) == (
        True,
        False,
    )
    shown = visible_text(officer.get(decision))
    for words in (
        "settlement, by the plugin webhook",
        "ExecutionApplied, OrderPlaced",
        "https://receiver.example/in",
    ):
        assert words in shown
    decided = officer.post(f"{decision}decide/", {"decision": "approve", "reason": "fine"}, follow=True)
    assert "Approved: the plugin is told." in visible_text(decided)
    row = EventSubscription.objects.get()
    form = operator.get(propose, {"of": str(row.pk)})
    assert filled(form)["name"] == "settlement"
    assert "https://receiver.example/in" in visible_text(form)
    assert operator.get(propose, {"of": str(uuid4())}).status_code == 404


def test_what_is_parked_stands_first_with_its_error_and_is_delivered_again_one_by_one_or_all_at_once(
    people: People, operator: Client
) -> None:
    row = parked(people, 3)
    page = operator.get(_page_of(row))
    assert visible_text(page).count("it answered <500>") == 3
    assert b"<500>" not in page.content
    assert "parked 3" in visible_text(page)
    assert "3" in visible_text(operator.get(reverse("admin:index")))
    (first, *_rest) = EventDelivery.objects.filter(state="parked")
    repeat = reverse("admin:event_delivery_repeat", args=[first.pk])
    assert operator.post(repeat, {"reason": ""}).status_code == 400

    assert "It is delivered again." in visible_text(operator.post(repeat, WHY, follow=True))
    late = operator.post(repeat, WHY)
    assert (late.status_code, "STATE_DELIVERY_UNDER_WAY" in visible_text(late)) == (409, True)
    assert "2 are delivered again." in visible_text(operator.post(_page_of(row, "_repeat"), WHY, follow=True))
    assert EventDelivery.objects.filter(state="waiting", attempts=0).count() == 4
    waiting = visible_text(operator.get(_page_of(row), {"state": "waiting"}))
    assert "waiting 4" in waiting
    assert "None is parked." in visible_text(operator.get(_page_of(row), {"state": "parked"}))


def test_a_subscription_is_stopped_and_resumed(people: People, operator: Client) -> None:
    row = people.subscribe()

    assert "desk stands still." in visible_text(operator.post(_page_of(row, "_stop"), WHY, follow=True))
    assert "STATE_SUBSCRIPTION_STOPPED" in visible_text(operator.post(_page_of(row, "_stop"), WHY))
    assert "the receiver is back" in visible_text(operator.get(PAGE))
    assert "desk goes on." in visible_text(operator.post(_page_of(row, "_resume"), WHY, follow=True))
    assert EventSubscription.objects.get().stopped_at is None


def test_who_may_only_look_gets_no_act_and_who_may_not_look_no_page(world: World, people: People) -> None:
    row = parked(people)
    (delivery, *_rest) = EventDelivery.objects.filter(state="parked")
    acts = [_page_of(row, act) for act in ("_stop", "_resume", "_repeat")]
    acts += [
        reverse("admin:event_delivery_repeat", args=[delivery.pk]),
        reverse("admin:event_subscription_propose"),
    ]
    watcher, stranger = sign_in(world.auditor), sign_in(world.trader)

    assert not [act for act in acts if act in watcher.get(_page_of(row)).content.decode()]
    for act in acts:
        assert {client.post(act, WHY).status_code for client in (watcher, stranger)} == {403}
    assert {stranger.get(url).status_code for url in (PAGE, _page_of(row))} == {403}
    assert (
        sign_in(people.operator).get(reverse("admin:event_subscription", args=[uuid4()])).status_code == 404
    )


def test_the_pages_take_as_many_queries_however_many_rows_there_are(people: People, operator: Client) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert operator.get(url).status_code == 200
        return len(seen)

    row = parked(people, 1)
    before = [queries(url) for url in (PAGE, _page_of(row), reverse("admin:index"))]
    for name in ("b", "c"):
        people.subscribe(name=name, from_sequence=0)
    for other in EventSubscription.objects.all():
        fan_out(subscription_id=other.pk, recorded_at=recorded_now())
    EventDelivery.objects.filter(state="waiting").update(
        state="parked", attempts=9, parked_at=LATER, next_attempt_at=None
    )
    assert EventDelivery.objects.filter(state="parked").count() > 5

    assert [queries(url) for url in (PAGE, _page_of(row), reverse("admin:index"))] == before


def test_the_api_lists_and_repeats(world: World, people: People) -> None:
    parked(people)
    client = client_of(people.operator)
    (told,) = client.get("/api/v1/event_subscriptions").json()["items"]
    assert {name: told[name] for name in ("name", "delivered", "waiting", "parked", "entries_behind")} == {
        "name": "desk",
        "delivered": 1,
        "waiting": 1,
        "parked": 2,
        "entries_behind": 0,
    }
    first = client.get("/api/v1/event_deliveries", {"state": "parked", "limit": "1"}).json()
    second = client.get(
        "/api/v1/event_deliveries", {"state": "parked", "limit": "1", "cursor": first["next"]}
    ).json()
    (one,) = first["items"]
    assert (one["last_error"], one["attempts"], second["next"]) == ("it answered <500>", 9, None)
    url = f"/api/v1/event_deliveries/{one['id']}/repeat"

    assert client.post(url, WHY, format="json").json()["state"] == "waiting"
    assert client.post(url, WHY, format="json").json()["code"] == "STATE_DELIVERY_UNDER_WAY"
    assert client_of(world.auditor).post(url, WHY, format="json").status_code == 403
    for url in ("/api/v1/event_subscriptions", "/api/v1/event_deliveries"):
        assert client_of(world.trader).get(url).json()["items"] == []
    absent = client.post(f"/api/v1/event_deliveries/{uuid4()}/repeat", WHY, format="json")
    assert absent.json()["code"] == "RESOURCE_DELIVERY_NOT_FOUND"
