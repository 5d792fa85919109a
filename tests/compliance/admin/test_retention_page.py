"""The page Retention and its API: who reads the log sees months, rules and holds, and who may asks for others."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from compliance.commands import ProposeHoldLift
from compliance.models import Approval, LegalHold, RetentionRule
from compliance.services.retention_changes import propose_hold_lift
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.models import User
from orders.permissions import VIEW_AUDIT, VIEW_LIMITS
from tests.compliance.test_retention import Officers
from tests.sign_in import addresses, sign_in, visible_text
from tests.tokens import EVERYTHING
from tests.world import World, person

PAGE, PROPOSE, PLACE = (reverse(f"admin:{name}") for name in ("retention", "retention_propose", "hold_place"))
RULE = {
    "regime": "MiFID-II",
    "record_class": "orders",
    "years": "7",
    "effective_from": "2026-12-01",
    "source": "Request of the authority",
    "reason": "they asked",
}


@pytest.fixture
def officers(world: World) -> Officers:
    return Officers(world)


def api(actor: Actor) -> APIClient:
    client = APIClient()
    client.force_authenticate(User.objects.get(pk=actor.user_id), EVERYTHING)
    return client


def test_the_page_says_until_when_a_month_is_kept_and_who_may_ask(world: World, officers: Officers) -> None:
    text = visible_text(page := sign_in(officers.asks).get(PAGE))
    assert "SEC-17a-4, books: 6 years" in text
    assert "Nothing is held." in text
    assert {PROPOSE, PLACE} <= set(addresses(page))
    hold = officers.hold(kind="object_type", subject="sign_in", reason="case 9")
    text = visible_text(page := sign_in(officers.asks).get(PAGE))
    assert "case 9" in text
    assert reverse("admin:hold_lift", args=[hold.pk]) in addresses(page)
    seen = sign_in(officers.agrees).get(PAGE)
    assert PROPOSE not in addresses(seen)
    assert "case 9" in visible_text(seen)
    assert sign_in(officers.agrees).get(PLACE).status_code == 403
    reader = person("reads", world.firm, (VIEW_AUDIT,))
    text = visible_text(sign_in(reader).get(PAGE))
    assert "object type sign_in" in text
    assert "case 9" not in text
    assert sign_in(world.trader).get(PAGE).status_code == 403


def test_a_rule_and_the_lifting_of_a_hold_are_asked_for_by_form_and_decided_in_the_inbox(
    officers: Officers,
) -> None:
    client, other = sign_in(officers.asks), sign_in(officers.agrees)
    assert client.get(PROPOSE).status_code == client.get(PLACE).status_code == 200
    said = visible_text(client.post(PROPOSE, RULE, follow=True))
    assert "The rule of MiFID-II waits for a second person." in said
    assert "set retention , asked for by" in said
    said = visible_text(client.post(PLACE, {"kind": "everything", "reason": "case 9"}, follow=True))
    assert "It is held from now on: 1 month so far." in said
    assert "hold on everything" in said
    lift = reverse("admin:hold_lift", args=[LegalHold.objects.get().pk])
    assert client.get(lift).status_code == 200
    assert "waits for a second person" in visible_text(client.post(lift, {"reason": "over"}, follow=True))
    shown = {}
    for approval in Approval.objects.all():
        url = reverse("admin:compliance_approval_change", args=[approval.pk])
        shown[approval.action] = visible_text(other.get(url))
        officers.agree(approval)
    assert "5 years" in shown["set_retention"]
    assert "7 years" in shown["set_retention"]
    assert "everything" in shown["lift_legal_hold"]
    assert RetentionRule.objects.filter(years=7).exists()
    assert client.get(lift).status_code == 404
    assert client.post(PROPOSE, {**RULE, "effective_from": "soon"}).status_code == 400
    assert client.post(PROPOSE, RULE).status_code == 422


def test_who_decides_that_a_hold_is_lifted_reads_why_it_was_placed_and_on_which_account(
    world: World, officers: Officers
) -> None:
    hold = officers.hold(kind="account", subject=world.account.code, reason="case 9")
    asked = propose_hold_lift(
        actor=officers.asks, hold_id=hold.pk, command=ProposeHoldLift(reason="it is over")
    )
    reader = person("reads", world.firm, (VIEW_AUDIT, VIEW_LIMITS))
    page = reverse("admin:compliance_approval_change", args=[asked.pk])
    decides, reads = (visible_text(sign_in(actor).get(page)) for actor in (officers.agrees, reader))
    assert "case 9" in decides
    assert "case 9" not in reads
    listed = visible_text(sign_in(officers.asks).get(PAGE))
    for text in (decides, reads, listed):
        assert f"account {world.account.code}" in text
        assert str(world.account.pk) not in text


def test_the_page_takes_as_many_queries_however_many_rows_there_are(officers: Officers) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(PAGE)
        return len(found)

    client = sign_in(officers.asks)
    officers.hold()
    queries()
    before = queries()
    types = ("order", "run", "limit", "user", "role")
    for number in range(5):
        officers.hold(kind="object_type", subject=types[number])
        officers.agree(officers.ask(regime=f"R{number}"))
    assert queries() == before


def test_the_api_says_the_same_and_asks_by_the_same_commands(world: World, officers: Officers) -> None:
    asks, agrees = api(officers.asks), api(officers.agrees)
    [month] = asks.get("/api/v1/audit/months").json()["items"]
    assert (month["month"], month["state"]) == (str(recorded_now().date().replace(day=1)), "open")
    assert (month["kept_by"], month["held_by"]) == ("SEC-17a-4 books", [])
    rule: dict[str, Any] = {**RULE, "years": 7}
    answer = asks.post("/api/v1/retention_rules", rule, format="json")
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert agrees.post("/api/v1/retention_rules", rule, format="json").status_code == 403
    assert len(asks.get("/api/v1/retention_rules").json()["items"]) == RetentionRule.objects.count()
    placed = asks.post("/api/v1/legal_holds", {"kind": "everything", "reason": "case 9"}, format="json")
    assert (placed.status_code, placed.json()["months_held"]) == (201, 1)
    assert asks.get("/api/v1/audit/months").json()["items"][0]["held_by"] == [placed.json()["id"]]
    lift = f"/api/v1/legal_holds/{placed.json()['id']}/lift"
    assert asks.post(lift, {"reason": "over"}, format="json").status_code == 202
    assert [each["id"] for each in agrees.get("/api/v1/legal_holds").json()["items"]] == [placed.json()["id"]]
    assert api(world.trader).get("/api/v1/audit/months").status_code == 403
