"""What limits do to requests of people, tokens and strangers."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from redis import Redis
from rest_framework.test import APIClient

from compliance.models import ApiToken
from orders.kernel.clock import recorded_now
from qtweb.rate_limits.counts import redis_url
from qtweb.rate_limits.limits import Kind, Limit
from qtweb.rate_limits.middleware import kind_of
from tests.orders.api.conftest import order_body
from tests.qtweb.api.conftest import assert_problem, client_with_token, token_of
from tests.sign_in import sign_in
from tests.world import World

WAKES_A_WORKER = ("PING", "LPUSH")
ORDERS, PAGE, SIGN_IN = "/api/v1/orders", "/admin/orders/order/", "/admin/login/"


@pytest.fixture(autouse=True)
def few(settings: Any) -> Iterator[None]:
    """Three requests of each kind, and nobody sent one yet."""
    settings.RATE_LIMITS = dict.fromkeys(Kind, Limit(3, 60))
    with Redis.from_url(redis_url(settings.ENVIRONMENT.redis_url)) as client:
        client.flushdb()
        yield
        client.flushdb()


def _statuses(client: Client, url: str, times: int) -> list[int]:
    return [client.get(url).status_code for _each in range(times)]


def test_above_the_limit_the_api_answers_a_problem_and_says_when_to_come_again(world: World) -> None:
    client = client_with_token(world.trader)
    client.get(ORDERS)  # of this one nobody knew yet whose it is

    answers = [client.get(ORDERS) for _each in range(4)]

    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert [each["RateLimit"].split(";")[1] for each in answers] == ["r=2", "r=1", "r=0", "r=0"]
    assert answers[0]["RateLimit-Policy"] == '"api";q=3;w=60'
    document = assert_problem(answers[3], 429)
    assert 0 < int(answers[3]["Retry-After"]) == document["retry_after_s"] <= 60
    assert (document["code"], document["policy"]) == ("RATE_LIMIT_EXCEEDED", "api")
    assert answers[3]["Content-Security-Policy"].startswith("default-src 'none'")


def test_all_tokens_of_a_person_count_together_and_no_other_person_s(world: World) -> None:
    first, second = client_with_token(world.trader), client_with_token(world.trader)
    other = client_with_token(world.head)
    for client in (first, second, other):
        client.get(ORDERS)

    assert _statuses(first, ORDERS, 2) + _statuses(second, ORDERS, 2) == [200, 200, 200, 429]
    assert _statuses(other, ORDERS, 3) == [200] * 3


def test_a_token_is_one_credential_however_it_is_spelt(world: World) -> None:
    client, token = APIClient(), token_of(world.trader)
    client.get(ORDERS, headers={"Authorization": f"Token {token}"})

    spellings = (f"token {token}", f"TOKEN   {token} ", f"Token\t{token}")
    answers = [client.get(ORDERS, headers={"Authorization": each}) for each in spellings]
    assert [each["RateLimit"].split(";")[0] for each in answers] == ['"api"'] * 3


def test_who_reads_too_much_still_places_and_cancels(world: World) -> None:
    client = client_with_token(world.trader)
    client.get(ORDERS)
    assert _statuses(client, ORDERS, 4)[-1] == 429

    assert client.post(ORDERS, order_body(), format="json").status_code == 201


def test_strangers_count_by_their_address_and_never_reach_the_database(
    world: World, django_assert_num_queries: Any
) -> None:
    guesses = [APIClient(headers={"Authorization": f"Token {number:064}"}) for number in range(4)]
    answers = [client.get(ORDERS).status_code for client in guesses[:3]]

    assert answers == [401] * 3
    with django_assert_num_queries(0):
        assert guesses[3].get(ORDERS).status_code == 429
    assert guesses[3].get(ORDERS, headers={"X-Forwarded-For": "198.51.100.9"}).status_code == 401


def test_an_address_that_strangers_used_up_does_not_keep_out_who_is_known(world: World) -> None:
    client = client_with_token(world.trader)
    client.get(ORDERS)
    stranger = APIClient()

    assert _statuses(stranger, ORDERS, 3)[-1] == 429
    assert client.get(ORDERS).status_code == 200


def test_one_client_has_its_whole_ipv6_network(world: World) -> None:
    stranger = APIClient()
    answers = [
        stranger.get(ORDERS, headers={"X-Forwarded-For": f"2001:db8::{number}"}).status_code
        for number in range(4)
    ]

    assert answers == [401, 401, 401, 429]
    assert stranger.get(ORDERS, headers={"X-Forwarded-For": "2001:db8:0:1::1"}).status_code == 401


def test_clients_of_ipv4_that_ipv6_carries_are_not_one_client(world: World) -> None:
    stranger = APIClient()
    assert _statuses(stranger, ORDERS, 3) == [401] * 3  # nobody's, from 127.0.0.1

    answers = [stranger.get(ORDERS, REMOTE_ADDR=f"::ffff:192.0.2.{number}") for number in range(4)]
    assert [each.status_code for each in answers] == [401] * 4
    assert stranger.get(ORDERS, REMOTE_ADDR="::ffff:127.0.0.1").status_code == 429


def test_a_revoked_token_counts_for_its_address_again(world: World) -> None:
    client = client_with_token(world.trader)
    assert _statuses(client, ORDERS, 2) == [200, 200]
    ApiToken.objects.update(revoked_at=recorded_now())

    kinds = [client.get(ORDERS)["RateLimit"].split(";")[0] for _each in range(2)]
    assert kinds == ['"api"', '"address"']


def test_pages_and_sign_ins_have_limits_of_their_own_and_answer_a_page(world: World) -> None:
    visitor = sign_in(world.trader)
    visitor.get(PAGE)
    assert _statuses(visitor, PAGE, 3) == [200, 200, 200]
    refused = visitor.get(PAGE)
    assert (refused.status_code, refused["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert "Too many requests" in refused.content.decode()
    assert int(refused["Retry-After"]) > 0

    stranger = Client()
    tries = [stranger.post(SIGN_IN, {"username": "trader", "password": "guess"}) for _each in range(4)]
    assert [each.status_code for each in tries] == [200, 200, 200, 429]


def test_health_and_files_are_always_answered(world: World) -> None:
    stranger = APIClient()

    assert _statuses(stranger, "/health/live", 9) == [200] * 9
    files = [stranger.get("/static/orders/frame.js") for _each in range(9)]
    assert [len(b"".join(each.streaming_content)) > 0 for each in files] == [True] * 9


@pytest.mark.parametrize(
    ("method", "path", "is_known", "kind"),
    [
        ("POST", "/api/v1/orders", True, Kind.ORDER_ENTRY),
        ("PATCH", "/api/v1/orders/1", True, Kind.ORDER_ENTRY),
        ("POST", "/api/v1/orders/1/cancel", True, Kind.ORDER_ENTRY),
        ("POST", "/api/v1/kill_switches", True, Kind.ORDER_ENTRY),
        ("POST", "/api/v1/orders/preview", True, Kind.API),
        ("POST", "/api/v1/orders/plan", True, Kind.API),
        ("GET", "/api/v1/orders", True, Kind.API),
        ("GET", "/admin/", True, Kind.PAGES),
        ("GET", "/admin/", False, Kind.ADDRESS),
        ("POST", "/api/v1/orders", False, Kind.ADDRESS),
        ("GET", "/admin/login/", False, Kind.ADDRESS),
        ("POST", "/admin/login/", True, Kind.SIGN_IN),
        ("GET", "/admin/account/password/", True, Kind.PAGES),
        ("POST", "/admin/account/password/", True, Kind.SIGN_IN),
        ("POST", "/admin/account/tokens/make/", True, Kind.PAGES),
    ],
)
def test_a_request_counts_as_one_thing(method: str, path: str, is_known: bool, kind: Kind) -> None:
    assert kind_of(method, path, is_known=is_known) == kind


def test_what_takes_a_password_has_the_addresses_that_are_watched_for() -> None:
    told = [
        kind_of("POST", reverse(f"admin:{name}"), is_known=True) for name in ("login", "account_password")
    ]
    assert told == [Kind.SIGN_IN] * 2


def test_an_order_costs_one_round_trip(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    send = Redis.execute_command
    monkeypatch.setattr(
        Redis, "execute_command", lambda self, *a, **k: sent.append(a[0]) or send(self, *a, **k)
    )
    client = client_with_token(committed_world.trader)
    client.post(ORDERS, order_body(), format="json")
    sent.clear()

    assert client.post(ORDERS, order_body(), format="json").status_code == 201
    assert [each for each in sent if each not in WAKES_A_WORKER] == ["EVALSHA"]
