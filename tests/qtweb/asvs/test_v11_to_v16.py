"""V11 Cryptography, V13 Configuration, V14 Data Protection, V15 Secure Coding, V16 Logging and Error Handling."""

import hashlib
import io
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client, override_settings
from django.urls import path

from compliance.models import ApiToken, Leaf
from orders.models import Order, User
from qtweb.log_lines import LineFormatter
from qtweb.urls import handler400, handler403, handler404, handler500
from tests.orders.api.conftest import order_body
from tests.qtweb.asvs.conftest import BY_HTTPS, name_and_password
from tests.tokens import token_for
from tests.world import World

LOGIN, ORDERS = "/admin/login/", "/api/v1/orders"


def _fails(_request: Any) -> Any:
    raise RuntimeError("SELECT password FROM orders_user, says /srv/qtweb")


urlpatterns = [path("api/fails", _fails), path("admin/fails", _fails)]
__all__ = ["handler400", "handler403", "handler404", "handler500"]


def test_v11_4_1_no_broken_hash_is_used() -> None:
    root = Path(settings.BASE_DIR)
    modules = [
        module
        for app in ("qtweb", "orders", "execution", "compliance")
        for module in (root / app).rglob("*.py")
    ]
    used = {name for module in modules for name in re.findall(r"hashlib\.(\w+)", module.read_text())}
    named = {
        name for module in modules for name in re.findall(r"file_digest\(.*, \"(\w+)\"", module.read_text())
    }

    assert (used, named) == ({"sha256", "file_digest"}, {"sha256"})


def test_v11_4_2_passwords_are_kept_by_a_hash_that_takes_its_time(production: dict[str, Any]) -> None:
    with override_settings(PASSWORD_HASHERS=production["PASSWORD_HASHERS"]):
        kept = make_password("moss kettle orbit")

    assert kept.startswith("argon2$argon2id$v=19$m=65536,t=3,p=4$"), "RFC 9106, 4: its second recommendation"


def test_v11_5_1_a_token_cannot_be_guessed_and_only_its_digest_is_kept(world: World) -> None:
    user = User.objects.get(pk=world.trader.user_id)
    secrets = {token_for(user)[1] for _each in range(20)}

    assert len(secrets) == 20
    assert all(re.fullmatch(r"[0-9a-f]{64,}", each) for each in secrets), "256 bits and more"
    kept = set(ApiToken.objects.values_list("digest", flat=True))
    assert {hashlib.sha512(each.encode()).hexdigest() for each in secrets} <= kept


@pytest.mark.parametrize(
    "address", ["/.git/config", "/.env", "/static/.git/config", "/manage.py", "/admin/.git/HEAD"]
)
def test_v13_4_1_nothing_of_the_checkout_is_served(visitor: Client, address: str) -> None:
    assert visitor.get(address).status_code in (302, 404)


def test_v13_4_2_nothing_debugs_in_production(production: dict[str, Any]) -> None:
    assert production["DEBUG"] is False
    assert production["REPLAY_ALLOWED"] is False
    assert not [name for name in production["INSTALLED_APPS"] if "debug" in name or "extensions" in name]


@pytest.mark.parametrize("folder", ["/static/", "/static/orders/", "/static/unfold/"])
def test_v13_4_3_no_folder_lists_what_is_in_it(visitor: Client, folder: str) -> None:
    assert visitor.get(folder).status_code == 404


def test_v13_4_5_figures_are_for_who_has_their_token(visitor: Client) -> None:
    assert visitor.get("/metrics").status_code in (401, 404)


def test_v14_2_1_no_credential_is_taken_from_an_address(world: World, program: Client) -> None:
    token = program.defaults["HTTP_AUTHORIZATION"].removeprefix("Token ")
    stranger = Client(**BY_HTTPS)

    for name in ("token", "access_token", "Authorization", "api_key"):
        assert stranger.get(ORDERS, {name: token}).status_code == 401
    told = name_and_password(world)
    stranger.get(LOGIN, told)
    assert stranger.get("/admin/").status_code == 302


def test_v14_3_2_nothing_about_anybody_is_kept_on_the_way(
    world: World, trader: Client, program: Client, visitor: Client
) -> None:
    world.place()
    answers = [
        trader.get("/admin/"),
        trader.get("/admin/orders/order/"),
        program.get(ORDERS),
        visitor.get(LOGIN),
    ]
    answers += [
        visitor.get("/admin/"),
        visitor.get("/nothing"),
        visitor.get(ORDERS),
        visitor.get("/api/v1/docs"),
    ]

    assert [each.request["PATH_INFO"] for each in answers if "no-store" not in each["Cache-Control"]] == []


