"""What a token opens: endpoints by scope, from its networks, until its end; how it is exchanged, and its use noted."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from pydantic import ValidationError
from rest_framework.test import APIClient

from compliance.commands import MakeToken, RotateToken
from compliance.errors import TokenNotFound, TokenOver, TokenTooLong
from compliance.models import ApiToken, TokenUse
from compliance.services.tokens import create_token, revoke_token, rotate_token
from compliance.token_scopes import OPENED_BY, TokenScope
from orders.kernel.api.views import ApiView
from orders.kernel.clock import recorded_now
from orders.kernel.errors import NotPermitted
from orders.kernel.ids import new_id
from orders.models import User
from orders.permissions import MANAGE_SIGN_INS, VIEW_SIGN_INS
from tests.compliance.test_access import told
from tests.orders.api.conftest import order_body
from tests.sign_in import addresses, sign_in, visible_text
from tests.tokens import ALL_SCOPES, token_for
from tests.world import SETUP, World, person

READ, TRADE, TOKENS = TokenScope.READ, TokenScope.TRADE, TokenScope.TOKENS
ORDERS, OURS = "/api/v1/orders", "/api/v1/tokens"
MAKE, ACCOUNT = reverse("admin:token_make"), reverse("admin:account")


def by(secret: str, *, address: str = "127.0.0.1") -> APIClient:
    return APIClient(headers={"Authorization": f"Token {secret}"}, REMOTE_ADDR=address)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def endpoints() -> set[tuple[str, str]]:
    """Every name and method of the API."""
    found = set()
    for pattern in get_resolver().url_patterns[0].url_patterns:  # type: ignore[union-attr]
        for each in getattr(pattern, "url_patterns", []):
            view = each.callback.cls
            assert issubclass(view, ApiView)
            found |= {
                (each.name, m.upper()) for m in ("get", "post", "put", "patch", "delete") if hasattr(view, m)
            }
    return found


def test_every_endpoint_is_opened_by_one_scope_and_every_scope_opens_some() -> None:
    assert endpoints() == set(OPENED_BY), "give a new endpoint its scope in compliance/token_scopes.py"
    assert set(OPENED_BY.values()) == set(TokenScope)
    assert all(scope.meaning for scope in TokenScope)


def test_an_endpoint_that_is_in_no_group_opens_to_no_token(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(OPENED_BY, ("orders", "GET"))
    _token, secret = token_for(world.trader)

    assert code(by(secret).get(ORDERS)) == (403, "AUTH_TOKEN_SCOPE")


def test_a_token_opens_what_its_scopes_name_and_nothing_else_of_its_owner_s(world: World) -> None:
    order = world.place()
    _token, reads = token_for(world.trader, READ)
    _token, trades = token_for(world.trader, TRADE)
    cancel = f"{ORDERS}/{order.pk}/cancel"
    assert by(reads).get(ORDERS).status_code == by(reads).head(ORDERS).status_code == 200
    assert code(by(reads).post(ORDERS, order_body(), format="json")) == (403, "AUTH_TOKEN_SCOPE")
    assert code(by(reads).post(cancel, {}, format="json")) == (403, "AUTH_TOKEN_SCOPE")
    assert code(by(trades).get(ORDERS)) == (403, "AUTH_TOKEN_SCOPE")
    assert by(trades).get(ORDERS).json()["scope"] == "read"
    assert code(by(trades).get(f"{ORDERS}/{order.pk}/audit")) == (403, "AUTH_TOKEN_SCOPE")
    assert by(trades).post(cancel, {}, format="json").status_code == 200
    hidden, absent = (by(trades).get(f"{ORDERS}/{pk}") for pk in (order.pk, new_id()))
    assert hidden.json()["detail"] == absent.json()["detail"]
    assert by(reads).delete(ORDERS).status_code == by(reads).options(ORDERS).status_code == 405


def test_a_scope_gives_nothing_that_its_owner_may_not(world: World) -> None:
    _token, secret = token_for(world.nobody)

    assert by(secret).get(ORDERS).json()["items"] == []
    assert by(secret).post(ORDERS, order_body(), format="json").status_code == 422
    assert by(secret).get("/api/v1/audit/leaves").json()["items"] == []
    assert by(secret).get("/api/v1/audit/months").status_code == 403


def test_a_token_opens_from_its_networks_alone(world: World) -> None:
    _token, secret = token_for(world.trader, READ, address_ranges=("192.0.2.0/24", "2001:db8::/32"))
    for near in ("192.0.2.9", "::ffff:192.0.2.9", "2001:db8::9", "[2001:db8::9]"):
        assert by(secret, address=near).get(ORDERS).status_code == 200
    for far in ("198.51.100.1", "2001:db9::1", "", "nowhere"):
        assert code(by(secret, address=far).get(ORDERS)) == (403, "AUTH_TOKEN_ADDRESS")
    forged = by(secret, address="198.51.100.1").get(ORDERS, headers={"X-Forwarded-For": "192.0.2.9"})
    assert forged.status_code == 403
    assert told("AccessRefused")[0][2]["code"] == "AUTH_TOKEN_ADDRESS"


@pytest.mark.parametrize(
    "asked",
    [
        {"scopes": ()},
        {"scopes": ("read", "read")},
        {"scopes": ("everything",)},
        {"days": 0},
        {"days": "5"},
        {"address_ranges": ("192.0.2.1/24",)},
        {"address_ranges": ("here",)},
        {"address_ranges": ("fe80::%" + "a" * 36,)},
        {"address_ranges": ("fe80::%eth0",)},
        {"address_ranges": ("192.0.2.0/24",) * 17},
    ],
    ids=[
        "none",
        "twice",
        "unknown",
        "no day",
        "a text",
        "host bits",
        "no network",
        "long zone",
        "zone",
        "too many",
    ],
)
def test_what_no_token_can_be_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MakeToken.model_validate(asked)


def test_who_says_nothing_more_gets_the_least_and_an_end(world: World) -> None:
    user = User.objects.get(pk=world.trader.user_id)
    token, _secret = create_token(actor=SETUP, user=user, command=MakeToken())
    assert token.scopes == ["read"]
    assert token.expiry - recorded_now() < timedelta(days=90)
    with pytest.raises(TokenTooLong):
        create_token(actor=SETUP, user=user, command=MakeToken(days=367))
    for broken in ({"expiry": None}, {"scopes": []}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiToken.objects.filter(pk=token.pk).update(**broken)


def test_a_token_is_exchanged_and_the_old_one_opens_until_the_overlap_is_over(world: World) -> None:
    old, was = token_for(world.trader, READ, TRADE, days=10)
    new, secret = rotate_token(actor=world.trader, token_id=old.id, command=RotateToken(overlap_hours=2))
    assert (new.scopes, new.user_id) == (old.scopes, old.user_id)
    assert new.expiry - recorded_now() > timedelta(days=9, hours=23)
    old.refresh_from_db()
    assert timedelta(hours=1, minutes=59) < old.expiry - recorded_now() <= timedelta(hours=2)
    assert by(was).get(ORDERS).status_code == by(secret).get(ORDERS).status_code == 200
    ApiToken.objects.filter(pk=old.pk).update(expiry=recorded_now())
    assert (by(was).get(ORDERS).status_code, by(secret).get(ORDERS).status_code) == (401, 200)
    ((actor, which, facts),) = told("TokenRotated")
    assert (actor, which, facts["successor_id"]) == (world.trader.reference, str(old.id), str(new.id))
    for over in (old.id, revoke_token(actor=world.trader, token_id=new.id).id):
        with pytest.raises(TokenOver):
            rotate_token(actor=world.trader, token_id=over, command=RotateToken())


def test_no_overlap_is_no_overlap_and_none_is_longer_than_the_token(world: World) -> None:
    (now, was), (short, _secret) = token_for(world.trader), token_for(world.trader)
    rotate_token(actor=SETUP, token_id=now.id, command=RotateToken(overlap_hours=0))
    rotate_token(actor=SETUP, token_id=short.id, command=RotateToken(overlap_hours=168))
    end = short.expiry
    short.refresh_from_db()
    assert by(was).get(ORDERS).status_code == 401
    assert short.expiry == end
    with pytest.raises(ValidationError):
        RotateToken(overlap_hours=169)


def test_tokens_are_their_owner_s_to_make_and_to_exchange_and_theirs_and_an_operator_s_to_revoke(
    world: World,
) -> None:
    token, secret = token_for(world.trader)
    with pytest.raises(NotPermitted):
        create_token(
            actor=world.stranger, user=User.objects.get(pk=world.trader.user_id), command=MakeToken()
        )
    operator = person("operator", world.firm, (MANAGE_SIGN_INS,))
    with pytest.raises(TokenNotFound):
        revoke_token(actor=world.stranger, token_id=token.id)
    for other in (world.stranger, operator):
        with pytest.raises(TokenNotFound):
            rotate_token(actor=other, token_id=token.id, command=RotateToken())
    revoke_token(actor=operator, token_id=token.id)
    assert by(secret).get(ORDERS).status_code == 401
    assert told("TokenRevoked")[0][0] == operator.reference


def test_by_the_api_a_token_makes_none_that_opens_more_or_from_elsewhere_or_for_longer(world: World) -> None:
    within = ("192.0.2.0/24",)
    token, secret = token_for(world.trader, READ, TOKENS, days=5, address_ranges=within)
    client = by(secret, address="192.0.2.1")
    narrow = {"scopes": ["read"], "days": 4, "address_ranges": ["192.0.2.128/25"]}
    made = client.post(OURS, narrow, format="json")
    assert made.status_code == 201
    assert by(made.json()["token"], address="192.0.2.200").get(ORDERS).status_code == 200
    for more in (
        {"scopes": ["trade"]},
        {"days": 6},
        {"address_ranges": []},
        {"address_ranges": ["192.0.0.0/16"]},
    ):
        assert code(client.post(OURS, {**narrow, **more}, format="json")) == (403, "AUTH_TOKEN_BEYOND")
    assert code(client.post(OURS, {**narrow, "address_ranges": ["2001:db8::/32"]}, format="json"))[0] == 403
    listed = client.get(OURS).json()["items"]
    assert [each["id"] for each in listed] == [made.json()["details"]["id"], str(token.id)]
    assert "token" not in listed[0]

    rotated = client.post(f"{OURS}/{token.id}/rotate", {"overlap_hours": 1}, format="json")
    assert rotated.status_code == 201
    assert ApiToken.objects.get(id=rotated.json()["details"]["id"]).expiry == token.expiry, "not for longer"
    assert code(client.post(f"{OURS}/{token.id}/rotate", {}, format="json")) == (409, "STATE_TOKEN_OVER")
    assert client.get(OURS).json()["items"][2]["rotated_to"] == rotated.json()["details"]["id"]
    stranger = by(token_for(world.stranger)[1])
    for which in (token.id, new_id()):
        answer = stranger.post(f"{OURS}/{which}/revoke")
        assert code(answer) == (404, "RESOURCE_TOKEN_NOT_FOUND")
    assert client.post(f"{OURS}/{token.id}/revoke").json()["revoked_at"]
    assert client.get(OURS).status_code == 401


def test_by_the_api_what_opens_more_is_not_exchanged_either(world: World) -> None:
    wide, _secret = token_for(world.trader)
    _token, secret = token_for(world.trader, TOKENS)

    assert code(by(secret).post(f"{OURS}/{wide.id}/rotate", {}, format="json")) == (403, "AUTH_TOKEN_BEYOND")


def test_what_came_of_a_token_is_revoked_with_it_and_nothing_else(world: World) -> None:
    other = by(token_for(world.trader)[1])
    token, secret = token_for(world.trader, READ, TOKENS)
    child = by(secret).post(OURS, {"scopes": ["read", "tokens"]}, format="json").json()
    in_place = by(child["token"]).post(f"{OURS}/{child['details']['id']}/rotate", {}, format="json").json()
    grandchild = by(in_place["token"]).post(OURS, {}, format="json").json()
    rotated, _secret = rotate_token(actor=world.trader, token_id=token.id, command=RotateToken())
    come_of_it = [str(rotated.id), *(each["details"]["id"] for each in (child, in_place, grandchild))]
    assert by(grandchild["token"]).get(ORDERS).status_code == 200

    revoke_token(actor=world.trader, token_id=token.id)

    assert {by(each["token"]).get(ORDERS).status_code for each in (child, in_place, grandchild)} == {401}
    assert sorted(which for _actor, which, _facts in told("TokenRevoked")) == sorted(
        [str(token.id), *come_of_it]
    )
    assert other.get(ORDERS).status_code == 200


def test_by_a_token_an_operator_revokes_their_own_alone(world: World) -> None:
    others, secret = token_for(world.trader)
    operator = person("operator", world.firm, (MANAGE_SIGN_INS,))
    token, operators = token_for(operator, TOKENS)

    refused = by(operators).post(f"{OURS}/{others.id}/revoke")
    assert code(refused) == (404, "RESOURCE_TOKEN_NOT_FOUND")
    assert by(secret).get(ORDERS).status_code == 200
    assert by(operators).post(f"{OURS}/{token.id}/revoke").status_code == 200


def test_by_a_token_that_ended_since_it_was_read_none_is_made_or_exchanged(world: World) -> None:
    user = User.objects.get(pk=world.trader.user_id)
    (revoked, _), (ended, _), (kept, _) = (token_for(world.trader, days=5) for _ in range(3))
    revoke_token(actor=SETUP, token_id=revoked.id)
    ApiToken.objects.filter(pk=ended.pk).update(expiry=recorded_now())
    for read_before in (revoked, ended):
        with pytest.raises(TokenOver):
            create_token(actor=world.trader, user=user, command=MakeToken(), by=read_before)
        with pytest.raises(TokenOver):
            rotate_token(actor=world.trader, token_id=kept.id, command=RotateToken(), by=read_before)
    shorter = recorded_now() + timedelta(days=1)
    ApiToken.objects.filter(pk=kept.pk).update(expiry=shorter)

    made, _secret = create_token(actor=world.trader, user=user, command=MakeToken(), by=kept)
    assert made.expiry == shorter


def test_a_use_is_written_down_once_a_minute_and_other_requests_pay_one_statement(world: World) -> None:
    token, secret = token_for(world.trader)
    assert TokenUse.objects.get(pk=token.id).last_used_at is None

    def cost() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            by(secret).get("/api/v1/algorithms")
        return [query["sql"] for query in captured.captured_queries if "token" in query["sql"]]

    assert len(cost()) == 2
    noted = TokenUse.objects.get(pk=token.id).last_used_at
    assert noted is not None
    assert len(cost()) == 1
    TokenUse.objects.update(last_used_at=noted - timedelta(minutes=1))
    assert len(cost()) == 2


def test_a_refused_request_is_no_use(world: World) -> None:
    token, secret = token_for(world.trader, TRADE)
    by(secret).get(ORDERS)
    assert TokenUse.objects.get(pk=token.id).last_used_at is None


def test_a_person_makes_a_token_on_a_page_that_shows_its_secret_once(world: World) -> None:
    client = sign_in(world.trader)
    assert "You have none." in visible_text(client.get(ACCOUNT))
    assert client.get(MAKE).status_code == 200
    asked = {
        "label": "my robot",
        "scopes": ["read", "trade"],
        "days": "5",
        "address_ranges": "127.0.0.0/8, ::1/128",
    }
    shown = client.post(MAKE, asked)
    token = ApiToken.objects.get()
    secret = shown.content.decode().split('value="')[-1].split('"')[0]
    assert (shown.status_code, token.label, token.scopes) == (200, "my robot", ["read", "trade"])
    assert "no-store" in shown["Cache-Control"]
    assert by(secret).get(ORDERS).status_code == 200
    assert secret not in "".join(morsel.value for morsel in client.cookies.values())
    page = client.get(ACCOUNT)
    assert secret not in page.content.decode()
    text = visible_text(page)
    assert "my robot" in text
    assert "127.0.0.0/8, ::1/128" in text
    for wrong, status in (({"days": "999"}, 422), ({"address_ranges": "x"}, 400), ({"scopes": []}, 400)):
        assert client.post(MAKE, {**asked, **wrong}).status_code == status


def test_on_pages_a_person_rotates_and_revokes_their_own_and_who_may_revokes_anybody_s(world: World) -> None:
    token, secret = token_for(world.trader)
    rotate, revoke = (reverse(f"admin:token_{act}", args=[token.id]) for act in ("rotate", "revoke"))
    trader, stranger = sign_in(world.trader), sign_in(world.stranger)
    sees = sign_in(person("sees", world.firm, (VIEW_SIGN_INS,)))
    operator = sign_in(person("operator", world.firm, (VIEW_SIGN_INS, MANAGE_SIGN_INS)))
    assert {rotate, revoke} <= set(addresses(trader.get(ACCOUNT)))
    assert revoke in addresses(operator.get(reverse("admin:sign_ins")))
    assert revoke not in addresses(page := sees.get(reverse("admin:sign_ins")))
    assert "trader" in visible_text(page)
    assert {c.get(u).status_code for c in (stranger, sees) for u in (rotate, revoke)} == {404}
    assert operator.get(rotate).status_code == 404
    shown = trader.post(rotate, {"overlap_hours": "1"})
    assert "is valid until" in visible_text(shown)
    assert "replaced" in visible_text(trader.get(ACCOUNT))
    assert rotate not in addresses(trader.get(ACCOUNT))
    assert "opens nothing any more" in visible_text(operator.post(revoke, follow=True))
    assert by(secret).get(ORDERS).status_code == 401
    assert operator.post(revoke).status_code == 302, "twice is once"


def test_commands_refuse_what_the_service_refuses(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (("--days", "999"), ("--days", "0"), ("--address", "here")):
        with pytest.raises(CommandError):
            call_command("create_token", "trader", *wrong)
    token, _secret = token_for(world.trader, *ALL_SCOPES)
    call_command("rotate_token", str(token.id), "--overlap-hours", "0")
    assert by(capsys.readouterr().out.strip()).get(ORDERS).status_code == 200
    with pytest.raises(CommandError):
        call_command("rotate_token", str(token.id))
