"""Who comes in, goes, or is turned away leaves a leaf; from outside nobody fills the log, and nothing typed is kept."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

import compliance.services.access as access
from compliance.models import Leaf, RefusalTally, UserSession
from compliance.services.sessions import start_session
from orders.kernel.context import Door, NotAPerson, process_actor, unknown_actor
from orders.kernel.ids import new_id
from orders.models import User
from tests.sign_in import sign_in
from tests.tokens import token_for
from tests.world import World

SIGN_IN = reverse("admin:login")
PASSWORD = "a long enough passphrase"


@pytest.fixture
def staff(world: World, settings: Any) -> User:
    """The auditor as a person who may sign in, by a passphrase whose digest costs a test no time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = User.objects.get(pk=world.auditor.user_id)
    user.is_staff = True
    user.set_password(PASSWORD)
    user.save()
    return user


def entered(name: str, password: str = PASSWORD) -> Any:
    return Client().post(SIGN_IN, {"username": name, "password": password})


def told(action: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Actor, object and facts of each leaf of this action, oldest first."""
    leaves = Leaf.objects.filter(action=action).order_by("id")
    return [(each.actor, each.object_id, json.loads(each.body)["facts"]) for each in leaves]


def by_token(actor: Any) -> APIClient:
    _token, secret = token_for(User.objects.get(pk=actor.user_id))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    return client


def test_coming_in_and_going_leave_a_leaf_each(staff: User) -> None:
    client = Client()
    assert client.post(SIGN_IN, {"username": staff.username, "password": PASSWORD}).status_code == 302
    client.post(reverse("admin:logout"))

    session = {"session_id": str(UserSession.objects.get().pk)}
    person = (f"user:{staff.pk}", str(staff.pk), session)
    assert (told("SignedIn"), told("SignedOut")) == ([person], [person])


def test_a_sign_in_that_cannot_be_written_down_does_not_take_place(
    staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_values: Any) -> None:
        raise OperationalError("the disk is full")

    monkeypatch.setattr("compliance.sessions.start_session", fails)
    client = Client(raise_request_exception=False)

    assert client.post(SIGN_IN, {"username": staff.username, "password": PASSWORD}).status_code == 503
    assert client.get(reverse("admin:index")).status_code == 302


def test_who_does_not_get_in_leaves_the_reason_and_nothing_that_was_typed(staff: User, world: World) -> None:
    trader = User.objects.get(pk=world.trader.user_id)
    trader.set_password(PASSWORD)
    trader.save()
    entered("hunter2-is-my-secret", "x")
    entered(staff.username, "not the passphrase")
    entered(trader.username)
    User.objects.filter(pk=trader.pk).update(is_active=False)
    entered(trader.username)

    assert told("SignInFailed") == [
        ("unknown", "unknown", {"reason": "unknown_name"}),
        ("unknown", str(staff.pk), {"reason": "wrong_password"}),
        ("unknown", str(trader.pk), {"reason": "not_staff"}),
        ("unknown", str(trader.pk), {"reason": "not_active"}),
    ]
    assert not Leaf.objects.filter(body__contains="hunter2").exists()
    assert not Leaf.objects.filter(body__contains="passphrase").exists()


def test_a_request_without_or_with_a_wrong_token_leaves_who_is_not_known(world: World) -> None:
    client = APIClient()
    assert client.get("/api/v1/orders?account=secret").status_code == 401
    client.credentials(HTTP_AUTHORIZATION="Token stolen")
    assert client.get("/api/v1/orders").status_code == 401

    assert (
        told("AccessRefused")
        == [
            (
                "unknown",
                "none",
                {"code": "AUTH_REQUIRED", "method": "GET", "route": "api/v1/orders", "status": 401},
            )
        ]
        * 2
    )
    assert not Leaf.objects.filter(body__contains="stolen").exists()


def test_what_is_hidden_and_what_is_absent_leave_the_same_leaf(world: World) -> None:
    order, nothing = world.place(), new_id()
    client = by_token(world.stranger)
    for each in (order.pk, nothing):
        assert client.get(f"/api/v1/orders/{each}").status_code == 404

    facts = {
        "code": "RESOURCE_ORDER_NOT_FOUND",
        "method": "GET",
        "route": "api/v1/orders/<uuid:order_id>",
        "status": 404,
    }
    stranger = world.stranger.reference
    assert told("AccessRefused") == [(stranger, str(order.pk), facts), (stranger, str(nothing), facts)]


def test_a_page_that_is_not_for_the_person_leaves_a_leaf(world: World) -> None:
    client = sign_in(world.trader)
    assert client.get(reverse("admin:compliance_leaf_changelist")).status_code == 403
    order = world.place()
    stranger = sign_in(world.stranger)
    page = reverse("admin:orders_order_change", args=[order.pk])
    assert stranger.get(page).status_code == 404

    (log, hidden) = told("AccessRefused")
    assert log[0] == world.trader.reference
    assert (log[2]["status"], log[2]["code"]) == (403, "AUTH_NOT_PERMITTED")
    assert hidden[:2] == (world.stranger.reference, str(order.pk))


def test_an_address_that_is_none_of_ours_leaves_nothing(world: World) -> None:
    client = by_token(world.trader)
    assert client.get("/api/v1/nothing").status_code == 404
    assert Client().get("/nothing").status_code == 404
    assert Client().get(f"/admin/orders/order/{new_id()}/").status_code == 302

    assert told("AccessRefused") == []


def test_an_answer_stands_when_its_record_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_values: Any) -> None:
        raise OperationalError("the disk is full")

    monkeypatch.setattr("compliance.access.record_refused_access", fails)

    assert APIClient().get("/api/v1/orders").status_code == 401


def test_above_the_bound_refusals_are_counted_and_told_as_a_number(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "REFUSALS_PER_WINDOW", 2)
    for _ in range(5):
        assert APIClient().get("/api/v1/orders").status_code == 401
    by_token(world.stranger).get(f"/api/v1/orders/{new_id()}")

    assert [actor for actor, _, _ in told("AccessRefused")] == ["unknown"] * 2 + [world.stranger.reference]
    assert access.tell_left_out() == 0, "the minute is not over"
    _let_a_minute_pass()
    assert access.tell_left_out() == 1
    assert access.tell_left_out() == 0, "it is told once"

    ((actor, subject, facts),) = told("RefusalsLeftOut")
    assert (actor, subject, facts["number"]) == ("process:audit_integrator", "unknown", 3)
    APIClient().get("/api/v1/orders")
    assert len(told("AccessRefused")) == 4, "a new minute has room again"


def test_a_person_s_failures_at_the_sign_in_are_bounded_by_themselves(
    staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "REFUSALS_PER_WINDOW", 1)
    for name in ("nobody-1", "nobody-2", staff.username, staff.username):
        entered(name, "wrong")

    assert [subject for _, subject, _ in told("SignInFailed")] == ["unknown", str(staff.pk)]
    assert set(RefusalTally.objects.values_list("subject", "left_out")) == {
        ("unknown_name", 1),
        (str(staff.pk), 1),
    }


def test_requests_without_a_token_do_not_silence_guesses_of_names(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "REFUSALS_PER_WINDOW", 1)
    for _ in range(3):
        APIClient().get("/api/v1/orders")
    entered("name of nobody", "wrong")

    assert [facts["reason"] for _, _, facts in told("SignInFailed")] == ["unknown_name"]


def test_only_people_sign_in(world: World) -> None:
    for who in (process_actor("worker"), unknown_actor(Door.API)):
        with pytest.raises(NotAPerson):
            start_session(actor=who, digest="", data="", address_range="", browser="", replaces=None)
    assert process_actor("worker").reference == "process:worker"
    assert unknown_actor(Door.API).reference == "unknown"
    assert UUID(world.trader.reference.removeprefix("user:")) == world.trader.user_id


def _let_a_minute_pass() -> None:
    for tally in RefusalTally.objects.all():
        tally.began_at -= timedelta(minutes=2)
        tally.left_out_since = tally.left_out_since and tally.left_out_since - timedelta(minutes=2)
        tally.save()
