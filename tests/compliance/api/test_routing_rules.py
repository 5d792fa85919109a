"""Venues and routing rules over the API: what there is, what a person may ask for, and where a slice went."""

import pytest
from rest_framework.test import APIClient

from execution.models import RoutingRule
from tests.execution.routes import Router, register
from tests.orders.api.conftest import client_of
from tests.world import World

VENUES = "/api/v1/venues"
RULES = "/api/v1/routing_rules"
NEW = {
    "name": "blocks",
    "place": 100,
    "venues": ["MTF", "SIM"],
    "from_quantity": "1000",
    "reason": "less impact",
}


@pytest.fixture
def router(world: World) -> Router:
    register(calendar="XLON")
    return Router(world)


@pytest.fixture
def operator(router: Router) -> APIClient:
    return client_of(router.operator)


def agree(officer: APIClient, approval_id: str) -> None:
    answer = officer.post(f"/api/v1/approvals/{approval_id}/approve", {"reason": "fine"}, format="json")
    assert answer.status_code == 200, answer.content


def test_venues_are_listed_with_session_and_breaker(world: World, router: Router) -> None:
    answer = client_of(world.trader).get(VENUES)

    mtf, sim = answer.json()["items"]
    assert (mtf["code"], mtf["calendar"], mtf["is_open"]) == ("MTF", "XLON", False), "noon in New York"
    assert mtf["session_opens_at"] == "2013-10-07T07:00:00Z", "the next one is Monday's"
    assert (sim["code"], sim["calendar"], sim["is_open"], sim["breaker"]) == ("SIM", None, None, "closed")
    assert (sim["reports"], sim["last_report_at"], sim["live_orders"]) == (None, None, 0)


def test_venues_cost_the_same_queries_however_many_there_are(
    world: World, router: Router, django_assert_max_num_queries: object
) -> None:
    client = client_of(world.trader)
    for number in range(8):
        register(f"V{number}")

    with django_assert_max_num_queries(9):  # type: ignore[operator]
        client.get(VENUES)


def test_who_sees_no_orders_sees_no_venue_and_no_rule(world: World, router: Router) -> None:
    nobody = client_of(world.nobody)

    assert nobody.get(VENUES).json()["items"] == []
    assert nobody.get(RULES).json()["items"] == []


def test_a_rule_is_asked_for_listed_and_ended_over_the_api(router: Router, operator: APIClient) -> None:
    asked = operator.post(RULES, NEW, format="json")
    assert asked.status_code == 202, asked.content
    officer = client_of(router.officer)
    assert (
        officer.post(
            f"/api/v1/approvals/{asked.json()['id']}/approve", {"reason": "fine"}, format="json"
        ).status_code
        == 200
    )

    default, rule = operator.get(RULES).json()["items"]
    assert (default["name"], default["venues"], default["symbol"]) == ("default", ["SIM"], None)
    assert (rule["name"], rule["from_quantity"], rule["venues"], rule["effective_until"]) == (
        "blocks",
        "1000",
        ["MTF", "SIM"],
        None,
    )
    end = operator.post(f"{RULES}/{rule['id']}/end", {"reason": "no more"}, format="json")
    assert (
        officer.post(
            f"/api/v1/approvals/{end.json()['id']}/approve", {"reason": "fine"}, format="json"
        ).status_code
        == 200
    )
    assert [each["name"] for each in operator.get(RULES).json()["items"]] == ["default"]
    assert len(operator.get(RULES, {"past": "true"}).json()["items"]) == 2


def test_refusals_say_what_to_do(world: World, operator: APIClient) -> None:
    unfit = operator.post(RULES, {**NEW, "venues": ["NOWHERE"]}, format="json")
    assert (unfit.status_code, unfit.json()["code"]) == (422, "RULE_ROUTING")
    assert unfit.json()["errors"][0]["pointer"] == "/venues"
    wrong = operator.post(RULES, {**NEW, "from_quantity": 5}, format="json")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/from_quantity")
    trader = client_of(world.trader)
    assert trader.post(RULES, NEW, format="json").status_code == 403
    hidden = RoutingRule.objects.create(
        name="theirs",
        place=1,
        desk=world.other_desk,
        venues=["SIM"],
        effective_from="1990-01-01T00:00:00Z",
        recorded_at="2026-01-01T00:00:00Z",
    )
    assert trader.post(f"{RULES}/{hidden.pk}/end", {"reason": "no more"}, format="json").status_code == 404
    assert [each["name"] for each in trader.get(RULES).json()["items"]] == ["default"]


def test_a_trader_sees_the_rules_by_which_their_orders_may_go_and_no_others(
    world: World, router: Router
) -> None:
    router.rule(name="house", firm="ATLAS")
    router.rule(name="ours", desk="EQ1")
    router.rule(name="theirs", account="BETA")

    seen = [each["name"] for each in client_of(world.trader).get(RULES).json()["items"]]

    assert seen == ["default", "house", "ours"]
