"""Four eyes on a limit's change: bound to what was proposed, decided by another person, carried out once."""

import json
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from pydantic import ValidationError

from compliance.actions import ACTIONS
from compliance.errors import (
    ApprovalAltered,
    ApprovalExpired,
    ApprovalNotFound,
    ApprovalNotPending,
    ApprovalOutdated,
    ApprovalSamePerson,
    LimitNotFound,
    LimitUnchanged,
    MakerNotPermitted,
)
from compliance.models import Approval, Leaf
from compliance.selectors import approvals_for
from compliance.services.approvals import approve, new_approval, refuse, require_approval
from compliance.services.carriers import CARRIERS
from compliance.services.roles import define_roles, grant_role, revoke_role
from orders.errors import RiskRefused
from orders.kernel.clock import recorded_now
from orders.kernel.errors import NotPermitted
from orders.kernel.ids import new_id
from orders.kernel.transactions import NotInTransaction, service
from orders.limit_kinds import LimitKind
from orders.models import Limit, User
from orders.services import LimitTerms, change_limit
from qtweb.embedded.instance import CHECKOUT
from tests.compliance.proposals import propose_value
from tests.world import SETUP, _grant, person

NEW_VALUE = Decimal(25_000)
TERMS = LimitTerms(value=NEW_VALUE, warn_at_percent=80, effective_from=None, effective_until=None)


@pytest.fixture
def limit(world):
    return Limit.objects.get(account=world.account, kind=LimitKind.ORDER_QUANTITY)


@pytest.fixture
def proposal(world, limit):
    return propose_value(actor=world.head, limit_id=limit.pk, value=NEW_VALUE, reason="index event")


def value_of(limit) -> Decimal:
    return Limit.objects.get(pk=limit.pk).value


def expire(approval) -> None:
    Approval.objects.filter(pk=approval.pk).update(expires_at=recorded_now())


def test_a_proposal_changes_nothing_and_waits_for_a_day(world, limit, proposal):
    assert (proposal.state, proposal.maker_id, proposal.maker_reason) == (
        "pending",
        world.head.user_id,
        "index event",
    )
    assert proposal.expires_at - proposal.recorded_at == timedelta(hours=24)
    assert value_of(limit) == 10_000


def test_a_second_person_raises_the_limit_by_approving(world, limit, proposal):
    approved = approve(actor=world.risk_officer, approval_id=proposal.pk, reason="within appetite")
    assert (approved.state, approved.checker_id) == ("approved", world.risk_officer.user_id)
    assert approved.used_at is not None
    assert value_of(limit) == NEW_VALUE


def test_a_raised_limit_lets_pass_what_the_old_one_refused(world, limit, proposal):
    with pytest.raises(RiskRefused):
        world_place_or_raise(world, "15000")
    approve(actor=world.risk_officer, approval_id=proposal.pk, reason="within appetite")
    assert world.place(quantity="15000").status == "new"


def world_place_or_raise(world, quantity: str) -> None:
    order = world.place(quantity=quantity)
    if order.status == "rejected":
        raise RiskRefused(order.denial_code, order.denial_detail)


def test_a_refused_change_is_not_carried_out(world, limit, proposal):
    refused = refuse(actor=world.risk_officer, approval_id=proposal.pk, reason="too large")
    assert (refused.state, refused.used_at, refused.checker_reason) == ("refused", None, "too large")
    assert value_of(limit) == 10_000


def test_who_asked_does_not_decide_even_with_the_right_to(world, limit):
    own = propose_value(actor=world.risk_officer, limit_id=limit.pk, value=NEW_VALUE, reason="x")
    for decide in (approve, refuse):
        with pytest.raises(ApprovalSamePerson):
            decide(actor=world.risk_officer, approval_id=own.pk, reason="fine by me")
    assert value_of(limit) == 10_000


def test_the_database_refuses_a_checker_who_is_the_maker(proposal):
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=proposal.pk).update(
            state="approved", checker=F("maker"), decided_at=recorded_now()
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "approved"},
        {"used_at": recorded_now()},
        {"decided_at": recorded_now()},
        {"state": "perhaps"},
    ],
)
def test_the_database_refuses_a_decision_by_nobody(proposal, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=proposal.pk).update(**changes)


@pytest.mark.parametrize("first", [approve, refuse])
@pytest.mark.parametrize("second", [approve, refuse])
def test_a_decision_is_final(world, limit, proposal, first, second):
    first(actor=world.risk_officer, approval_id=proposal.pk, reason="first")
    decided = value_of(limit)
    with pytest.raises(ApprovalNotPending):
        second(actor=world.risk_officer, approval_id=proposal.pk, reason="second")
    assert value_of(limit) == decided


def test_an_approval_that_came_too_late_is_none(world, limit, proposal):
    expire(proposal)
    with pytest.raises(ApprovalExpired):
        approve(actor=world.risk_officer, approval_id=proposal.pk, reason="late")
    assert value_of(limit) == 10_000


