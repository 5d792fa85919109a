"""Routing rules change by approval: what was agreed to is exactly that, and what a rule said it says for ever."""

from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.commands import ProposeRoutingEnd, ProposeRoutingRule
from compliance.errors import ApprovalOutdated, ApprovalSamePerson, RoutingUnfit
from compliance.models import Approval, Leaf
from compliance.services.approvals import approve
from compliance.services.routing_changes import propose_routing_end, propose_routing_rule
from execution.errors import RoutingRuleNotFound
from execution.models import RoutingRule
from execution.venue_reads import open_rules_for, rules_in_force
from orders import services
from orders.kernel.context import Actor, NotAPerson, process_actor
from orders.kernel.errors import NotPermitted
from orders.kernel.transactions import service
from orders.models import User
from orders.permissions import APPROVE_ROUTING, PROPOSE_ROUTING, VIEW_ORDERS
from orders.selectors import market_now
from tests.conftest import CommittedDatabase
from tests.execution.routes import Router, register
from tests.world import SETUP, World, person


@pytest.fixture
def router(world: World) -> Router:
    register()
    return Router(world)


def in_force() -> dict[str, list[str]]:
    names = dict(RoutingRule.objects.values_list("pk", "name"))
    return {names[each.id]: list(each.venues) for each in rules_in_force(market_now())}


def test_a_rule_waits_for_a_second_person_and_then_holds_with_a_leaf(world: World, router: Router) -> None:
    approval = router.ask(symbol="SPY", type="limit", from_quantity="100.5")
    assert in_force() == {"default": ["SIM"]}

    allow(router.operator, world, APPROVE_ROUTING)
    with pytest.raises(ApprovalSamePerson):
        approve(actor=router.operator, approval_id=approval.pk, reason="mine")
    router.agree(approval)

    row = RoutingRule.objects.get(name="blocks")
    assert in_force() == {"blocks": ["MTF", "SIM"], "default": ["SIM"]}, "the lower place first"
    assert (row.type, row.from_quantity, row.effective_until) == ("limit", Decimal("100.5"), None)
    leaf = Leaf.objects.get(action="RoutingRuleSet")
    assert (leaf.object_id, leaf.revision) == (str(row.pk), 1)


def allow(actor: Actor, world: World, permission: str) -> None:
    user = User.objects.get(pk=actor.user_id)
    service(services.grant_permission)(actor=SETUP, user_id=user.pk, permission=permission, scope=world.firm)


def test_a_change_ends_the_rule_of_its_name_in_the_moment_in_which_it_begins(router: Router) -> None:
    first = router.rule()

    second = router.rule(venues=["SIM"])

    first.refresh_from_db()
    assert first.effective_until == second.effective_from
    assert in_force() == {"blocks": ["SIM"], "default": ["SIM"]}
    assert list(
        Leaf.events.filter(object_id=str(first.pk)).order_by("id").values_list("action", "revision")
    ) == [
        ("RoutingRuleSet", 1),
        ("RoutingRuleEnded", 2),
    ]


def test_an_approval_dies_where_the_rule_changed_meanwhile(router: Router) -> None:
    early, late = router.ask(place=1), router.ask(place=2)
    router.agree(late)

    with pytest.raises(ApprovalOutdated):
        router.agree(early)

    assert RoutingRule.objects.get(name="blocks").place == 2


def test_a_rule_of_a_desk_and_one_of_everybody_may_have_one_name(world: World, router: Router) -> None:
    router.rule()
    router.rule(desk="EQ1", venues=["SIM"])

    assert RoutingRule.objects.filter(name="blocks", effective_until=None).count() == 2


def test_a_rule_ends_by_agreement_too(router: Router) -> None:
    rule = router.rule()

    approval = propose_routing_end(
        actor=router.operator, rule_id=rule.pk, command=ProposeRoutingEnd(reason="the venue closes down")
    )
    router.agree(approval)

    assert in_force() == {"default": ["SIM"]}
    with pytest.raises(RoutingRuleNotFound):
        propose_routing_end(actor=router.operator, rule_id=rule.pk, command=ProposeRoutingEnd(reason="again"))


def test_an_end_that_was_agreed_to_twice_is_carried_out_once(router: Router) -> None:
    rule = router.rule()
    twice = [
        propose_routing_end(
            actor=router.operator, rule_id=rule.pk, command=ProposeRoutingEnd(reason="it closes")
        )
        for _ in range(2)
    ]
    router.agree(twice[0])

    with pytest.raises(ApprovalOutdated):
        router.agree(twice[1])


def test_a_rule_never_holds_from_before_its_approval(router: Router) -> None:
    rule = router.rule(effective_from="2000-01-01T00:00:00Z")

    assert rule.effective_from == market_now()


def end(router: Router, rule: RoutingRule) -> None:
    command = ProposeRoutingEnd(reason="no more")
    router.agree(propose_routing_end(actor=router.operator, rule_id=rule.pk, command=command))


def blocks_at(hours: float) -> list[list[str]]:
    named = dict(RoutingRule.objects.values_list("pk", "name"))
    rules = rules_in_force(market_now() + timedelta(hours=hours))
    return [list(each.venues) for each in rules if named[each.id] == "blocks"]


