"""Limits, the proposal of another value, and the inbox in which a second person decides."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from compliance.models import Approval, Leaf
from orders.kernel.context import Actor
from orders.models import Limit
from tests.compliance.proposals import propose_value
from tests.orders.fills import fill
from tests.sign_in import addresses, in_role, sign_in, visible_text
from tests.world import World, person

LIMITS = reverse("admin:orders_limit_changelist")
INBOX = reverse("admin:compliance_approval_changelist")
_FORM = {"warn_at_percent": "80", "effective_from": "", "effective_until": "", "version": "1"}


@pytest.fixture
def limit(world: World) -> Limit:
    return Limit.objects.get(account=world.account, kind="position_quantity")


@pytest.fixture
def approval(world: World, limit: Limit) -> Approval:
    return propose_value(actor=world.head, limit_id=limit.pk, value="25000", reason="a bigger mandate")


def _page(approval: Approval, rest: str = "") -> str:
    return reverse("admin:compliance_approval_change", args=[approval.pk]) + rest


def _decide(actor: Actor, approval: Approval, decision: str, reason: str = "looked at it"):
    return sign_in(actor).post(
        _page(approval, "decide/"), {"decision": decision, "reason": reason}, follow=True
    )


def _leaves(approval: Approval) -> list[tuple[str, str]]:
    found = Leaf.events.filter(object_id=str(approval.pk)).order_by("pk")
    return [(leaf.action, leaf.actor) for leaf in found]


def test_limits_show_their_value_and_how_much_is_used(world: World) -> None:
    fill(world.place(quantity="4000"), "1000")

    text = visible_text(sign_in(world.head).get(LIMITS))

    assert "account ALPHA anything position per instrument 20,000 units 4,000" in text
    assert "account ALPHA anything quantity per order 10,000 units - - in force" in text
    assert "BETA" not in text


def test_a_change_is_offered_to_those_who_may_propose_one(world: World, limit: Limit) -> None:
    url = reverse("admin:orders_limit_propose", args=[limit.pk])

    assert url in addresses(sign_in(world.head).get(LIMITS))
    watcher = sign_in(world.auditor)
    assert url not in addresses(watcher.get(LIMITS))
    assert watcher.get(url).status_code == 403
    assert sign_in(world.stranger).get(url).status_code == 404


def test_a_proposal_waits_in_the_inbox_and_changes_nothing(world: World, limit: Limit) -> None:
    url = reverse("admin:orders_limit_propose", args=[limit.pk])

    answer = sign_in(world.head).post(
        url, {**_FORM, "value": "25000", "reason": "a bigger mandate"}, follow=True
    )

    text = visible_text(answer)
    assert "A second person has to decide" in text
    asked = "position per instrument account ALPHA 20,000 units → 25,000 units"
    assert f"{asked} head a bigger mandate" in text
    limit.refresh_from_db()
    assert limit.value == 20_000
    assert _leaves(Approval.objects.get()) == [("ApprovalRequested", world.head.reference)]


@pytest.mark.parametrize(("value", "field"), [("20000", None), ("many", "value"), ("-1", "value")])
def test_a_proposal_that_is_none_is_explained(
    world: World, limit: Limit, value: str, field: str | None
) -> None:
    url = reverse("admin:orders_limit_propose", args=[limit.pk])

    answer = sign_in(world.head).post(url, {**_FORM, "value": value, "reason": "why"})

    assert answer.status_code in (400, 422)
    assert answer.context["form"].errors[field or "__all__"]
    assert not Approval.objects.exists()


def test_a_second_person_approves_and_the_limit_changes(
    world: World, limit: Limit, approval: Approval
) -> None:
    answer = _decide(world.risk_officer, approval, "approve")

    limit.refresh_from_db()
    approval.refresh_from_db()
    assert (limit.value, approval.state) == (Decimal(25_000), "approved")
    assert "Approved: the limit has its new terms" in visible_text(answer)
    assert _leaves(approval)[1] == ("ApprovalGranted", world.risk_officer.reference)
    assert Leaf.events.filter(object_id=str(limit.pk), action="LimitChanged").exists()


def test_a_second_person_refuses_and_the_limit_stays(world: World, limit: Limit, approval: Approval) -> None:
    _decide(world.risk_officer, approval, "refuse", "no such mandate")

    limit.refresh_from_db()
    approval.refresh_from_db()
    assert (limit.value, approval.state) == (Decimal(20_000), "refused")
    assert approval.checker_reason == "no such mandate"
    assert _leaves(approval)[1] == ("ApprovalRefused", world.risk_officer.reference)


def test_the_button_that_enter_presses_decides_nothing(world: World, approval: Approval) -> None:
    page = sign_in(world.risk_officer).get(_page(approval)).content.decode()

    form = page[page.index(_page(approval, "decide/")) :]
    assert form.index('<button type="submit" disabled hidden>') < form.index('value="approve"')


def test_an_own_proposal_shows_that_a_second_person_is_needed(world: World, limit: Limit) -> None:
    own = propose_value(actor=world.risk_officer, limit_id=limit.pk, value="25000", reason="needed")

    page = sign_in(world.risk_officer).get(_page(own))
    assert "You proposed this yourself: a second person has to decide" in visible_text(page)
    assert _page(own, "decide/") not in addresses(page)

    answer = _decide(world.risk_officer, own, "approve")
    assert answer.status_code == 403
    assert "APPROVAL_SAME_PERSON" in visible_text(answer)
    own.refresh_from_db()
    assert own.state == "pending"


def test_who_may_not_approve_sees_the_proposal_without_buttons(world: World, approval: Approval) -> None:
    page = sign_in(world.auditor).get(_page(approval))

    assert "Waits for somebody who may decide this for account ALPHA" in visible_text(page)
    assert _page(approval, "decide/") not in addresses(page)
    assert _decide(world.auditor, approval, "approve").status_code == 403
    assert _decide(world.stranger, approval, "approve").status_code == 404


def test_what_is_decided_is_not_decided_again(world: World, approval: Approval) -> None:
    _decide(world.risk_officer, approval, "refuse")

    answer = _decide(in_role("risk_officer", world.firm), approval, "approve")

    assert answer.status_code == 409
    assert "APPROVAL_NOT_PENDING" in visible_text(answer)


def test_a_decision_needs_a_reason_and_a_direction(world: World, approval: Approval) -> None:
    assert _decide(world.risk_officer, approval, "approve", " ").status_code == 400
    assert _decide(world.risk_officer, approval, "perhaps").status_code == 400
    approval.refresh_from_db()
    assert approval.state == "pending"


def test_a_proposal_that_the_limit_has_overtaken_says_so(
    world: World, limit: Limit, approval: Approval
) -> None:
    overtaking = propose_value(actor=world.head, limit_id=limit.pk, value="30000", reason="more")
    _decide(world.risk_officer, overtaking, "approve")

    page = sign_in(world.risk_officer).get(_page(approval))
    assert "The limit has changed since this was proposed" in visible_text(page)
    assert "Before 20,000 units Proposed 25,000 units" in visible_text(page)
    assert "outdated can only be refused" in visible_text(sign_in(world.risk_officer).get(INBOX))
    assert reverse("admin:orders_limit_change", args=[limit.pk]) in addresses(page)
    answer = _decide(world.risk_officer, approval, "approve")
    assert answer.status_code == 409
    assert "APPROVAL_OUTDATED" in visible_text(answer)


def test_what_waits_stands_before_what_is_newer_and_decided(world: World, limit: Limit) -> None:
    waiting, decided = (
        propose_value(actor=world.head, limit_id=limit.pk, value=value, reason="why")
        for value in ("21000", "22000")
    )
    _decide(world.risk_officer, decided, "refuse")

    page = sign_in(world.risk_officer).get(INBOX)
    assert [row.pk for row in page.context["cl"].result_list] == [waiting.pk, decided.pk]
    refused = sign_in(world.risk_officer).get(INBOX, {"state": "refused"})
    assert [row.pk for row in refused.context["cl"].result_list] == [decided.pk]


def test_an_expired_proposal_is_shown_as_such(world: World, approval: Approval) -> None:
    Approval.objects.filter(pk=approval.pk).update(expires_at=timezone.now() - timedelta(minutes=1))

    page = sign_in(world.risk_officer).get(_page(approval))

    assert "State expired" in visible_text(page)
    assert "Nobody decided in time" in visible_text(page)


def test_the_first_page_says_who_has_to_decide(world: World, approval: Approval) -> None:
    second = person("second", world.firm, ("view_limits", "approve_limits"))
    first_page = reverse("admin:index")

    assert "Somebody waits for your decision" in visible_text(sign_in(second).get(first_page))
    assert "waits for a second person" in visible_text(sign_in(world.head).get(first_page))
    assert "Others have to decide" in visible_text(sign_in(world.auditor).get(first_page))
