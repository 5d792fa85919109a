"""The page Venues, and the forms by which a person asks for a rule or for its end."""

import pytest
from django.urls import reverse

from compliance.models import Approval
from execution.models import RoutingRule
from tests.execution.routes import Router, register
from tests.sign_in import addresses, sign_in, visible_text
from tests.world import World

VENUES = reverse("admin:venues")
PROPOSE = reverse("admin:routing_rule_propose")
FORM = {
    "name": "blocks",
    "place": "100",
    "venues": "MTF, SIM",
    "from_quantity": "1000",
    "reason": "less impact there",
}


@pytest.fixture
def router(world: World) -> Router:
    register(calendar="XLON")
    return Router(world)


def test_the_page_shows_each_venue_and_rule_and_opens_the_forms_to_who_may_ask(
    world: World, router: Router
) -> None:
    router.rule(symbol="SPY", from_quantity="1000")

    page = sign_in(router.operator).get(VENUES)
    text = visible_text(page)

    assert "MTF Venue MTF" in text
    assert "XLON, opens 2013-10-07 07:00:00" in text
    assert "SPY, 1,000 units or more" in text
    assert "MTF , else SIM" in text
    rule = RoutingRule.objects.get(name="blocks")
    assert reverse("admin:routing_rule_end", args=[rule.pk]) in addresses(page)
    seen = sign_in(world.trader).get(VENUES)
    assert PROPOSE not in addresses(seen)
    assert sign_in(world.nobody).get(VENUES).status_code == 403


def test_a_rule_is_asked_for_by_the_form_and_decided_in_the_inbox(router: Router) -> None:
    client = sign_in(router.operator)
    assert client.get(PROPOSE).status_code == 200

    answer = client.post(PROPOSE, FORM, follow=True)

    assert "The rule blocks waits for a second person." in visible_text(answer)
    approval = Approval.objects.get()
    officer = sign_in(router.officer)
    page = officer.get(reverse("admin:compliance_approval_change", args=[approval.pk]))
    text = visible_text(page)
    assert "blocks: 1,000 units or more" in text
    assert "to MTF, else SIM" in text
    url = reverse("admin:compliance_approval_decide", args=[approval.pk])
    decided = officer.post(url, {"decision": "approve", "reason": "fine"}, follow=True)
    assert "Approved: slices go by it from its date on." in visible_text(decided)


def test_the_form_of_a_rule_that_there_is_begins_with_what_it_says(router: Router) -> None:
    rule = router.rule(desk="EQ1", type="limit", below_quantity="50")

    page = sign_in(router.operator).get(PROPOSE, {"of": str(rule.pk)})

    initial = page.context["form"].initial
    assert (initial["holder"], initial["type"], initial["below_quantity"], initial["venues"]) == (
        "desk EQ1",
        "limit",
        "50",
        "MTF, SIM",
    )


def test_an_end_is_asked_for_and_described(router: Router) -> None:
    rule = router.rule()
    client = sign_in(router.operator)
    url = reverse("admin:routing_rule_end", args=[rule.pk])
    assert "any slice" in visible_text(client.get(url))

    client.post(url, {"reason": "the venue closes down"})

    approval = Approval.objects.get(action="end_routing_rule")
    text = visible_text(
        sign_in(router.officer).get(reverse("admin:compliance_approval_change", args=[approval.pk]))
    )
    assert "ended" in text
    assert "Waits for a second person: blocks" in visible_text(client.get(VENUES))


def test_what_is_wrong_stands_at_its_field(router: Router) -> None:
    client = sign_in(router.operator)

    unknown = client.post(PROPOSE, {**FORM, "venues": "NOWHERE"})
    contradiction = client.post(PROPOSE, {**FORM, "below_quantity": "10"})
    moment = client.post(PROPOSE, {**FORM, "effective_from": "tomorrow"})

    assert unknown.status_code == 422
    assert "there is no venue NOWHERE" in str(unknown.context["form"].errors["venues"])
    assert "from_quantity must be less than below_quantity" in visible_text(contradiction)
    assert "effective_from" in moment.context["form"].errors
    assert not Approval.objects.exists()


@pytest.mark.parametrize("of", ["no-id", "018f0000-0000-7000-8000-000000000000"])
def test_a_form_of_no_rule_is_no_page(router: Router, of: str) -> None:
    assert sign_in(router.operator).get(PROPOSE, {"of": of}).status_code == 404


def test_the_page_costs_the_same_queries_however_many_rules_there_are(
    router: Router, django_assert_max_num_queries: object
) -> None:
    client = sign_in(router.operator)
    for number in range(10):
        RoutingRule.objects.create(
            name=f"rule{number}",
            place=number,
            venues=["SIM"],
            effective_from="1990-01-01T00:00:00Z",
            recorded_at="2026-01-01T00:00:00Z",
        )

    with django_assert_max_num_queries(30):  # type: ignore[operator]
        client.get(VENUES)
