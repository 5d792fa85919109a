"""Passwords: hashed by Argon2, good ones only, and another one ends every session but the one that asked for it."""

from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from compliance.errors import PasswordMoved
from compliance.services.passwords import change_password, upgrade_password
from orders.errors import PasswordUnfit
from orders.kernel.passwords import PasswordHasher
from orders.models import User
from orders.services import register_user, require_good_password
from tests.compliance.test_access import told
from tests.sign_in import PASSWORD, visible_text
from tests.tokens import token_for
from tests.world import SETUP, World

PAGE = reverse("admin:account_password")
NEW = "seven small horses at noon"


@pytest.fixture
def staff(world: World) -> User:
    """A person who may sign in, by a password of the real hash."""
    return register_user(actor=SETUP, username="kim.lee", password=PASSWORD, is_staff=True)


def enter(person: User, password: str = PASSWORD) -> Client:
    """A browser in which the person tried to sign in."""
    client = Client()
    client.post(reverse("admin:login"), {"username": person.username, "password": password})
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("admin:index")).status_code == 200


def test_a_password_is_hashed_by_argon2_with_more_than_owasp_asks_for(staff: User) -> None:
    """OWASP Password Storage Cheat Sheet: Argon2id with at least 19 MiB, two passes and one lane."""
    found = PasswordHasher().decode(staff.password)

    assert found["variety"] == "argon2id"
    assert (found["memory_cost"], found["time_cost"], found["parallelism"]) >= (19_456, 2, 1)
    assert found["time_cost"] >= 2


def test_an_older_hash_is_replaced_when_its_person_signs_in(staff: User) -> None:
    User.objects.filter(pk=staff.pk).update(
        password=PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1)
    )
    assert not is_in(enter(staff, "wrong"))
    assert User.objects.get(pk=staff.pk).password.startswith("pbkdf2")
    assert is_in(enter(staff))
    upgraded = User.objects.get(pk=staff.pk).password

    assert upgraded.startswith("argon2$argon2id")
    assert is_in(enter(staff))
    assert User.objects.get(pk=staff.pk).password == upgraded, "once"
    assert told("PasswordUpgraded") == [(f"user:{staff.pk}", str(staff.pk), {})]


@pytest.mark.parametrize(
    "password",
    ["eleven char", "qwerty123456", "kim.lee.kim.lee", "KimLee123456", "kim_lee-4567", "qtwebqtweb2026"],
)
def test_what_is_short_common_or_like_the_name_is_no_password(password: str) -> None:
    with pytest.raises(PasswordUnfit) as refused:
        require_good_password(password, User(username="kim.lee"))

    assert password not in refused.value.detail
    assert refused.value.code == "RULE_PASSWORD"


def test_no_kind_of_character_is_asked_for() -> None:
    for password in ("wordswordsonly", "with some spaces", "731904582066", "зимой мороз крепчает"):
        require_good_password(password, User(username="kim.lee"))


def test_nobody_is_registered_with_a_bad_password(world: World) -> None:
    with pytest.raises(PasswordUnfit):
        register_user(actor=SETUP, username="new", password="short", is_staff=True)
    assert not User.objects.filter(username="new").exists()


def test_who_changes_the_password_stays_and_every_other_session_is_over(staff: User) -> None:
    here, elsewhere = enter(staff), enter(staff)
    assert is_in(elsewhere)
    said = here.post(PAGE, {"old": PASSWORD, "new": NEW, "repeated": NEW}, follow=True)

    assert "Your password is changed." in visible_text(said)
    assert is_in(here)
    assert not is_in(elsewhere)
    assert not is_in(enter(staff))
    assert is_in(enter(staff, NEW))
    assert told("PasswordChanged") == [(f"user:{staff.pk}", str(staff.pk), {})]


def test_who_has_tokens_says_with_another_password_whether_they_go_on(staff: User) -> None:
    token, secret = token_for(staff)
    api = APIClient(headers={"Authorization": f"Token {secret}"})
    client, asked = enter(staff), {"old": PASSWORD, "new": NEW, "repeated": NEW}
    assert token.label in visible_text(client.get(PAGE))
    assert client.post(PAGE, asked).status_code == 400, "it is asked, and nothing is chosen beforehand"
    assert User.objects.get(pk=staff.pk).password == staff.password
    assert "your tokens go on" in visible_text(client.post(PAGE, {**asked, "tokens": "go_on"}, follow=True))
    assert api.get("/api/v1/orders").status_code == 200

    back = {"old": NEW, "new": PASSWORD, "repeated": PASSWORD, "tokens": "revoke"}
    assert "so are your tokens" in visible_text(client.post(PAGE, back, follow=True))
    assert api.get("/api/v1/orders").status_code == 401
    assert [which for _actor, which, _facts in told("TokenRevoked")] == [str(token.id)]
    assert token.label not in visible_text(client.get(PAGE))


def test_a_change_of_the_password_that_says_nothing_of_tokens_revokes_them(staff: User) -> None:
    token, _secret = token_for(staff)
    change_password(actor=SETUP, person=staff, encoded="another", session_id=None)

    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_password_is_changed_by_who_knows_the_one_before_and_to_a_good_one_alone(staff: User) -> None:
    client = enter(staff)
    assert client.get(PAGE).status_code == 200
    asked = [("wrong", NEW, NEW, 403), (PASSWORD, NEW, PASSWORD, 400), (PASSWORD, "short", "short", 422)]
    for old, new, repeated, status in asked:
        answer = client.post(PAGE, {"old": old, "new": new, "repeated": repeated})
        assert answer.status_code == status
        assert NEW not in answer.content.decode()

    assert User.objects.get(pk=staff.pk).password == staff.password
    person = f"user:{staff.pk}"
    assert told("SignInFailed") == [(person, str(staff.pk), {"reason": "wrong_password"})]
    assert Client().get(PAGE).status_code == 302


def test_two_changes_at_once_are_one_change(staff: User) -> None:
    same = User.objects.get(pk=staff.pk)
    change_password(actor=SETUP, person=staff, encoded="first", session_id=None)
    with pytest.raises(PasswordMoved):
        change_password(actor=SETUP, person=same, encoded="second", session_id=None)
    upgrade_password(actor=SETUP, person=same, encoded="second")

    assert User.objects.get(pk=staff.pk).password == "first"
    assert told("PasswordUpgraded") == []


def test_whoever_does_not_get_in_costs_one_hash_whether_the_name_is_somebodys_or_not(
    staff: User, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[Any] = []
    monkeypatch.setattr(PasswordHasher, "encode", lambda *given: hashed.append(given) or "argon2$")
    monkeypatch.setattr(PasswordHasher, "verify", lambda *given: hashed.append(given))
    monkeypatch.setattr(PasswordHasher, "must_update", lambda *_given: False)
    without = User.objects.get(pk=world.nobody.user_id)
    away = register_user(actor=SETUP, username="away", is_staff=True)
    User.objects.filter(pk=away.pk).update(password=staff.password, is_active=False)
    for person in (staff, User(username="no.such.name"), without, away):
        hashed.clear()
        enter(person, "wrong")
        assert len(hashed) == 1, person
