"""The page Roles: who holds what, and the forms by which a role is asked for, delegated and taken back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compliance.models import Approval, RoleGrant
from orders.kernel.ids import new_id
from orders.permissions import VIEW_ORDERS
from tests.compliance.granting import Granting, RecordedClock
from tests.sign_in import addresses, in_role, sign_in, visible_text
from tests.world import World, person

PAGE, PROPOSE = reverse("admin:roles"), reverse("admin:role_propose")
FORM = {"user": "ada", "role": "trader", "holder": "desk EQ1", "reason": "joins the desk"}


@pytest.fixture
def house(world: World) -> Granting:
    return Granting(world)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> RecordedClock:
    return RecordedClock(monkeypatch)


def test_a_role_is_asked_for_by_the_form_decided_in_the_inbox_and_shown(house: Granting) -> None:
    house.login("ada")
    client, decider = sign_in(house.asks), sign_in(house.agrees)
    assert client.get(PROPOSE).status_code == 200
    until = {"effective_until": "2126-01-01 00:00"}
    said = visible_text(client.post(PROPOSE, {**FORM, **until}, follow=True))
    assert "That ada is trader waits for a second person." in said
    assert "grant role , trader, asked for by the.risk_officer" in said
    approval = Approval.objects.get()
    shown = visible_text(decider.get(reverse("admin:compliance_approval_change", args=[approval.pk])))
    assert "ada on desk EQ1" in shown
    assert "Before no role" in shown
    assert "Proposed trader" in shown
    assert "From (UTC) its approval on Until (UTC) 2126-01-01 00:00" in shown
    assert "place orders" in shown
    decide = reverse("admin:compliance_approval_decide", args=[approval.pk])
    done = decider.post(decide, {"decision": "approve", "reason": "trained"}, follow=True)
    assert "Approved: it is held from its date on." in visible_text(done)
    listed = visible_text(sign_in(house.agrees).get(PAGE))
    assert "ada trader desk EQ1 in force" in listed
    assert "the.risk_officer, the.compliance_officer" in listed


def test_an_incompatible_role_and_a_wrong_field_are_said_in_the_form(house: Granting) -> None:
    house.login("ada")
    house.grant("ada", "auditor", firm="ATLAS")
    client = sign_in(house.asks)
    refused = client.post(PROPOSE, FORM)
    assert refused.status_code == 422
    assert "RULE_ROLES_INCOMPATIBLE: internal_audit: nobody is trader and auditor" in visible_text(refused)
    unknown = client.post(PROPOSE, {**FORM, "user": "noone"})
    assert "there is no person noone" in str(unknown.context["form"].errors["user"])
    assert "effective_from" in client.post(PROPOSE, {**FORM, "effective_from": "soon"}).context["form"].errors


def test_a_role_of_ones_own_is_delegated_and_that_is_taken_back(
    house: Granting, clock: RecordedClock
) -> None:
    ada, bob = house.login("ada"), house.login("bob")
    grant = house.grant("ada", "trader")
    client = sign_in(ada)
    delegate = reverse("admin:role_delegate", args=[grant.pk])
    assert delegate in addresses(client.get(PAGE))
    assert reverse("admin:role_revoke", args=[grant.pk]) not in addresses(client.get(PAGE))
    assert "both count as one person" in visible_text(client.get(delegate))
    times = {"effective_from": clock.after(0), "effective_until": clock.after(48)}
    said = client.post(delegate, {"user": "bob", "reason": "holiday", **times}, follow=True)
    assert "That bob stands in waits for a second person." in visible_text(said)
    approval = Approval.objects.get(action="delegate_role")
    page = sign_in(house.agrees).get(reverse("admin:compliance_approval_change", args=[approval.pk]))
    assert "In the place of ada" in visible_text(page)
    house.agree(approval)
    listed = client.get(PAGE)
    assert "bob in the place of ada trader" in visible_text(listed)
    delegation = RoleGrant.objects.get(user_id=bob.user_id)
    revoke = reverse("admin:role_revoke", args=[delegation.pk])
    assert revoke in addresses(listed)
    client.post(revoke, {"reason": "back early"})
    back = Approval.objects.get(action="revoke_role")
    page = sign_in(house.agrees).get(reverse("admin:compliance_approval_change", args=[back.pk]))
    assert "Before trader Proposed no role" in visible_text(page)
    house.agree(back)
    assert "bob" not in visible_text(sign_in(house.agrees).get(PAGE))
    assert "bob in the place of ada trader desk EQ1 taken back" in visible_text(
        sign_in(house.agrees).get(PAGE, {"ended": ""})
    )


def test_what_ends_with_a_grant_is_shown_to_who_decides(house: Granting, clock: RecordedClock) -> None:
    house.login("ada")
    house.login("bob")
    grant = house.grant("ada", "trader")
    house.delegate(grant, "bob", clock.after(0), clock.after(9))
    approval = house.ask_to_revoke(grant)
    page = sign_in(house.agrees).get(reverse("admin:compliance_approval_change", args=[approval.pk]))
    assert "Ends for who stands in, too bob" in visible_text(page)


def test_who_may_not_ask_finds_no_form(house: Granting) -> None:
    house.login("ada")
    grant = house.grant("ada", "trader")
    reader = person("reads", house.world.desk, (VIEW_ORDERS,))
    other = sign_in(in_role("auditor", house.world.firm))
    assert sign_in(reader).get(PAGE).status_code == 200
    assert "No grant that you may see" in visible_text(sign_in(reader).get(PAGE))
    for name in ("role_delegate", "role_revoke"):
        address = reverse(f"admin:{name}", args=[grant.pk])
        assert other.get(address).status_code == 403
        assert sign_in(reader).get(address).status_code == 404
        assert other.get(reverse(f"admin:{name}", args=[new_id()])).status_code == 404
    assert other.get(PROPOSE).status_code == 403
    assert sign_in(house.world.nobody).get(PAGE).status_code == 403


def test_the_page_takes_as_many_queries_however_many_grants_there_are(house: Granting) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(PAGE)
        return len(found)

    client = sign_in(house.asks)
    house.login("ada")
    house.grant("ada", "trader")
    house.ask("ada", "trader", desk="EQ2")
    queries()
    before = queries()
    for number in range(4):
        house.login(f"p{number}")
        house.grant(f"p{number}", "trader")
        house.ask(f"p{number}", "trader", account="BETA")
    assert queries() == before
