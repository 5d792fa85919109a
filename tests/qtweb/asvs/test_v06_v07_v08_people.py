"""V6 Authentication, V7 Session Management, V8 Authorization."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from compliance.models import SessionUse, UserSession
from compliance.session_rules import digest_of
from orders.kernel.clock import recorded_now
from orders.models import Order, User
from tests.qtweb.asvs.conftest import BY_HTTPS, name_and_password
from tests.sign_in import PASSWORD, sign_in
from tests.world import World

LOGIN, PAGE, CHANGE = "/admin/login/", "/admin/orders/order/", "/admin/account/password/"
NEW = "moss kettle orbit lantern"


@pytest.fixture
def signed_in(world: World, visitor: Client) -> Client:
    """Somebody who came in by name and password."""
    assert visitor.post(LOGIN, name_and_password(world)).status_code == 302
    return visitor


def test_v6_2_1_a_short_password_is_refused(db: None) -> None:
    with pytest.raises(ValidationError):
        validate_password("Xk7#qZp")


def test_v6_2_2_a_person_takes_another_password(world: World, signed_in: Client) -> None:
    told = {"old": PASSWORD, "new": NEW, "repeated": NEW}

    assert signed_in.post(CHANGE, told).status_code == 302
    assert signed_in.post(CHANGE, told).status_code == 403, "it is the password no more"


def test_v6_2_3_who_changes_a_password_gives_the_one_before_and_the_new_one(signed_in: Client) -> None:
    page = signed_in.get(CHANGE).content.decode()
    assert re.findall(r'type="password" name="(\w+)"', page) == ["old", "new", "repeated"]

    for old in ("", "a guess of somebody at this desk"):
        assert signed_in.post(CHANGE, {"old": old, "new": NEW, "repeated": NEW}).status_code in (400, 403)
    assert User.objects.get(username="trader").check_password(PASSWORD)


def test_v6_2_4_a_common_password_is_refused(db: None) -> None:
    with pytest.raises(ValidationError, match="common"):
        validate_password("1qaz2wsx3edc4rfv")


@pytest.mark.parametrize(
    "password", ["moss kettle orbit lantern", "ünïcödé pässwörter sind gut", "7391846205518273"]
)
def test_v6_2_5_a_password_may_be_made_of_anything(db: None, password: str) -> None:
    validate_password(password)


def test_v6_2_6_a_password_is_typed_unseen(db: None, visitor: Client) -> None:
    field = re.search(r'<input type="password"[^>]*>', visitor.get(LOGIN).content.decode())

    assert field is not None
    assert 'name="password"' in field[0]


def test_v6_2_7_a_password_may_be_pasted_and_kept_by_a_manager(db: None, visitor: Client) -> None:
    page = visitor.get(LOGIN).content.decode()

    assert "onpaste" not in page
    assert 'autocomplete="current-password"' in page


@pytest.mark.parametrize("other", [PASSWORD.upper(), PASSWORD[:-1], f"{PASSWORD} ", f" {PASSWORD}"])
def test_v6_2_8_a_password_is_taken_exactly_as_it_was_typed(
    world: World, visitor: Client, other: str
) -> None:
    told = name_and_password(world)

    assert visitor.post(LOGIN, {**told, "password": other}).status_code == 200
    assert visitor.get(PAGE).status_code == 302


def test_v6_2_9_a_password_may_be_long(world: World, visitor: Client) -> None:
    long = "correct horse battery staple " * 5
    validate_password(long)
    told = name_and_password(world)
    user = User.objects.get(username=told["username"])
    user.set_password(long)
    user.save(update_fields=["password"])

    assert visitor.post(LOGIN, {**told, "password": long}).status_code == 302


def test_v6_2_11_a_password_is_more_than_the_login_name_or_the_site_s(db: None) -> None:
    for password in ("kim.lee-2026-kim.lee", "qtweb-qtweb-1234"):
        with pytest.raises(ValidationError, match=r"little more|similar"):
            validate_password(password, User(username="kim.lee"))


def test_v6_3_1_who_guesses_is_shut_out_and_who_is_known_by_the_browser_is_not(
    world: World, signed_in: Client
) -> None:
    told, guesser = name_and_password(world), Client(**BY_HTTPS)
    for _each in range(settings.LOCK_OUT.person_failures):
        guesser.post(LOGIN, {**told, "password": "a guess"})
    assert guesser.post(LOGIN, told).status_code == 200, "also with the password itself"

    signed_in.post(reverse("admin:logout"))
    assert signed_in.post(LOGIN, told).status_code == 302


def test_v6_3_2_a_new_database_knows_nobody(db: None) -> None:
    assert not User.objects.exists()


def test_v6_4_2_no_question_opens_anything_in_place_of_a_password(db: None, visitor: Client) -> None:
    page = visitor.get(LOGIN).content.decode()

    assert not re.search(r"hint|secret question|forgotten", page, re.IGNORECASE)
    assert visitor.get("/admin/password_reset/").status_code in (302, 404)


def test_v7_2_1_what_a_session_says_is_kept_by_the_server_alone(signed_in: Client) -> None:
    key = signed_in.cookies["__Host-sessionid"].value
    assert UserSession.objects.filter(digest=digest_of(key)).exists()
    assert key not in str(UserSession.objects.values())

    signed_in.cookies["__Host-sessionid"] = key[:-1] + ("a" if key[-1] != "a" else "b")
    assert signed_in.get(PAGE).status_code == 302


def test_v7_2_3_a_session_s_key_cannot_be_guessed(signed_in: Client) -> None:
    key = signed_in.cookies["__Host-sessionid"].value

    assert re.fullmatch(r"[a-z0-9]{32,}", key), "32 of 36 letters are 165 bits"


def test_v7_2_4_who_signs_in_gets_a_session_of_a_new_key(world: World, visitor: Client) -> None:
    planted = "a" * 32
    visitor.cookies["__Host-sessionid"] = planted
    keys = {planted}

    for _each in range(2):
        visitor.post(LOGIN, name_and_password(world))
        assert visitor.get(PAGE).status_code == 200
        assert visitor.cookies["__Host-sessionid"].value not in keys
        keys.add(visitor.cookies["__Host-sessionid"].value)

    going_on = UserSession.objects.filter(ended_at=None, digest__in=[digest_of(key) for key in keys])
    assert [each.digest for each in going_on] == [digest_of(visitor.cookies["__Host-sessionid"].value)]


@pytest.mark.parametrize("unused", [True, False], ids=["without use", "in use"])
def test_v7_3_1_a_session_without_use_is_over(signed_in: Client, unused: bool) -> None:
    idle = settings.SESSION_TIMEOUTS.idle if unused else settings.SESSION_TIMEOUTS.idle / 2
    SessionUse.objects.update(last_used_at=recorded_now() - idle)

    assert idle <= timedelta(minutes=30)
    assert signed_in.get(PAGE).status_code == (302 if unused else 200)


def test_v7_3_2_however_much_it_is_used_a_session_is_over_after_twelve_hours(signed_in: Client) -> None:
    assert signed_in.get(PAGE).status_code == 200
    session = UserSession.objects.get(ended_at=None)
    assert session.expires_at - session.started_at == timedelta(hours=12)
    UserSession.objects.update(expires_at=recorded_now())

    assert signed_in.get(PAGE).status_code == 302


def test_v7_4_1_a_session_that_was_left_opens_nothing_any_more(signed_in: Client) -> None:
    key = signed_in.cookies["__Host-sessionid"].value
    assert signed_in.get(PAGE).status_code == 200
    signed_in.post(reverse("admin:logout"))

    thief = Client(**BY_HTTPS)
    thief.cookies["__Host-sessionid"] = key
    assert thief.get(PAGE).status_code == 302
    assert not UserSession.objects.filter(digest=digest_of(key), ended_at=None).exists()


def test_v7_4_2_who_is_no_longer_active_is_out_at_the_next_request(
    signed_in: Client, program: Client
) -> None:
    assert (signed_in.get(PAGE).status_code, program.get("/api/v1/orders").status_code) == (200, 200)

    User.objects.filter(username="trader").update(is_active=False)

    assert (signed_in.get(PAGE).status_code, program.get("/api/v1/orders").status_code) == (302, 401)


def test_v7_4_3_another_password_ends_every_other_session(
    world: World, signed_in: Client, in_production: None
) -> None:
    elsewhere = Client(**BY_HTTPS)
    elsewhere.post(LOGIN, name_and_password(world))
    signed_in.get(PAGE)
    assert elsewhere.get(PAGE).status_code == 200
    elsewhere.post(CHANGE, {"old": PASSWORD, "new": NEW, "repeated": NEW})

    assert (elsewhere.get(PAGE).status_code, signed_in.get(PAGE).status_code) == (200, 302)


def test_v7_4_4_every_page_has_the_way_out(world: World, trader: Client) -> None:
    order = world.place()
    for url in ("/admin/", PAGE, reverse("admin:orders_order_change", args=[order.pk])):
        page = trader.get(url).content.decode()
        assert f'action="{reverse("admin:logout")}"' in page
        assert "Log out" in page


def test_v8_2_1_a_function_is_for_who_was_granted_it(world: World, in_production: None) -> None:
    nobody = sign_in(world.nobody)
    nobody.defaults.update(BY_HTTPS)

    pages = [
        reverse(f"admin:{name}")
        for name in ("compliance_leaf_changelist", "operations", "orders_order_place")
    ]
    assert [nobody.get(url).status_code for url in pages] == [403] * 3


def test_v8_2_2_what_is_hidden_looks_like_what_is_absent(world: World, in_production: None) -> None:
    order = world.place()
    stranger = sign_in(world.stranger)
    stranger.defaults.update(BY_HTTPS)
    hidden = reverse("admin:orders_order_change", args=[order.pk])
    absent = hidden.replace(str(order.pk), str(world.trader.user_id))

    for rest in ("", "cancel/", "panel/risk/"):
        assert (stranger.get(hidden + rest).status_code, stranger.get(absent + rest).status_code) == (
            404,
            404,
        )
    assert stranger.post(hidden + "cancel/", {"reason": "not mine"}).status_code == 404
    assert Order.objects.get().status == "new"


def test_v8_3_1_what_a_person_may_is_judged_by_the_server(
    world: World, trader: Client, in_production: None
) -> None:
    order = world.place()
    url = reverse("admin:orders_order_change", args=[order.pk]) + "cancel/"
    forged: dict[str, Any] = {
        "reason": "x",
        "actor": "head",
        "user_id": str(world.head.user_id),
        "is_staff": "1",
    }
    nobody = sign_in(world.nobody)
    nobody.defaults.update(BY_HTTPS)

    assert nobody.post(url, forged).status_code in (403, 404)
    assert Order.objects.get().status == "new"
    assert trader.post(url, {"reason": "mine"}).status_code == 302
