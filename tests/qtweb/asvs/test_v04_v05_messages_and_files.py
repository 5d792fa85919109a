"""V4 API and Web Service, V5 File Handling."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.qtweb.asvs.conftest import BY_HTTPS, name_and_password
from tests.world import World

LOGIN, ORDERS = "/admin/login/", "/api/v1/orders"


def test_v4_1_1_every_body_says_what_it_is_and_text_in_which_letters(
    visitor: Client, program: Client
) -> None:
    kinds = {url: visitor.get(url)["Content-Type"] for url in (LOGIN, "/api/v1/docs", "/nothing")}
    kinds |= {url: program.get(url)["Content-Type"] for url in (ORDERS, "/api/v1/nothing", "/api/v1/costs")}

    assert {kind for url, kind in kinds.items() if "/api/" not in url or "docs" in url} == {
        "text/html; charset=utf-8"
    }
    assert {kind for url, kind in kinds.items() if "/api/" in url and "docs" not in url} == {
        "application/json",
        "application/problem+json",
    }, "JSON is UTF-8 and has no such parameter (RFC 8259, 11)"


def test_v4_1_2_people_are_led_to_https_and_programs_are_refused(in_production: None) -> None:
    in_clear = Client()
    refused = in_clear.get(ORDERS, headers={"Authorization": "Token sent-in-clear"})

    assert (refused.status_code, refused.json()["code"]) == (403, "AUTH_HTTPS_REQUIRED")
    assert in_clear.get("/metrics").status_code == 403
    led = in_clear.get(LOGIN)
    assert (led.status_code, led["Location"]) == (301, f"https://testserver{LOGIN}")


def test_v4_1_3_a_stranger_s_word_on_where_and_how_it_came_is_dropped(in_production: None) -> None:
    stranger = Client(REMOTE_ADDR="203.0.113.7", **BY_HTTPS)

    assert stranger.get(LOGIN).status_code == 301, "it did not come by HTTPS, whatever it says"


def _routes(resolver: URLResolver, prefix: str = "/") -> list[tuple[str, str]]:
    found = []
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern).lstrip("^").rstrip("$")
        found += _routes(each, route) if isinstance(each, URLResolver) else [(route, _name(each))]
    return found


def _name(pattern: URLPattern) -> str:
    return pattern.name or ""


def test_v5_2_1_no_door_takes_a_file(world: World, visitor: Client, trader: Client) -> None:
    order = world.place()
    forms = [
        LOGIN,
        reverse("admin:orders_order_place"),
        reverse("admin:orders_order_change", args=[order.pk]) + "cancel/",
    ]
    for url in forms:
        sent = SimpleUploadedFile("list.csv", b"symbol,quantity\nSPY,1\n")
        assert trader.post(url, {"reason": "a file", "file": sent}).status_code == 400
    order.refresh_from_db()
    assert order.status == "new"


def test_v5_2_1_a_form_has_a_bounded_number_of_fields_and_bytes(visitor: Client) -> None:
    many = {f"field{number}": "1" for number in range(300)}

    assert visitor.post(LOGIN, many).status_code == 400
    assert visitor.get(LOGIN, many).status_code == 400
    assert visitor.post(LOGIN, {"username": "x" * 300_000}).status_code == 400


@pytest.mark.parametrize(
    "name", ["..%2f..%2fetc%2fpasswd", "%2e%2e/settings.py", "..\\..\\manage.py", "orders/"]
)
def test_v5_3_2_no_path_leads_out_of_the_folder_of_files(visitor: Client, name: str) -> None:
    assert visitor.get(f"/static/{name}").status_code == 404


def test_v5_4_1_a_file_s_name_is_ours_and_cannot_be_asked_for(world: World, program: Client) -> None:
    named = program.get("/api/v1/costs", {"filename": "evil.html"})
    assert named.status_code == 400


def test_v13_4_4_no_address_answers_trace(
    world: World, trader: Client, visitor: Client, program: Client
) -> None:
    plain = [route for route, _name in _routes(get_resolver()) if "<" not in route and "(" not in route]
    assert len(plain) > 50
    answered: dict[str, Any] = {}
    for route in plain:
        client = program if route.startswith("/api/") else trader
        answered[route] = client.trace(route).status_code

    assert {route: status for route, status in answered.items() if status not in (405, 403, 404, 400)} == {}
    assert name_and_password(world)
