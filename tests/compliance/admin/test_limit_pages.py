"""The pages by which limits are asked for: four lists, a form for each kind, the history of a limit."""

from decimal import Decimal

import pytest
from django.urls import reverse

from compliance.commands import ProposeLimitChange
from compliance.models import Approval
from compliance.services.limit_changes import propose_limit_change
from orders.admin.limit_words import value_text
from orders.limit_kinds import LimitKind
from orders.models import Limit, ThrottleReset
from orders.permissions import RESET_THROTTLES, VIEW_LIMITS
from orders.services import register_limit
from tests.compliance.proposals import agreed, propose_new, propose_value
from tests.sign_in import addresses, filled, sign_in, visible_text
from tests.world import NOON, SETUP, World, person

LIMITS = reverse("admin:orders_limit_changelist")
TERMS = {"warn_at_percent": "80", "effective_from": "", "effective_until": "", "reason": "as agreed"}


def new(kind: str) -> str:
    return reverse("admin:orders_limit_new", args=[kind])


@pytest.fixture
def limit(world: World) -> Limit:
    return Limit.objects.get(account=world.account, kind="order_quantity")


def page_of(limit: Limit) -> str:
    return reverse("admin:orders_limit_change", args=[limit.pk])


def test_restrictions_permissions_and_locates_have_lists_of_their_own(world: World) -> None:
    maker = person("second", world.firm, ("view_limits", "propose_limits"))
    agreed(world, propose_new(maker, kind="restricted", value="0", symbol="SPY"))
    client = sign_in(world.risk_officer)

    restricted = visible_text(client.get(LIMITS, {"list": "restricted"}))
    assert "SPY everybody in force" in restricted
    assert "quantity per order" not in restricted
    assert "trader trader anything in force" in visible_text(client.get(LIMITS, {"list": "permissions"}))
    assert "Nothing is located" in visible_text(client.get(LIMITS, {"list": "locates"}))


def test_a_list_without_a_match_does_not_say_that_nothing_is_there(world: World) -> None:
    client = sign_in(world.risk_officer)

    for narrowed in ({"kind": "margin"}, {"list": "restricted", "standing": "to_come"}):
        text = visible_text(client.get(LIMITS, narrowed))
        assert "Nothing on this list matches. Show all" in text
        assert "may not trade" not in text and "Nothing is restricted" not in text
    assert "Nothing is restricted" in visible_text(client.get(LIMITS, {"list": "restricted"}))


def test_a_limit_in_money_names_the_currency_of_its_firm(world: World) -> None:
    maker = person("second", world.firm, ("view_limits", "propose_limits"))
    for scope in ({"firm": "ATLAS"}, {"desk": "EQ1"}, {"account": "ALPHA"}):
        made = agreed(world, propose_new(maker, kind="gross_notional", value="2500000.5", **scope))
        assert "Value 2,500,000.5 USD" in visible_text(sign_in(world.auditor).get(page_of(made)))
    asked = propose_new(maker, kind="order_notional", value="7", trader="trader")

    limits = visible_text(sign_in(world.auditor).get(LIMITS, {"kind": "gross_notional"}))
    inbox = visible_text(sign_in(world.auditor).get(reverse("admin:compliance_approval_changelist")))

    assert limits.count("gross exposure 2,500,000.5 USD") == 3
    assert "gross exposure desk EQ1 2,500,000.5 USD" in inbox
    assert f"trader trader {value_text(asked.payload['kind'], Decimal(7), None)}" in inbox


def test_what_is_no_number_warns_from_no_part_of_it(world: World) -> None:
    maker = person("second", world.firm, ("view_limits", "propose_limits"))
    asked = propose_new(maker, kind="restricted", value="0", symbol="SPY")
    page = reverse("admin:compliance_approval_change", args=[asked.pk])

    assert "Warns from" not in visible_text(sign_in(world.risk_officer).get(page))
    assert "Warns from" not in visible_text(sign_in(world.auditor).get(page_of(agreed(world, asked))))