def test_an_approval_dies_when_the_limit_has_changed_meanwhile(world, limit, proposal):
    other = propose_value(actor=world.head, limit_id=limit.pk, value=Decimal(12_000), reason="x")
    approve(actor=world.risk_officer, approval_id=other.pk, reason="smaller first")
    with pytest.raises(ApprovalOutdated):
        approve(actor=world.risk_officer, approval_id=proposal.pk, reason="then the larger")
    assert value_of(limit) == 12_000


def test_an_approval_for_another_payload_than_the_stored_one_is_none(world, limit, proposal):
    Approval.objects.filter(pk=proposal.pk).update(payload={**proposal.payload, "limit_id": str(new_id())})
    with pytest.raises(ApprovalAltered):
        approve(actor=world.risk_officer, approval_id=proposal.pk, reason="x")
    assert value_of(limit) == 10_000


def test_an_approval_is_used_up_by_the_change(world, limit, proposal):
    approve(actor=world.risk_officer, approval_id=proposal.pk, reason="x")
    with pytest.raises(ApprovalNotPending), transaction.atomic():
        change_limit(actor=SETUP, limit_id=limit.pk, terms=TERMS, approval_id=proposal.pk)


def test_a_limit_does_not_change_without_an_approval_that_was_given(limit, proposal):
    with pytest.raises(ApprovalNotPending), transaction.atomic():
        change_limit(actor=SETUP, limit_id=limit.pk, terms=TERMS, approval_id=proposal.pk)
    with pytest.raises(ApprovalNotFound), transaction.atomic():
        change_limit(actor=SETUP, limit_id=limit.pk, terms=TERMS, approval_id=new_id())
    assert value_of(limit) == 10_000


def test_an_approval_is_for_one_action_only(proposal):
    with pytest.raises(ApprovalNotFound), transaction.atomic():
        require_approval(approval_id=proposal.pk, action="something_else", payload_digest=proposal.digest)


def test_an_approval_is_used_inside_a_transaction_only(committed_database):
    with pytest.raises(NotInTransaction):
        require_approval(approval_id=new_id(), action="change_limit", payload_digest="")


def test_proposing_takes_the_right_to_propose(world, limit):
    with pytest.raises(NotPermitted):
        propose_value(actor=world.trader, limit_id=limit.pk, value=NEW_VALUE, reason="x")
    with pytest.raises(NotPermitted):
        propose_value(actor=SETUP, limit_id=limit.pk, value=NEW_VALUE, reason="x")


def test_approving_takes_the_right_to_approve(world, limit, proposal):
    second_head = person("second-head", world.desk, ("view_limits", "propose_limits"))
    for decide in (approve, refuse):
        with pytest.raises(NotPermitted):
            decide(actor=second_head, approval_id=proposal.pk, reason="x")
    assert value_of(limit) == 10_000


def test_what_was_asked_for_by_who_may_no_longer_ask_is_refused_and_never_approved(world):
    define_roles(actor=SETUP)
    maker = person("leaver", None, ())
    grant_role(actor=SETUP, user_id=maker.user_id, role="desk_head", scope=world.desk)
    limit = Limit.objects.get(account=world.account, kind=LimitKind.ORDER_QUANTITY)
    asked = propose_value(actor=maker, limit_id=limit.pk, value=NEW_VALUE, reason="index event")
    revoke_role(actor=SETUP, user_id=maker.user_id, role="desk_head", scope=world.desk)

    with pytest.raises(MakerNotPermitted):
        approve(actor=world.risk_officer, approval_id=asked.pk, reason="within appetite")

    asked.refresh_from_db()
    assert (asked.state, value_of(limit)) == ("pending", 10_000)
    assert refuse(actor=world.risk_officer, approval_id=asked.pk, reason="has left").state == "refused"


def test_another_desk_sees_neither_limit_nor_approval(world, limit, proposal):
    with pytest.raises(LimitNotFound):
        propose_value(actor=world.stranger, limit_id=limit.pk, value=NEW_VALUE, reason="x")
    for decide in (approve, refuse):
        with pytest.raises(ApprovalNotFound):
            decide(actor=world.stranger, approval_id=proposal.pk, reason="x")
    assert list(approvals_for(world.stranger)) == []
    assert list(approvals_for(world.risk_officer)) == [proposal]


def test_the_value_that_a_limit_has_already_is_no_change(world, limit):
    with pytest.raises(LimitUnchanged):
        propose_value(actor=world.head, limit_id=limit.pk, value=Decimal(10_000), reason="x")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("-1", "x"),
        ("1e9", "x"),
        ("NaN", "x"),
        (1.5, "x"),
        ("5", ""),
        ("5", "a\nb"),
        ("5", "x" * 201),
    ],
)
def test_a_value_or_reason_that_is_none_is_refused(world, limit, value, reason):
    with pytest.raises(ValidationError):
        propose_value(actor=world.head, limit_id=limit.pk, value=value, reason=reason)