def test_v14_3_3_a_browser_keeps_how_pages_look_and_nothing_else() -> None:
    scripts = [each.read_text() for each in (Path(settings.BASE_DIR) / "orders/static/orders").glob("*.js")]
    kept = {name for text in scripts for name in re.findall(r'localStorage\.setItem\("(\w+)"', text)}

    assert kept == {"theme", "navigation"}
    assert not [text for text in scripts if re.search(r"sessionStorage|indexedDB|document\.cookie", text)]


def test_v15_3_3_what_a_caller_may_not_set_is_refused_and_not_ignored(program: Client) -> None:
    for name in ("status", "id", "placed_by_id", "filled_quantity", "version"):
        answer = program.post(ORDERS, {**order_body(), name: "1"}, content_type="application/json")
        assert answer.status_code == 400
    assert not Order.objects.exists()


def test_v15_3_4_the_log_knows_the_client_s_address_and_not_the_proxy_s(
    world: World, visitor: Client
) -> None:
    visitor.post(
        LOGIN, {"username": "trader", "password": "a guess"}, headers={"X-Forwarded-For": "198.51.100.7"}
    )

    assert "198.51.100.7" in str(Leaf.objects.latest("pk").body)


@pytest.mark.parametrize("query", ["limit=1&limit=2", "limit=1&lim%69t=2"])
def test_v15_3_7_a_parameter_that_is_given_twice_is_refused(program: Client, query: str) -> None:
    assert program.get(f"{ORDERS}?{query}").status_code == 400


def _line(message: str, *arguments: object) -> str:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(LineFormatter(settings.LOGGING["formatters"]["line"]["format"]))
    record = logging.LogRecord("qtweb", logging.WARNING, "here", 1, message, arguments, None)
    record.correlation_id = "c0ffee"
    record.created, record.msecs = 1_785_000_000.25, 250.0
    handler.handle(record)
    return written.getvalue()


def test_v16_2_1_a_line_of_the_log_says_when_who_and_in_which_request() -> None:
    assert _line("a token was refused") == (
        "2026-07-25T17:20:00.250Z WARNING qtweb [c0ffee] a token was refused\n"
    )


def test_v16_2_2_the_log_s_time_is_utc_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    formats = settings.LOGGING["formatters"].values()

    assert [each for each in formats if each["()"] != "qtweb.log_lines.LineFormatter"] == []
    assert re.match(r"2026-07-25T17:20:00\.250Z ", _line("whatever the machine's zone is"))


def test_v16_3_1_every_attempt_to_come_in_is_kept(world: World, visitor: Client) -> None:
    told = name_and_password(world)
    visitor.post(LOGIN, {**told, "password": "wrong"})
    visitor.post(LOGIN, told)

    kept = [each.action for each in Leaf.objects.order_by("-pk")[:8]]
    assert {"SignInFailed", "SignedIn"} <= set(kept), kept


def test_v16_3_2_every_refused_authorisation_is_kept(world: World, trader: Client) -> None:
    before = Leaf.objects.latest("pk").pk
    assert trader.get("/admin/operations/").status_code == 403

    assert "AccessRefused" in [each.action for each in Leaf.objects.filter(pk__gt=before)]


def test_v16_4_1_a_stranger_s_words_make_no_line_of_their_own() -> None:
    line = _line("refused: %s", "x\n2026-07-25 INFO root [1] all is well\r\x1b[2J\u2028end")

    assert line.count("\n") == 1
    assert line.endswith("refused: x\\x0a2026-07-25 INFO root [1] all is well\\x0d\\x1b[2J\\u2028end\n")


@pytest.mark.parametrize("address", ["/api/fails", "/admin/fails"])
def test_v16_5_1_what_fails_unexpectedly_tells_nothing_of_itself(in_production: None, address: str) -> None:
    with override_settings(ROOT_URLCONF=__name__):
        answer = Client(raise_request_exception=False, **BY_HTTPS).get(address)

    assert answer.status_code == 500
    assert not re.search(r"SELECT|srv|RuntimeError|Traceback|\.py", answer.content.decode())