def test_the_list_is_narrowed_by_kind_holder_and_state(world: World, limit: Limit) -> None:
    client = sign_in(world.risk_officer)

    def shown(**query: str) -> list[Limit]:
        return list(client.get(LIMITS, query).context["cl"].result_list)

    assert {row.kind for row in shown(kind="order_quantity")} == {"order_quantity"}
    assert {row.account.code for row in shown(**{"for": "2 account ALPHA"})} == {"ALPHA"}
    assert shown(standing="ended") == []
    Limit.objects.filter(pk=limit.pk).update(ended_at=NOON)
    assert [row.pk for row in shown(standing="ended")] == [limit.pk]
    assert limit.pk not in [row.pk for row in shown()]


def test_every_kind_can_be_chosen_and_has_a_form_that_says_what_it_does(world: World) -> None:
    client = sign_in(world.risk_officer)
    choice = client.get(reverse("admin:orders_limit_choose"))
    for kind in LimitKind:
        assert new(kind) in addresses(choice)
        assert client.get(new(kind)).status_code == 200
    assert client.get(new("mood")).status_code == 404


def test_a_new_limit_is_asked_for_with_the_holders_of_its_kind_only(world: World) -> None:
    client = sign_in(world.head)
    form = client.get(new("gross_notional")).context["form"]
    assert [key for key, _words in form.fields["holder"].choices] == ["desk EQ1", "account ALPHA"]

    given = {**TERMS, "holder": "desk EQ1", "value": "1000000", "effective_until": "2013-10-05 12:00"}
    answer = client.post(new("gross_notional"), given, follow=True)

    assert "A second person has to decide" in visible_text(answer)
    approval = Approval.objects.get()
    assert (approval.action, approval.scope) == ("set_limit", world.desk)
    assert approval.payload["after"]["effective_until"] == "2013-10-05T12:00:00Z"
    made = agreed(world, approval)
    assert "Gross exposure: desk EQ1, anything" in visible_text(client.get(page_of(made)))


