"""Limits and approvals over the API: what is asked for by one person and decided by another."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from compliance.services.approvals import approve
from orders.models import Limit
from tests.compliance.proposals import propose_new, propose_value
from tests.orders.api.conftest import client_of
from tests.orders.fills import fill
from tests.world import World

LIMITS = "/api/v1/limits"
APPROVALS = "/api/v1/approvals"
NEW = {"kind": "gross_notional", "value": "1000000", "desk": "EQ1", "reason": "the desk's mandate"}


@pytest.fixture
def head(world: World) -> APIClient:
    return client_of(world.head)


@pytest.fixture
def risk(world: World) -> APIClient:
    return client_of(world.risk_officer)


def _items(client: APIClient, url: str, **query: str) -> list[dict[str, Any]]:
    answer = client.get(url, query)
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def test_limits_are_listed_with_what_is_used(world: World, head: APIClient) -> None:
    fill(world.place(quantity="4000"), "1000")

    (position,) = _items(head, LIMITS, kind="position_quantity")

    assert (position["account"], position["value"], position["used"]) == ("ALPHA", "20000", "4000")
    assert (position["standing"], position["desk"], position["symbol"]) == ("in_force", None, None)
    assert {each["account"] for each in _items(head, LIMITS, account="ALPHA")} == {"ALPHA"}
    assert _items(head, LIMITS, account="BETA") == []
    assert _items(head, LIMITS, standing="ended") == []


def test_a_limit_is_asked_for_and_agreed_to_over_the_api(
    world: World, head: APIClient, risk: APIClient
) -> None:
    asked = head.post(LIMITS, NEW, format="json")
    assert asked.status_code == 202
    waiting = asked.json()
    assert (waiting["action"], waiting["state"], waiting["maker"]) == ("set_limit", "pending", "head")
    assert waiting["scope"] == {"type": "desk", "code": "EQ1"}

    own = head.post(f"{APPROVALS}/{waiting['id']}/approve", {"reason": "fine"}, format="json")
    assert (own.status_code, own.json()["code"]) == (403, "AUTH_NOT_PERMITTED")
    decided = risk.post(f"{APPROVALS}/{waiting['id']}/approve", {"reason": "fine"}, format="json")

    assert (decided.status_code, decided.json()["state"], decided.json()["checker"]) == (
        200,
        "approved",
        "risk",
    )
    assert decided.json()["used_at"] is not None
    (made,) = _items(head, LIMITS, kind="gross_notional")
    assert (made["id"], made["desk"], made["value"]) == (waiting["payload"]["limit_id"], "EQ1", "1000000")


def test_a_change_and_an_end_are_asked_for_over_the_api(
    world: World, head: APIClient, risk: APIClient
) -> None:
    limit = Limit.objects.get(account=world.account, kind="order_quantity")
    for verb, body in (("change", {"value": "12000", "reason": "x"}), ("end", {"reason": "x"})):
        asked = head.post(f"{LIMITS}/{limit.pk}/{verb}", body, format="json")
        assert asked.status_code == 202
        assert (
            risk.post(f"{APPROVALS}/{asked.json()['id']}/approve", {"reason": "x"}, format="json").status_code
            == 200
        )

    limit.refresh_from_db()
    assert (limit.value, limit.ended_at is not None) == (12_000, True)
    history = _items(head, APPROVALS, limit_id=str(limit.pk))
    assert [each["action"] for each in history] == ["end_limit", "change_limit"]


def test_a_refusal_over_the_api_changes_nothing(world: World, risk: APIClient) -> None:
    approval = propose_new(world.head, kind="gross_notional", value="5", desk="EQ1")

    answer = risk.post(f"{APPROVALS}/{approval.pk}/refuse", {"reason": "no mandate"}, format="json")

    assert (answer.json()["state"], answer.json()["checker_reason"]) == ("refused", "no mandate")
    assert not Limit.objects.filter(kind="gross_notional").exists()
    assert _items(risk, APPROVALS, state="pending") == []
    assert len(_items(risk, APPROVALS, action="set_limit")) == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"value": "0"}, 202, None),
        ({"kind": "order_quantity", "value": "0"}, 422, "RULE_LIMIT_VALUE"),
        ({"kind": "permitted", "value": "1"}, 422, "RULE_LIMIT_SCOPE"),
        ({"desk": "EQ2"}, 422, "RESOURCE_LIMIT_SCOPE_NOT_FOUND"),
        ({"effective_until": "2013-10-01T00:00:00Z"}, 422, "RULE_LIMIT_NEVER_IN_FORCE"),
        ({"desk": None, "account": "ALPHA", "kind": "order_quantity"}, 409, "STATE_LIMIT_EXISTS"),
        ({"desk": None}, 400, "INPUT_INVALID"),
        ({"desk": None, "symbol": "SPY", "kind": "order_notional"}, 403, "AUTH_NOT_PERMITTED"),
    ],
)
def test_what_cannot_be_asked_for_is_told_with_its_code(
    world: World, head: APIClient, changes: dict[str, Any], status: int, code: str | None
) -> None:
    answer = head.post(LIMITS, {**NEW, **changes}, format="json")

    assert (answer.status_code, answer.json().get("code")) == (status, code)


def test_a_stale_approval_is_a_conflict(world: World, risk: APIClient) -> None:
    limit = Limit.objects.get(account=world.account, kind="order_quantity")
    stale, newer = (
        propose_value(actor=world.head, limit_id=limit.pk, value=value, reason="x") for value in ("5", "6")
    )
    approve(actor=world.risk_officer, approval_id=newer.pk, reason="x")

    answer = risk.post(f"{APPROVALS}/{stale.pk}/approve", {"reason": "x"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "APPROVAL_OUTDATED")


def test_who_sees_no_limits_sees_neither_them_nor_approvals(world: World) -> None:
    approval = propose_new(world.head, kind="gross_notional", value="5", desk="EQ1")
    nobody, stranger = client_of(world.nobody), client_of(world.stranger)

    assert (_items(nobody, LIMITS), _items(nobody, APPROVALS), _items(stranger, APPROVALS)) == ([], [], [])
    hidden = stranger.post(f"{APPROVALS}/{approval.pk}/refuse", {"reason": "x"}, format="json")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "APPROVAL_NOT_FOUND")
