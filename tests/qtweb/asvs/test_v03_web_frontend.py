"""V3 Web Frontend Security."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order
from orders.permissions import PERMISSIONS
from tests.orders.api.conftest import order_body
from tests.qtweb.asvs.conftest import BY_HTTPS, name_and_password
from tests.sign_in import PASSWORD, sign_in
from tests.world import World, person

LOGIN, ORDERS = "/admin/login/", "/api/v1/orders"
ADDRESSES = (
    LOGIN,
    "/admin/",
    ORDERS,
    "/api/v1/docs",
    "/api/v1/schema",
    "/static/orders/admin.js",
    "/health/live",
    "/metrics",
    "/nothing/here",
    "/api/v1/nothing",
)
SCRIPTS = sorted((Path(__file__).parents[3] / "orders" / "static" / "orders").glob("*.js"))
ABOUT_PEOPLE = ("account", "account_password", "token_make", "sign_ins", "roles", "role_propose")


ANSWERED: dict[str, Any] = {}


@pytest.fixture
def answers(world: World, visitor: Client, trader: Client, program: Client) -> dict[str, Any]:
    """What the site says at addresses of every kind, to strangers, people and programs; asked once."""
    if ANSWERED:
        return ANSWERED
    told = {f"a stranger at {url}": visitor.get(url) for url in ADDRESSES}
    told["a person"] = trader.get("/admin/orders/order/")
    told["a program"] = program.get(ORDERS)
    told["who comes by plain HTTP"] = Client().get(LOGIN)
    told["a program that comes by plain HTTP"] = Client().get(ORDERS)
    for each in told.values():
        if each.streaming:
            b"".join(each.streaming_content)
    assert {each.status_code for each in told.values()} == {200, 301, 302, 401, 403, 404}
    ANSWERED.update(told)
    return ANSWERED


def _lacking(answers: dict[str, Any], header: str, pattern: str) -> dict[str, str]:
    told = {who: answer.headers.get(header, "") for who, answer in answers.items()}
    return {who: value for who, value in told.items() if not re.search(pattern, value)}


def test_v3_2_1_data_opened_in_a_browser_can_do_nothing_there(program: Client) -> None:
    for url in (ORDERS, "/api/v1/nothing"):
        answer = program.get(url)
        assert "sandbox" in answer["Content-Security-Policy"].split("; ")
        assert answer["Content-Type"] in ("application/json", "application/problem+json")


def test_v3_2_2_scripts_make_markup_of_nothing_but_the_server_s_own_fragments() -> None:
    made = {
        match[1]
        for script in SCRIPTS
        for match in re.finditer(r"\.(?:innerHTML|outerHTML) = (.*);", script.read_text())
    }

    assert made == {"await response.text()", "html"}
    assert not [
        each for each in SCRIPTS if re.search(r"insertAdjacentHTML|document\.write", each.read_text())
    ]


def test_v3_3_1_every_cookie_is_secure_and_the_host_s_own(world: World, visitor: Client) -> None:
    visitor.post(LOGIN, name_and_password(world))
    visitor.get(LOGIN)

    assert {"__Host-sessionid", "__Host-csrftoken", "__Host-known_browser"} == visitor.cookies.keys()
    assert [each.key for each in visitor.cookies.values() if not each["secure"]] == []


def test_v3_3_2_every_cookie_says_who_may_send_it(world: World, visitor: Client) -> None:
    visitor.post(LOGIN, name_and_password(world))
    visitor.get(LOGIN)

    assert {each["samesite"] for each in visitor.cookies.values()} == {"Lax", "Strict"}


def test_v3_3_3_cookies_bear_the_prefix_of_one_host(world: World, visitor: Client, trader: Client) -> None:
    order = world.place()
    trader.post(reverse("admin:orders_order_change", args=[order.pk]) + "cancel/", {"reason": "why not"})
    visitor.post(LOGIN, name_and_password(world))

    cookies = [*visitor.cookies.values(), *trader.cookies.values()]
    assert "__Host-messages" in trader.cookies
    assert [
        each.key
        for each in cookies
        if each.value and not (each.key.startswith("__Host-") and each["path"] == "/" and not each["domain"])
    ] == []


def test_v3_3_4_no_script_reads_a_cookie(world: World, visitor: Client) -> None:
    visitor.post(LOGIN, name_and_password(world))
    page = visitor.get("/admin/").content.decode()

    assert [each.key for each in visitor.cookies.values() if not each["httponly"]] == []
    assert visitor.cookies["__Host-sessionid"].value not in page


def test_v3_4_1_https_is_demanded_for_a_year_and_for_all_subdomains(answers: dict[str, Any]) -> None:
    by_https = {who: each for who, each in answers.items() if "plain HTTP" not in who}
    assert _lacking(by_https, "Strict-Transport-Security", r"^max-age=31536000; includeSubDomains") == {}


def test_v3_4_2_no_other_origin_is_let_in(program: Client) -> None:
    answer = program.get(ORDERS, headers={"Origin": "https://elsewhere.example"})
    asked = program.options(ORDERS, headers={"Origin": "https://elsewhere.example"})

    assert [each for each in (*answer.headers, *asked.headers) if each.startswith("Access-Control-")] == []


def test_v3_4_3_content_security_policy_lets_nothing_inline_run_anywhere(answers: dict[str, Any]) -> None:
    policy = "Content-Security-Policy"
    assert _lacking(answers, policy, r"^default-src 'none'; ") == {}
    assert _lacking(answers, policy, r"base-uri 'none'") == {}
    assert _lacking(answers, policy, r"object-src 'none'|sandbox$") == {}
    sources = {
        source
        for answer in answers.values()
        for part in answer[policy].split("; ")
        for source in part.split(" ")[1:]
    }
    assert sources == {"'none'", "'self'", "data:"}
    assert all(
        "data:" not in part or part.startswith("img-src") for part in answers["a person"][policy].split("; ")
    )


def test_v3_4_3_no_page_about_people_has_anything_inline(world: World, in_production: None) -> None:
    client = sign_in(person("all.of.them", world.firm, tuple(name for name, _title in PERMISSIONS)))
    client.defaults.update(BY_HTTPS)
    inline = re.compile(r"<style|<script(?![^>]* src=)[^>]*>|<[^>]*\s(?:style|on\w+|x-[\w:.-]+|@\w+|:\w+)=")
    for name in ABOUT_PEOPLE:
        page = client.get(reverse(f"admin:{name}"))
        assert (page.status_code, inline.findall(page.content.decode())) == (200, []), name


def test_v3_4_4_nothing_is_sniffed(answers: dict[str, Any]) -> None:
    assert _lacking(answers, "X-Content-Type-Options", r"^nosniff$") == {}


def test_v3_4_5_no_address_of_ours_is_told_elsewhere(answers: dict[str, Any]) -> None:
    assert _lacking(answers, "Referrer-Policy", r"^same-origin$") == {}


def test_v3_4_6_nobody_frames_anything(answers: dict[str, Any]) -> None:
    assert _lacking(answers, "Content-Security-Policy", r"frame-ancestors 'none'") == {}


def test_v3_5_1_a_form_is_taken_from_our_own_pages_alone(world: World, trader: Client) -> None:
    order = world.place()
    url = reverse("admin:orders_order_change", args=[order.pk]) + "cancel/"
    strict = Client(enforce_csrf_checks=True, **BY_HTTPS)
    strict.cookies = trader.cookies

    assert strict.post(url, {"revision": "1", "reason": "forged"}).status_code == 403
    assert strict.get(ORDERS).status_code == 401, "the API knows no cookie"
    assert Order.objects.get().status == "new"


def test_v3_5_2_no_form_of_another_site_reaches_the_api(program: Client) -> None:
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
        assert program.post(ORDERS, data=b"symbol=SPY", content_type=kind).status_code == 415
    assert program.post(ORDERS, order_body(), content_type="application/json").status_code == 201


@pytest.mark.parametrize("act", ["cancel/", "amend/"])
def test_v3_5_3_reading_changes_nothing(world: World, trader: Client, act: str) -> None:
    order = world.place()
    url = reverse("admin:orders_order_change", args=[order.pk]) + act + "?revision=1&reason=linked&quantity=1"

    assert (trader.get(url).status_code, trader.head(url).status_code) == (200, 200)
    assert trader.get(reverse("admin:logout")).status_code == 405
    assert Order.objects.get().version == order.version


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"]
)
def test_v3_7_2_who_signs_in_is_led_nowhere_else(world: World, visitor: Client, elsewhere: str) -> None:
    answer = visitor.post(LOGIN, {**name_and_password(world), "next": elsewhere})

    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert PASSWORD not in answer["Location"]