def test_a_restriction_and_a_permission_ask_for_no_number(world: World) -> None:
    client = sign_in(world.risk_officer)
    rule = {name: TERMS[name] for name in ("effective_from", "effective_until", "reason")}

    client.post(new("restricted"), {**rule, "holder": "", "symbol": "SPY"})
    client.post(new("permitted"), {**rule, "holder": "trader trader", "asset_class": "bond"})

    asked = [
        (each.payload["kind"], each.payload["after"]["value"]) for each in Approval.objects.order_by("id")
    ]
    assert asked == [("restricted", "0"), ("permitted", "1")]


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("order_quantity", {"holder": "account ALPHA"}, "STATE_LIMIT_EXISTS"),
        ("gross_notional", {"holder": "desk EQ2"}, "Select a valid choice"),
        ("gross_notional", {"value": "much"}, "must be plain digits"),
        ("gross_notional", {"effective_from": "soon"}, "must be a date and time"),
        ("gross_notional", {"effective_from": "0001-01-01 00:00+05:00"}, "must be a date and time"),
        ("gross_notional", {"effective_until": "9999-12-31 23:59-05:00"}, "must be a date and time"),
        ("gross_notional", {"symbol": "NONE"}, "RESOURCE_LIMIT_SCOPE_NOT_FOUND"),
        ("order_quantity", {"value": "0"}, "RULE_LIMIT_VALUE"),
        ("located_quantity", {"symbol": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_asked_for_is_explained(
    world: World, kind: str, changes: dict[str, str], words: str
) -> None:
    given = {**TERMS, "holder": "desk EQ1", "value": "5", **changes}

    answer = sign_in(world.head).post(new(kind), given)

    assert answer.status_code in (400, 404, 409, 422)
    assert words in visible_text(answer)
    assert not Approval.objects.exists()


def test_a_form_that_a_change_has_overtaken_does_not_ask_for_the_old_terms(
    world: World, limit: Limit
) -> None:
    url, client = reverse("admin:orders_limit_propose", args=[limit.pk]), sign_in(world.head)
    form = filled(client.get(url))
    tighter = ProposeLimitChange(warn_at_percent=50, reason="warn earlier")
    agreed(world, propose_limit_change(actor=world.head, limit_id=limit.pk, command=tighter))

    answer = client.post(url, {**form, "value": "12000", "reason": "a new client"})

    assert (answer.status_code, "STATE_LIMIT_CHANGED" in visible_text(answer)) == (412, True)
    assert "Start again from the terms as they are now" in visible_text(answer)
    assert Approval.objects.filter(state="pending").count() == 0
    again = {**filled(client.get(url)), "value": "12000", "reason": "a new client"}
    client.post(url, again)
    assert Approval.objects.get(state="pending").payload["after"]["warn_at_percent"] == 50


def test_the_end_of_a_limit_is_asked_for(world: World, limit: Limit) -> None:
    client = sign_in(world.head)

    client.post(reverse("admin:orders_limit_end", args=[limit.pk]), {"reason": "the account closes"})

    inbox = visible_text(sign_in(world.risk_officer).get(reverse("admin:compliance_approval_changelist")))
    assert "quantity per order account ALPHA 10,000 units → ended head the account closes" in inbox
    agreed(world, Approval.objects.get())
    assert client.get(reverse("admin:orders_limit_end", args=[limit.pk])).status_code == 403


def test_the_history_tells_who_asked_who_decided_and_why(world: World, limit: Limit) -> None:
    agreed(world, propose_value(actor=world.head, limit_id=limit.pk, value="12000", reason="a new client"))
    propose_value(actor=world.head, limit_id=limit.pk, value="15000", reason="one more")

    page = visible_text(sign_in(world.auditor).get(page_of(limit)))

    assert "pending 12,000 units → 15,000 units head one more" in page
    assert "approved 10,000 units → 12,000 units head a new client risk agreed" in page
    assert "It was registered by command" in page
    assert "Propose change" not in page


def test_an_approval_tells_all_that_changes(world: World, limit: Limit) -> None:
    given = {**TERMS, "value": "10000", "warn_at_percent": "60", "effective_until": "2013-10-05T00:00:00Z"}
    given["version"] = "1"
    sign_in(world.head).post(reverse("admin:orders_limit_propose", args=[limit.pk]), given)

    approval = Approval.objects.get()
    page = sign_in(world.risk_officer).get(reverse("admin:compliance_approval_change", args=[approval.pk]))

    text = visible_text(page)
    assert "warns from 80 % of it; in force until ended" in text
    assert "warns from 60 % of it; in force until 2013-10-05 00:00:00 UTC, market time" in text


def test_a_throttle_is_let_go_on_by_who_may(world: World) -> None:
    throttle = register_limit(
        actor=SETUP, kind=LimitKind.REPEATED_EXECUTIONS, value=Decimal(50), holder=world.desk
    )
    officer = person("officer", world.desk, (VIEW_LIMITS, RESET_THROTTLES))
    url = reverse("admin:orders_limit_reset", args=[throttle.pk])

    assert "who decides" not in visible_text(sign_in(officer).get(url))
    assert url not in addresses(sign_in(world.head).get(page_of(throttle)))
    assert sign_in(world.head).post(url, {"reason": "x"}).status_code == 403
    answer = sign_in(officer).post(url, {"reason": "checked the parameters"}, follow=True)

    assert "counts from zero again" in visible_text(answer)
    assert "officer checked the parameters" in visible_text(answer)
    assert ThrottleReset.objects.get().reset_by_id == officer.user_id


def test_only_who_may_propose_reaches_the_forms(world: World, limit: Limit) -> None:
    watcher = sign_in(world.auditor)
    for url in (reverse("admin:orders_limit_choose"), new("gross_notional")):
        assert watcher.get(url).status_code == 403
    assert sign_in(world.stranger).get(page_of(limit)).status_code == 404
