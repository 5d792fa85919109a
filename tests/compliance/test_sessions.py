"""Sessions: under a new key at each sign-in, for a time that the server knows, over when somebody ends them."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from compliance.errors import SessionNotFound
from compliance.models import Leaf, SessionUse, UserSession
from compliance.services.people import deactivate_person, reactivate_person
from compliance.services.sessions import keep_session, revoke_session
from compliance.session_rules import address_range, browser_family
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor, Door
from orders.kernel.errors import NotPermitted
from orders.kernel.ids import new_id
from orders.models import User
from orders.permissions import MANAGE_SIGN_INS, VIEW_SIGN_INS
from orders.services import register_user
from tests.compliance.test_access import told
from tests.sign_in import PASSWORD, addresses, sign_in, visible_text
from tests.tokens import token_for
from tests.world import SETUP, World, person

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ACCOUNT, SIGN_INS = reverse("admin:account"), reverse("admin:sign_ins")


@pytest.fixture
def kim(world: World, settings: Any) -> User:
    """A person who may sign in, by a password whose hash costs a test no time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return register_user(actor=SETUP, username="kim.lee", password=PASSWORD, is_staff=True)


def enter(client: Client | None = None) -> Client:
    client = client or Client(REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT=FIREFOX)
    sent = {"username": "kim.lee", "password": PASSWORD}
    assert client.post(reverse("admin:login"), sent).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("admin:index")).status_code == 200


def end_page(session: UserSession) -> str:
    return reverse("admin:session_end", args=[session.pk])


def actor_of(user: User) -> Actor:
    return Actor(user.username, Door.ADMIN, user.pk)


def age(session: UserSession, *, unused: timedelta = timedelta(0), begun: timedelta = timedelta(0)) -> None:
    SessionUse.objects.filter(pk=session.pk).update(last_used_at=recorded_now() - unused)
    UserSession.objects.filter(pk=session.pk).update(expires_at=session.expires_at - begun)


def endings() -> list[str]:
    return [facts["because"] for _, _, facts in told("SessionEnded")]


def test_a_sign_in_begins_a_session_of_which_the_key_is_kept_nowhere(kim: User) -> None:
    client = enter()
    session = UserSession.objects.get()
    key = client.cookies["sessionid"].value

    assert (session.user, session.address_range, session.browser) == (kim, "203.0.113.0/24", "Firefox")
    assert session.expires_at - session.started_at == timedelta(hours=12)
    assert key not in session.digest + session.data
    assert not Leaf.objects.filter(body__contains=key).exists()
    for body in Leaf.objects.filter(object_type="compliance_usersession").values_list("body", flat=True):
        assert session.digest not in body
        assert "203.0.113.0" not in body
        assert "Firefox" not in body
    assert told("SignedIn") == [(f"user:{kim.pk}", str(kim.pk), {"session_id": str(session.pk)})]
    assert is_in(client)


def test_who_signs_in_has_a_new_key_and_what_was_before_opens_nothing(kim: User) -> None:
    planted = Client()
    planted.cookies["sessionid"] = "a" * 32
    enter(planted)
    first = planted.cookies["sessionid"].value
    assert first != "a" * 32
    enter(planted)
    second = planted.cookies["sessionid"].value
    assert second != first
    old = Client()
    for key in ("a" * 32, first, ""):
        old.cookies["sessionid"] = key
        assert not is_in(old)
    assert is_in(planted)
    assert endings() == ["replaced"]


def test_who_signs_in_as_somebody_else_ends_the_session_before(kim: User, world: World) -> None:
    client = sign_in(world.trader)
    enter(client)
    assert set(UserSession.objects.filter(ended_at=None).values_list("user_id", flat=True)) == {kim.pk}


def test_a_session_that_nobody_uses_is_over_after_half_an_hour(kim: User) -> None:
    client = enter()
    session = UserSession.objects.get()
    age(session, unused=timedelta(minutes=29))
    assert is_in(client), "which is a use"
    age(session, unused=timedelta(minutes=30))
    assert not is_in(client)
    assert not is_in(client)
    assert endings() == ["idle"]