def test_a_change_that_is_agreed_for_later_can_be_overtaken_by_one_from_now(router: Router) -> None:
    router.rule(venues=["SIM"])
    router.rule(venues=["MTF"], effective_from=in_hours(1))

    router.rule(venues=["MTF", "SIM"])

    assert (blocks_at(0), blocks_at(2)) == ([["MTF", "SIM"]], [["MTF", "SIM"]])


def test_where_a_later_change_is_taken_back_the_rule_before_it_goes_on(router: Router) -> None:
    first = router.rule(venues=["SIM"])
    later = router.rule(venues=["MTF"], effective_from=in_hours(1))
    assert (blocks_at(0), blocks_at(2)) == ([["SIM"]], [["MTF"]])

    end(router, later)

    assert (blocks_at(0), blocks_at(2)) == ([["SIM"]], [["SIM"]])
    told = list(Leaf.events.filter(object_id=str(first.pk)).order_by("id").values_list("action", "revision"))
    assert told == [("RoutingRuleSet", 1), ("RoutingRuleEnded", 2), ("RoutingRuleProlonged", 3)]
    router.rule(venues=["MTF"])
    assert blocks_at(2) == [["MTF"]], "and never two at once"


def test_the_end_of_a_rule_ends_what_was_agreed_to_follow_it(router: Router) -> None:
    first = router.rule(venues=["SIM"])
    router.rule(venues=["MTF"], effective_from=in_hours(1))

    end(router, first)

    assert (blocks_at(0), blocks_at(2)) == ([], [])


@given(acts=st.lists(st.tuples(st.sampled_from(["set", "end"]), st.integers(0, 3)), min_size=1, max_size=5))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_agreed_to_in_whatever_order_no_two_rules_of_a_name_hold_at_once(
    router: Router, acts: list[tuple[str, int]]
) -> None:
    for act, hours in acts:
        if act == "set":
            router.rule(effective_from=in_hours(hours))
        elif found := list(open_rules_for(router.operator).filter(name="blocks")):
            end(router, found[hours % len(found)])
        for moment in (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5):
            assert len(blocks_at(moment)) <= 1


def in_hours(hours: int) -> str:
    return (market_now() + timedelta(hours=hours)).isoformat()


def test_a_rule_that_has_not_begun_can_be_ended_and_then_never_holds(router: Router) -> None:
    rule = router.rule(effective_from=(market_now() + timedelta(hours=1)).isoformat())

    router.agree(
        propose_routing_end(
            actor=router.operator, rule_id=rule.pk, command=ProposeRoutingEnd(reason="no more")
        )
    )

    rule.refresh_from_db()
    assert rule.effective_until == rule.effective_from
    router.ask()


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("venues", {"venues": ["NOWHERE"]}),
        ("algorithm", {"algorithm": "guess"}),
        ("mic", {"mic": "ZZZZ"}),
        ("symbol", {"symbol": "NONE"}),
        ("desk", {"desk": "EQ9"}),
    ],
)
def test_a_rule_names_only_what_there_is(router: Router, field: str, terms: dict[str, object]) -> None:
    with pytest.raises(RoutingUnfit) as refusal:
        router.ask(**terms)

    assert [each["pointer"] for each in refusal.value.facts["errors"]] == [f"/{field}"]
    assert not Approval.objects.exists()


@pytest.mark.parametrize(
    "terms",
    [
        {"desk": "EQ1", "account": "ALPHA"},
        {"symbol": "SPY", "mic": "ARCX"},
        {"from_quantity": "5", "below_quantity": "5"},
        {"venues": []},
        {"venues": ["SIM", "SIM"]},
        {"venues": ["sim"]},
        {"place": -1},
        {"quantity": "1"},
    ],
)
def test_conditions_that_contradict_each_other_are_no_command(terms: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"validation error"):
        ProposeRoutingRule.model_validate(
            {"name": "blocks", "place": 1, "venues": ["SIM"], "reason": "as agreed", **terms}
        )


def test_who_may_ask_for_a_desk_may_not_ask_for_everybody(world: World, router: Router) -> None:
    head = person("desk.head", world.desk, (VIEW_ORDERS, PROPOSE_ROUTING))
    terms = {"name": "ours", "place": 1, "venues": ["MTF"], "reason": "cheaper for us"}

    asked = propose_routing_rule(
        actor=head, command=ProposeRoutingRule.model_validate({**terms, "desk": "EQ1"})
    )
    assert asked.desk_id == world.desk.pk
    with pytest.raises(RoutingUnfit):
        propose_routing_rule(actor=head, command=ProposeRoutingRule.model_validate({**terms, "desk": "EQ2"}))
    with pytest.raises(NotPermitted):
        propose_routing_rule(actor=head, command=ProposeRoutingRule.model_validate(terms))
    with pytest.raises(NotAPerson):
        propose_routing_rule(actor=process_actor("worker"), command=ProposeRoutingRule.model_validate(terms))
    rule = RoutingRule.objects.get(name="default")
    with pytest.raises(NotPermitted):
        propose_routing_end(actor=head, rule_id=rule.pk, command=ProposeRoutingEnd(reason="not for us"))


def test_what_a_rule_says_cannot_be_rewritten_by_any_sql_of_ours(
    committed_database: CommittedDatabase, committed_world: World
) -> None:
    for statement in (
        "UPDATE execution_routingrule SET venues = ARRAY['MTF']",
        "DELETE FROM execution_routingrule",
        "UPDATE execution_venue SET calendar = 'XTKS'",
        "DELETE FROM execution_venue",
    ):
        with (
            committed_database.as_application() as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)
