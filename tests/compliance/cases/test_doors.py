"""A case is asked for, followed and taken by page, API and command; each shows what one may see and no more."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from compliance import verify
from compliance.models import Case, CaseState, Leaf
from compliance.services.export_case import request_case
from orders.kernel.clock import recorded_now
from orders.kernel.ids import new_id
from orders.models import Order
from orders.permissions import VIEW_ORDERS
from tests.compliance.cases.exporting import AUDIT_KEYS, KEY, command, exported, finished, log_signed
from tests.orders.api.conftest import client_of
from tests.sign_in import addresses, sign_in, visible_text
from tests.world import World, person

URL = "/api/v1/audit/cases"
CASES = reverse("admin:audit_cases")
EXPORT = reverse("admin:audit_case_export")
WORDS = {"reference": "FCA-7", "title": "A fill", "question": "Who did it?"}


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.AUDIT_KEYS = AUDIT_KEYS


@pytest.fixture
def order(world: World) -> Order:
    placed = world.place()
    log_signed()
    return placed


def taken() -> list[dict[str, Any]]:
    leaves = Leaf.objects.filter(action="CaseTaken").order_by("id")
    return [json.loads(leaf.body) for leaf in leaves]


def test_the_api_takes_a_question_and_gives_the_file_once_it_is_signed(world: World, order: Order) -> None:
    client = client_of(world.trader)
    asked = client.post(URL, {**WORDS, "order_id": str(order.pk)}, format="json")
    assert asked.status_code == 202
    case_id = asked.json()["id"]
    assert (asked.json()["state"], asked.json()["file_sha256"]) == ("requested", None)
    early = client.get(f"{URL}/{case_id}/file")
    assert (early.status_code, early.json()["code"]) == (409, "STATE_CASE_NOT_READY")

    finished(Case.objects.get(pk=case_id))

    told = client.get(f"{URL}/{case_id}").json()
    assert (told["state"], told["order_id"], told["leaves"]) == ("ready", str(order.pk), None)
    assert client.get(URL).json()["items"] == [told]
    file = client.get(f"{URL}/{case_id}/file")
    assert file["Content-Type"] == "application/zip"
    assert file["Content-Disposition"] == f'attachment; filename="case-{case_id}.zip"'
    assert hashlib.sha256(file.content).hexdigest() == told["file_sha256"]
    assert [leaf["facts"]["sha256"] for leaf in taken()] == [told["file_sha256"]]
    found = (
        client_of(world.auditor)
        .post(URL, {**WORDS, "leaves": {"action": "OrderPlaced"}}, format="json")
        .json()
    )
    assert (found["order_id"], found["leaves"]["action"]) == (None, "OrderPlaced")


@pytest.mark.parametrize(
    ("about", "status", "code"),
    [
        ({}, 400, "INPUT_INVALID"),
        ({"leaves": {}}, 400, "INPUT_INVALID"),
        ({"leaves": {"action": "a\0"}}, 400, "INPUT_INVALID"),
        ({"leaves": {"action": "x"}, "question": " "}, 400, "INPUT_INVALID"),
        ({"leaves": {"action": "x"}, "order_id": str(new_id())}, 400, "INPUT_INVALID"),
        ({"leaves": {"action": "Nothing"}}, 422, "RULE_CASE_EMPTY"),
        ({"order_id": str(new_id())}, 404, "RESOURCE_ORDER_NOT_FOUND"),
    ],
)
def test_the_api_says_what_cannot_be_asked(
    world: World, order: Order, about: dict[str, Any], status: int, code: str
) -> None:
    answer = client_of(world.trader).post(URL, {**WORDS, **about}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_hidden_case_is_as_absent_as_none_by_every_door(world: World, order: Order) -> None:
    case = exported(world.trader, order_id=order.pk)
    client = client_of(world.stranger)
    for path in ("", "/file"):
        hidden, absent = (client.get(f"{URL}/{each}{path}") for each in (case.pk, new_id()))
        assert hidden.status_code == absent.status_code == 404
        assert hidden.json()["detail"] == absent.json()["detail"]
    assert client.get(URL).json()["items"] == []
    browser = sign_in(world.stranger)
    for name in ("audit_case", "audit_case_progress", "audit_case_file"):
        assert browser.get(reverse(f"admin:{name}", args=[case.pk])).status_code == 404
    assert "No case has been exported yet." in visible_text(browser.get(CASES))
    looker = sign_in(person("looker", world.desk, (VIEW_ORDERS,)))
    assert looker.get(CASES).status_code == looker.get(EXPORT, {"order_id": order.pk}).status_code == 403
    assert taken() == []


def test_a_person_exports_what_a_search_finds_and_follows_it_to_the_file(world: World, order: Order) -> None:
    browser = sign_in(world.auditor)
    log = reverse("admin:compliance_leaf_changelist")
    query = {"object_id": str(order.pk), "recorded_from": "2020-01-01T00:00:00Z"}
    (form,) = [each for each in addresses(browser.get(log, query)) if each.startswith(f"{EXPORT}?")]
    assert not [each for each in addresses(browser.get(log)) if each.startswith(f"{EXPORT}?")]
    timeline = reverse("admin:compliance_leaf_timeline")
    about = f"{EXPORT}?object_id={order.pk}"
    assert about in addresses(browser.get(timeline, {"object_id": str(order.pk)}))
    page = browser.get(form)
    assert f"Kind event Object id {order.pk} Recorded from 2020-01-01T00:00:00Z" in visible_text(page)

    refused = browser.post(form, {**WORDS, "question": ""})
    sent = browser.post(form, WORDS)

    case = Case.objects.get()
    assert (refused.status_code, sent.status_code) == (400, 302)
    assert sent["Location"] == reverse("admin:audit_case", args=[case.pk])
    assert case.asked == {
        "kind": "event",
        "object_id": str(order.pk),
        "recorded_from": "2020-01-01T00:00:00Z",
    }
    progress = reverse("admin:audit_case_progress", args=[case.pk])
    assert progress in browser.get(sent["Location"]).content.decode()
    assert browser.get(progress)["X-Settled"] == "no"
    assert browser.get(reverse("admin:audit_case_file", args=[case.pk])).status_code == 409
    finished(case)
    assert browser.get(progress)["X-Settled"] == "yes"
    ready = browser.get(sent["Location"])
    assert progress not in ready.content.decode()
    file = browser.get(reverse("admin:audit_case_file", args=[case.pk]))
    assert hashlib.sha256(file.content).hexdigest() in visible_text(ready)
    assert [leaf["door"] for leaf in taken()] == ["admin"]


def test_an_order_s_trail_leads_to_its_case_and_nothing_asked_is_no_page(world: World, order: Order) -> None:
    browser = sign_in(world.trader)
    trail = reverse("admin:orders_order_change", args=[order.pk]) + "panel/trail/"
    assert {f"{EXPORT}?order_id={order.pk}", CASES} <= set(addresses(browser.get(trail)))
    assert browser.get(EXPORT).status_code == 404
    assert browser.post(f"{EXPORT}?order_id={order.pk}", WORDS).status_code == 302
    assert browser.post(f"{EXPORT}?order_id={new_id()}", WORDS).status_code == 404
    wrong = browser.post(f"{EXPORT}?recorded_from=noon", WORDS)
    assert (wrong.status_code, "must be a moment with its offset" in visible_text(wrong)) == (400, True)


def test_the_page_pages_through_many_cases_with_the_same_queries(
    world: World, order: Order, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        request_case(actor=world.auditor, command=command(order_id=order.pk, reference=f"R-{number}"))
    refused = Case.objects.latest("id")
    Case.objects.filter(pk=refused.pk).update(state=CaseState.REFUSED, refusal="RULE_CASE_TOO_LARGE: more")
    monkeypatch.setattr("compliance.admin.cases.MOST_CASES", 2)
    browser = sign_in(world.auditor)
    with django_assert_max_num_queries(17):
        page = browser.get(CASES)
    assert [row["case"].reference for row in page.context["rows"]] == ["R-2", "R-1"]
    older = browser.get(CASES, {"before": str(page.context["following"])})
    assert [row["case"].reference for row in older.context["rows"]] == ["R-0"]
    assert browser.get(CASES, {"before": "x"}).status_code == 404
    shown = visible_text(browser.get(reverse("admin:audit_case", args=[refused.pk])))
    assert "It was not written. RULE_CASE_TOO_LARGE: more" in shown
    tried = {"state": CaseState.REQUESTED, "refusal": "", "attempts": 1, "retry_at": recorded_now()}
    for changes, told in (
        (tried, "Attempt 1 of 3 failed, next at "),
        ({"attempts": 0}, "It cannot be written as the log or its keys are now, next at "),
        ({"retry_at": None, "attempts": 2, "claimed_at": recorded_now()}, "Attempt 2 of 3, since "),
    ):
        Case.objects.filter(pk=refused.pk).update(**changes)
        assert told in visible_text(browser.get(reverse("admin:audit_case_progress", args=[refused.pk])))


def test_the_command_writes_a_case_and_says_what_it_waits_for(
    world: World, order: Order, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    file = tmp_path / "case.zip"
    given = [f"--{name}={text}" for name, text in WORDS.items()]
    module = "compliance.management.commands.audit"
    monkeypatch.setattr(f"{module}.time.sleep", lambda _s: log_signed())
    call_command("audit", "case", *given, "--action=OrderPlaced", f"--output={file}")
    assert f"verify.py case {file} --key VKEY" in capsys.readouterr().out
    assert verify.main(["case", str(file), *KEY]) == 0
    for arguments, why in (
        ([], "give either order_id or leaves"),
        (["--action=OrderPlaced", "--order=x"], "order_id"),
        (["--action=Nothing"], "nothing that you may see"),
    ):
        with pytest.raises(CommandError, match=why):
            call_command("audit", "case", *given, *arguments)
    with monkeypatch.context() as small:
        small.setattr("compliance.cases.gathered.MOST_LEAVES", 1)
        with pytest.raises(CommandError, match="RULE_CASE_TOO_LARGE"):
            call_command("audit", "case", *given, "--action=OrderPlaced")
    monkeypatch.setattr(f"{module}.time.sleep", lambda _s: None)
    monkeypatch.setattr(f"{module}.LONGEST_WAIT_S", 0)
    with pytest.raises(CommandError, match="is the integrator running"):
        call_command("audit", "case", *given, f"--order={order.pk}")


def test_who_asks_for_the_head_of_a_file_takes_none_and_leaves_no_leaf(world: World, order: Order) -> None:
    case = exported(world.trader, order_id=order.pk)
    page, api = sign_in(world.trader), client_of(world.trader)
    answers = [
        page.head(reverse("admin:audit_case_file", args=[case.pk])),
        page.head(f"/admin/audit/orders/{order.pk}/bundle"),
        api.head(f"{URL}/{case.pk}/file"),
        api.head(f"/api/v1/orders/{order.pk}/audit/bundle"),
    ]
    assert [answer.status_code for answer in answers] == [405] * 4
    assert not Leaf.objects.filter(action__in=("CaseTaken", "BundleTaken")).exists()