def test_however_much_it_is_used_a_session_is_over_after_twelve_hours(kim: User) -> None:
    client = enter()
    age(UserSession.objects.get(), begun=timedelta(hours=12))

    assert not is_in(client)
    assert endings() == ["expired"]


def test_a_use_is_written_down_once_a_minute_and_a_request_costs_one_statement(kim: User) -> None:
    client = enter()
    session = UserSession.objects.get()
    with CaptureQueriesContext(connection) as captured:
        is_in(client)
    about = [q["sql"] for q in captured.captured_queries if "session" in q["sql"]]
    assert len(about) == 1
    age(session, unused=timedelta(minutes=2))
    is_in(client)
    assert recorded_now() - SessionUse.objects.get().last_used_at < timedelta(minutes=1)


def test_signing_out_ends_the_session_and_not_only_the_cookie(kim: User) -> None:
    client, thief = enter(), Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert is_in(thief)
    client.post(reverse("admin:logout"))
    assert not is_in(thief)
    session = UserSession.objects.get()
    assert told("SignedOut") == [(f"user:{kim.pk}", str(kim.pk), {"session_id": str(session.pk)})]
    assert (session.ended_because, session.ended_by) == ("signed_out", kim)
    assert endings() == []


def test_another_password_ends_all_sessions_but_the_one_that_asked(kim: User) -> None:
    here, elsewhere = enter(), enter()
    before = here.cookies["sessionid"].value
    new = "seven small horses at noon"
    here.post(reverse("admin:account_password"), {"old": PASSWORD, "new": new, "repeated": new})

    assert (is_in(here), is_in(elsewhere), endings()) == (True, False, ["password"])
    assert here.cookies["sessionid"].value != before, "a new key as at a sign-in"


def test_who_is_deactivated_has_neither_session_nor_token_and_gets_none_back(kim: User) -> None:
    client = enter()
    _token, secret = token_for(kim)
    api = APIClient(headers={"Authorization": f"Token {secret}"})
    assert api.get("/api/v1/orders").status_code == 200
    call_command("person", "deactivate", "kim.lee", "--reason", "left the house")
    assert (is_in(client), api.get("/api/v1/orders").status_code) == (False, 401)
    assert (
        Client().post(reverse("admin:login"), {"username": "kim.lee", "password": PASSWORD}).status_code
        == 200
    )
    call_command("person", "reactivate", "kim.lee", "--reason", "came back")
    assert (is_in(client), api.get("/api/v1/orders").status_code) == (False, 401)
    assert is_in(enter())

    assert endings() == ["deactivated"]
    assert [facts["reason"] for _, _, facts in told("PersonDeactivated")] == ["left the house"]
    assert [facts["reason"] for _, _, facts in told("PersonReactivated")] == ["came back"]
    for act, who in (("reactivate", "kim.lee"), ("deactivate", "no.body")):
        with pytest.raises(CommandError):
            call_command("person", act, who, "--reason", "again")
    User.objects.filter(pk=kim.pk).update(is_active=False)
    with pytest.raises(CommandError):
        call_command("person", "deactivate", "kim.lee", "--reason", "again")


def test_whoever_takes_the_right_to_come_in_ends_the_session_at_the_next_request(kim: User) -> None:
    """Also by a statement that no service knows of."""
    client = enter()
    User.objects.filter(pk=kim.pk).update(is_active=False)
    assert not is_in(client)
    assert endings() == ["deactivated"]


def test_only_a_command_deactivates_and_reactivates(kim: User, world: World) -> None:
    for change in (deactivate_person, reactivate_person):
        with pytest.raises(NotPermitted):
            change(actor=world.auditor, person=kim, reason="please")