def test_every_step_leaves_a_leaf_that_names_people_by_id(world, limit, proposal):
    approve(actor=world.risk_officer, approval_id=proposal.pk, reason="secret thoughts")
    proposed, granted = Leaf.events.filter(object_id=str(proposal.pk)).order_by("id")
    assert (proposed.action, proposed.actor, proposed.revision) == (
        "ApprovalRequested",
        world.head.reference,
        1,
    )
    assert (granted.action, granted.actor, granted.revision) == (
        "ApprovalGranted",
        world.risk_officer.reference,
        2,
    )
    changed = Leaf.events.get(object_id=str(limit.pk), action="LimitChanged")
    assert str(proposal.pk) in changed.body
    assert not Leaf.events.filter(body__contains="secret thoughts").exists()


def test_a_refusal_leaves_its_leaf(world, proposal):
    refuse(actor=world.risk_officer, approval_id=proposal.pk, reason="x")
    assert Leaf.events.filter(object_id=str(proposal.pk), action="ApprovalRefused").count() == 1


APPROVER = """
import sys, django
django.setup()
from uuid import UUID
from compliance.services.approvals import approve
from orders.kernel.context import Actor, Door
from orders.kernel.errors import DomainError
print("ready", flush=True)
sys.stdin.readline()
try:
    approve(actor=Actor("", Door.API, UUID(sys.argv[1])), approval_id=UUID(sys.argv[2]), reason="race")
    print("approved")
except DomainError as error:
    print(error.code)
"""


def approver(database, actor, approval) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", APPROVER, str(actor.user_id), str(approval.pk)],
        cwd=CHECKOUT,
        env={**database.environment, "DJANGO_SETTINGS_MODULE": "qtweb.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_of_two_approvers_at_once_exactly_one_takes_effect(committed_database, committed_world):
    world = committed_world
    limit = Limit.objects.get(account=world.account, kind=LimitKind.ORDER_QUANTITY)
    proposal = propose_value(actor=world.head, limit_id=limit.pk, value=NEW_VALUE, reason="x")
    second = person("risk-2", world.firm, ("view_limits", "approve_limits"))
    processes = [approver(committed_database, who, proposal) for who in (world.risk_officer, second)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    answers = sorted(process.communicate(timeout=120)[0].strip() for process in processes)
    assert answers == ["APPROVAL_NOT_PENDING", "approved"]
    assert Limit.objects.get(pk=limit.pk).version == limit.version + 1
    assert Leaf.events.filter(action="LimitChanged").count() == 1


@pytest.fixture
def of_scope(world):
    """Asks for the same change on any scope."""

    @service
    def ask(scope) -> Approval:
        return new_approval(world.head, "change_limit", {"limit_id": str(new_id())}, scope=scope, reason="x")

    return ask


def test_an_approval_is_seen_by_who_holds_the_permission_on_its_whole_scope(world, of_scope):
    scopes = (world.firm, world.desk, world.account, None)
    asked = {scope: of_scope(scope) for scope in scopes}

    def seen_by(actor) -> list:
        return [scope for scope, approval in asked.items() if approvals_for(actor).filter(pk=approval.pk)]

    assert seen_by(world.risk_officer) == list(scopes)
    assert seen_by(world.head) == [world.desk, world.account]
    assert seen_by(person("book-keeper", world.account, ("view_limits",))) == [world.account]
    assert seen_by(world.stranger) == []
    assert seen_by(SETUP) == []


def test_deciding_takes_the_right_on_the_whole_scope(world, of_scope):
    watches_the_firm = person("partial", world.firm, ("view_limits",))
    _grant(User.objects.get(pk=watches_the_firm.user_id), world.desk, ("approve_limits",))
    for scope in (world.firm, None):
        with pytest.raises(NotPermitted):
            refuse(actor=watches_the_firm, approval_id=of_scope(scope).pk, reason="x")
    assert refuse(actor=watches_the_firm, approval_id=of_scope(world.desk).pk, reason="x").state == "refused"


def test_the_leaf_of_an_approval_names_its_scope(world, of_scope):
    for scope, expected in ((world.desk, ("desk", str(world.desk.pk))), (None, ("everything", None))):
        leaf = Leaf.events.get(object_id=str(of_scope(scope).pk))
        facts = json.loads(leaf.body)["facts"]
        assert (facts["scope_type"], facts["scope_id"]) == expected


def test_the_database_refuses_an_approval_of_two_scopes(world, proposal):
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=proposal.pk).update(desk=world.desk)


def test_every_action_can_be_carried_out_and_nothing_else():
    assert CARRIERS.keys() == ACTIONS.keys()