def test_a_person_sees_and_ends_their_own_sessions_and_no_others(kim: User, world: World) -> None:
    here, elsewhere, trader = enter(), enter(), sign_in(world.trader)
    other = UserSession.objects.filter(user=kim).earliest("id")
    text = visible_text(page := here.get(ACCOUNT))
    assert "Firefox this one" in text
    assert "203.0.113.0/24" in text
    assert end_page(other) in addresses(page)
    assert end_page(other) not in addresses(trader.get(ACCOUNT))
    hidden, absent = trader.get(end_page(other)), trader.get(reverse("admin:session_end", args=[new_id()]))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content
    assert trader.get(SIGN_INS).status_code == 403

    assert "Firefox from 203.0.113.0/24" in visible_text(elsewhere.get(end_page(other)))
    assert "is over" in visible_text(elsewhere.post(end_page(other), follow=True))
    assert (is_in(here), is_in(elsewhere)) == (False, True)
    assert elsewhere.get(end_page(other)).status_code == 404
    with pytest.raises(SessionNotFound):
        revoke_session(actor=actor_of(kim), session_id=other.pk)


def test_who_may_sees_everybody_s_and_who_may_more_ends_them_with_a_reason(kim: User, world: World) -> None:
    client = enter()
    sees = sign_in(person("sees", world.firm, (VIEW_SIGN_INS,)))
    ends = sign_in(person("ends", world.firm, (VIEW_SIGN_INS, MANAGE_SIGN_INS)))
    on_a_desk = sign_in(person("on.a.desk", world.desk, (VIEW_SIGN_INS, MANAGE_SIGN_INS)))
    session = UserSession.objects.get(user=kim)
    text = visible_text(page := sees.get(SIGN_INS))
    assert "kim.lee" in text
    assert "None is over." in text
    assert SIGN_INS in addresses(page)
    assert end_page(session) not in addresses(page)
    assert (sees.get(end_page(session)).status_code, sees.post(end_page(session)).status_code) == (404, 404)
    assert (on_a_desk.get(SIGN_INS).status_code, on_a_desk.get(end_page(session)).status_code) == (403, 404)
    assert SIGN_INS not in addresses(on_a_desk.get(ACCOUNT))

    assert end_page(session) in addresses(ends.get(SIGN_INS))
    assert ends.post(end_page(session), {"reason": ""}).status_code == 400
    said = ends.post(end_page(session), {"reason": "laptop was lost"}, follow=True)
    assert "revoked, by ends" in visible_text(said)
    assert not is_in(client)
    ((_, whom, facts),) = told("SessionEnded")
    assert (whom, facts["because"], facts["reason"]) == (str(kim.pk), "revoked", "laptop was lost")


def test_the_page_of_all_sessions_costs_the_same_however_many_there_are(world: World, kim: User) -> None:
    client = sign_in(person("sees", world.firm, (VIEW_SIGN_INS, MANAGE_SIGN_INS)))

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(SIGN_INS).status_code == 200
        return len(captured)

    enter().post(reverse("admin:logout"))
    enter()
    few = cost()
    for _ in range(3):
        enter().post(reverse("admin:logout"))
        enter()
    assert cost() == few


def test_a_session_that_was_ended_during_a_request_is_not_kept_by_its_end(kim: User) -> None:
    enter()
    session = UserSession.objects.get()
    revoke_session(actor=actor_of(kim), session_id=session.pk)

    assert not keep_session(actor=actor_of(kim), session_id=session.pk, digest="x", data="y")


def test_a_request_of_nobody_keeps_nothing(world: World) -> None:
    client = Client()
    client.get(reverse("admin:login"))
    assert not UserSession.objects.exists()
    client.session["something"] = "of a stranger"
    client.session.save()
    assert dict(client.session.items()) == {}
    assert not UserSession.objects.exists()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("", ""),
        ("not one", ""),
    ],
)
def test_of_an_address_its_network_is_kept(address: str, network: str) -> None:
    assert address_range(address) == network


@pytest.mark.parametrize(
    ("said", "family"),
    [
        (FIREFOX, "Firefox"),
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome"),
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge"),
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 OPR/120.0", "Opera"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1 Version/18.0 Safari/605.1", "Safari"),
        ("curl/8.0", "other"),
    ],
)
def test_a_browser_is_known_by_its_family(said: str, family: str) -> None:
    assert browser_family(said) == family
