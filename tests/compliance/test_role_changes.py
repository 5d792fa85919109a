"""A role is asked for by one person and agreed to by another, for a time; incompatible ones are refused by name."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pydantic import ValidationError

from compliance.commands import ProposeDelegation, ProposeRole
from compliance.errors import (
    ApprovalOutdated,
    ApprovalSamePerson,
    MakerNotPermitted,
    RoleGrantNotFound,
    RoleHeldAlready,
    RoleNotDelegable,
    RoleOwn,
    RolesIncompatible,
    RoleUnfit,
)
from compliance.models import Approval, Leaf, RoleGrant
from compliance.panels import TRAIL
from compliance.role_reads import grants_for
from compliance.roles import ROLES
from compliance.services.approvals import refuse
from compliance.services.roles import define_roles, grant_role, revoke_role
from compliance.tasks import begin_and_end
from orders import authority, services
from orders.authority import permissions_of
from orders.errors import OverrideOwnOrder
from orders.kernel.context import Actor, Door, NotAPerson
from orders.kernel.errors import NotPermitted
from orders.kernel.ids import new_id
from orders.limit_kinds import LimitKind
from orders.models import DeskPermission, User
from orders.permissions import (
    APPROVE_ROLES,
    OVERRIDE_LIMITS,
    PLACE_ORDERS,
    PROPOSE_ROLES,
    VIEW_AUDIT,
    VIEW_LIMITS,
    VIEW_ORDERS,
)
from tests.compliance.granting import HOUR, Granting, RecordedClock
from tests.sign_in import in_role
from tests.world import SETUP, World, _grant, person

MAY_BOTH = (PROPOSE_ROLES, APPROVE_ROLES, VIEW_AUDIT)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> RecordedClock:
    return RecordedClock(monkeypatch)


@pytest.fixture
def house(world: World, clock: RecordedClock) -> Granting:
    return Granting(world)


def grant_to(house: Granting, name: str, role: str) -> RoleGrant:
    """The grant of a new person on the whole firm, by the house itself."""
    return grant_role(actor=SETUP, user_id=house.login(name).user_id, role=role, scope=house.world.firm)


def actor_named(name: str) -> Actor:
    return Actor(name=name, door=Door.ADMIN, user_id=User.objects.get(username=name).pk)


def places(house: Granting, actor: Actor) -> bool:
    """Whether the person may place orders on the account of desk one, by every way that is asked."""
    account = house.world.account
    answers = {
        PLACE_ORDERS in permissions_of(actor, account.pk),
        PLACE_ORDERS in permissions_of(actor),
        authority.may(actor, PLACE_ORDERS, account.pk),
        authority.may_on(actor, PLACE_ORDERS, account),
    }
    assert len(answers) == 1
    return answers.pop()


def test_a_role_counts_from_the_second_persons_agreement_on(house: Granting) -> None:
    ada = house.login("ada")
    approval = house.ask("ada", "trader")
    assert not places(house, ada)
    house.agree(approval)
    assert places(house, ada)
    grant = RoleGrant.objects.get(approval=approval)
    assert (grant.asked_by_id, grant.agreed_by_id) == (house.asks.user_id, house.agrees.user_id)
    assert str(grant.pk) == approval.payload["grant_id"]
    leaf = Leaf.events.get(action="RoleGranted")
    assert f'"approval_id":"{approval.pk}"' in leaf.body
    assert leaf.actor == house.agrees.reference


def test_a_refused_role_gives_nothing(house: Granting) -> None:
    ada = house.login("ada")
    refuse(actor=house.agrees, approval_id=house.ask("ada", "trader").pk, reason="not trained")
    assert not places(house, ada)
    assert not RoleGrant.objects.exists()


def test_an_end_is_exact_without_any_worker_and_a_start_is_written_by_the_beat(
    house: Granting, clock: RecordedClock
) -> None:
    ada = house.login("ada")
    grant = house.grant("ada", "trader", effective_from=clock.after(2), effective_until=clock.after(5))
    begin_and_end()
    assert not places(house, ada)
    clock.ahead += 2.5 * HOUR
    assert not places(house, ada), "late is denied"
    begin_and_end()
    assert places(house, ada)
    clock.ahead += 2.5 * HOUR
    assert not places(house, ada)
    assert DeskPermission.objects.filter(user_id=ada.user_id).exists(), "nobody has removed the rows"
    begin_and_end()
    assert not DeskPermission.objects.filter(user_id=ada.user_id).exists()
    told = Leaf.events.filter(object_id=str(grant.pk)).order_by("id")
    assert list(told.values_list("action", "revision")) == [
        ("RoleGranted", 1),
        ("RoleBegan", 2),
        ("RoleEnded", 3),
    ]
    before = Leaf.events.count()
    begin_and_end()
    assert Leaf.events.count() == before


def test_one_grant_after_another_leaves_no_gap(house: Granting, clock: RecordedClock) -> None:
    ada = house.login("ada")
    middle = clock.after(2)
    house.grant("ada", "trader", effective_until=middle)
    house.grant("ada", "trader", effective_from=middle, effective_until=clock.after(4))
    for _ in range(3):
        assert places(house, ada)
        clock.ahead += 1.3 * HOUR
    assert places(house, ada)
    clock.ahead += 0.2 * HOUR
    assert not places(house, ada)


def test_nobody_asks_for_or_decides_on_a_role_of_their_own(house: Granting) -> None:
    with pytest.raises(RoleOwn):
        house.ask("the.risk_officer", "auditor", firm="ATLAS")
    approval = house.ask("the.compliance_officer", "portfolio_manager")
    with pytest.raises(RoleOwn):
        house.agree(approval)
    house.login("ada")
    both = person("both", house.world.firm, MAY_BOTH)
    with pytest.raises(ApprovalSamePerson):
        house.agree(house.ask("ada", "trader", actor=both), actor=both)


def test_a_desk_head_asks_for_the_desk_alone(house: Granting) -> None:
    house.login("ada")
    head = in_role("desk_head", house.world.desk)
    house.agree(house.ask("ada", "trader", actor=head))
    for where in ({"desk": "EQ2"}, {"firm": "ATLAS"}, {"account": "BETA"}, {"desk": "EQ9"}):
        with pytest.raises(RoleUnfit, match="for which you may ask"):
            house.ask("ada", "portfolio_manager", actor=head, **where)
    with pytest.raises(NotAPerson):
        house.ask("ada", "trader", actor=SETUP)


@pytest.mark.parametrize(
    ("held", "asked", "rule"),
    [
        ("trader", "risk_officer", "trading_and_risk_control"),
        ("compliance_officer", "trader", "trading_and_compliance"),
        ("operator", "desk_head", "trading_and_operations"),
        ("risk_officer", "compliance_officer", "two_control_functions"),
        ("portfolio_manager", "auditor", "internal_audit"),
        ("operator", "data_protection_officer", "data_protection_officer"),
        ("api_client", "trader", "program_and_person"),
    ],
)
def test_incompatible_roles_are_refused_with_the_rules_name(
    house: Granting, held: str, asked: str, rule: str
) -> None:
    house.login("ada")
    house.grant("ada", held, desk="EQ2")
    with pytest.raises(RolesIncompatible) as refused:
        house.ask("ada", asked)
    assert refused.value.facts["rule"] == rule
    assert refused.value.detail.startswith(f"{rule}: ")
    with pytest.raises(RolesIncompatible):
        grant_role(
            actor=SETUP,
            user_id=User.objects.get(username="ada").pk,
            role=asked,
            scope=house.world.firm,
        )


def test_what_became_incompatible_meanwhile_is_refused_at_the_agreement(house: Granting) -> None:
    house.login("ada")
    first, second = house.ask("ada", "trader"), house.ask("ada", "auditor", firm="ATLAS")
    house.agree(first)
    with pytest.raises(RolesIncompatible):
        house.agree(second)
    assert Approval.objects.get(pk=second.pk).state == "pending"


def test_roles_are_compatible_where_they_never_meet(house: Granting, clock: RecordedClock) -> None:
    house.login("ada")
    house.grant("ada", "trader", effective_until=clock.after(2))
    house.grant("ada", "risk_officer", effective_from=clock.after(2), firm="ATLAS")
    other = services.register_firm(actor=SETUP, code="OTHER", currency="USD")
    ada = User.objects.get(username="ada")
    grant_role(actor=SETUP, user_id=ada.pk, role="auditor", scope=other)
    assert RoleGrant.objects.filter(user=ada).count() == 3


def test_the_same_role_twice_at_once_is_refused(house: Granting, clock: RecordedClock) -> None:
    house.login("ada")
    house.grant("ada", "trader", effective_until=clock.after(3))
    with pytest.raises(RoleHeldAlready):
        house.ask("ada", "trader", effective_from=clock.after(2))
    house.ask("ada", "trader", effective_from=clock.after(3))


@pytest.mark.parametrize(
    ("user", "role", "more", "field"),
    [
        ("noone", "trader", {}, "user"),
        ("ada", "emperor", {}, "role"),
        ("ada", "trader", {"effective_until": "2020-01-01T00:00:00Z"}, "effective_until"),
        ("gone", "trader", {}, "user"),
        ("staff", "api_client", {}, "role"),
    ],
)
def test_what_cannot_be_granted_is_said_at_its_field(
    house: Granting, user: str, role: str, more: dict[str, str], field: str
) -> None:
    for name in ("ada", "gone", "staff"):
        house.login(name)
    User.objects.filter(username="gone").update(is_active=False)
    User.objects.filter(username="staff").update(is_staff=True)
    with pytest.raises(RoleUnfit) as refused:
        house.ask(user, role, **more)
    assert refused.value.facts["errors"][0]["pointer"] == f"/{field}"


@pytest.mark.parametrize("where", [{}, {"firm": "ATLAS", "desk": "EQ1"}])
def test_a_role_is_held_in_one_place(where: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="exactly one"):
        ProposeRole.model_validate({"user": "ada", "role": "trader", "reason": "x", **where})
    dates = {"effective_from": "2026-02-01T00:00:00Z", "effective_until": "2026-01-01T00:00:00Z"}
    for command, more in ((ProposeRole, {"role": "trader", "desk": "EQ1"}), (ProposeDelegation, {})):
        with pytest.raises(ValidationError, match="must come before"):
            command.model_validate({"user": "ada", "reason": "x", **more, **dates})


def test_a_grant_is_taken_back_at_once_with_what_was_delegated_from_it(
    house: Granting, clock: RecordedClock
) -> None:
    ada, bob = house.login("ada"), house.login("bob")
    grant = house.grant("ada", "trader")
    house.delegate(grant, "bob", clock.after(0), clock.after(24))
    assert places(house, bob)
    approval = house.ask_to_revoke(grant)
    assert approval.payload["ends"][0]["user_id"] == str(bob.user_id)
    house.agree(approval)
    assert not places(house, ada)
    assert not places(house, bob)
    assert Leaf.events.filter(action="RoleRevoked").count() == 2
    with pytest.raises(RoleGrantNotFound):
        house.ask_to_revoke(grant)


def test_a_revocation_is_bound_to_what_would_end(house: Granting, clock: RecordedClock) -> None:
    house.login("ada")
    house.login("bob")
    grant = house.grant("ada", "trader")
    approval, again = house.ask_to_revoke(grant), house.ask_to_revoke(grant)
    house.delegate(grant, "bob", clock.after(0), clock.after(24))
    with pytest.raises(ApprovalOutdated):
        house.agree(approval)
    house.revoke(grant)
    with pytest.raises(ApprovalOutdated):
        house.agree(again)


def test_a_delegation_is_for_a_time_and_ends_by_itself(house: Granting, clock: RecordedClock) -> None:
    house.login("ada")
    bob = house.login("bob")
    grant = house.grant("ada", "trader", effective_until=clock.after(30 * 24))
    delegation = house.delegate(grant, "bob", clock.after(1), clock.after(10))
    assert (delegation.delegator_id, delegation.delegated_from_id) == (grant.user_id, grant.pk)
    assert not places(house, bob)
    clock.ahead += 2 * HOUR
    begin_and_end()
    assert places(house, bob)
    clock.ahead += 8 * HOUR
    assert not places(house, bob)


def test_what_cannot_be_delegated(house: Granting, clock: RecordedClock) -> None:
    for name in ("ada", "bob", "cleo"):
        house.login(name)
    grant = house.grant("ada", "trader", effective_until=clock.after(200 * 24))
    refused: list[tuple[Any, ...]] = [
        (grant, "ada", clock.after(0), clock.after(1)),
        (grant, "bob", clock.after(0), clock.after(201 * 24)),
        (grant, "bob", clock.after(0), clock.after(93 * 24)),
    ]
    delegation = house.delegate(grant, "bob", clock.after(0), clock.after(24))
    refused.append((delegation, "cleo", clock.after(1), clock.after(2)))
    for each in refused:
        with pytest.raises(RoleNotDelegable):
            house.ask_to_delegate(*each)
    house.grant("cleo", "auditor", desk="EQ2")
    with pytest.raises(RolesIncompatible):
        house.ask_to_delegate(grant, "cleo", clock.after(0), clock.after(1))
    late = house.ask_to_delegate(grant, "bob", clock.after(30), clock.after(40))
    house.revoke(grant)
    with pytest.raises(ApprovalOutdated):
        house.agree(late)


def test_who_asks_for_a_delegation_or_its_end(house: Granting, clock: RecordedClock) -> None:
    ada, bob = house.login("ada"), house.login("bob")
    grant = house.grant("ada", "trader")
    head = in_role("desk_head", house.world.desk)
    house.agree(house.ask_to_delegate(grant, "bob", clock.after(0), clock.after(9), actor=head))
    delegation = RoleGrant.objects.get(delegator_id=ada.user_id)
    with pytest.raises(NotPermitted):
        house.ask_to_delegate(grant, "bob", clock.after(10), clock.after(11), actor=house.agrees)
    with pytest.raises(RoleGrantNotFound):
        house.ask_to_delegate(grant, "cleo", clock.after(0), clock.after(1), actor=house.world.nobody)
    with pytest.raises(NotPermitted):
        house.ask_to_revoke(delegation, actor=bob)
    house.agree(house.ask_to_revoke(delegation, actor=ada))
    assert not places(house, bob)


def test_who_stands_in_for_another_counts_as_them_when_two_have_to_agree(
    house: Granting, clock: RecordedClock
) -> None:
    house.login("ada")
    house.login("dan")
    grant = grant_to(house, "cleo", "compliance_officer")
    house.delegate(grant, "dan", clock.after(0), clock.after(9))
    cleo, dan = (actor_named(name) for name in ("cleo", "dan"))
    risk2 = grant_to(house, "risk2", "risk_officer")
    with pytest.raises(RoleOwn):
        house.agree(house.ask_to_revoke(grant, actor=actor_named("risk2")), actor=dan)
    house.login("eve")
    house.delegate(risk2, "eve", clock.after(0), clock.after(9))
    asked = house.ask("ada", "trader", actor=actor_named("eve"))
    assert set(asked.maker_persons) == {actor_named("eve").user_id, risk2.user_id}
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=asked.pk).update(checker_persons=[risk2.user_id])
    decided = house.agree(asked, actor=dan)
    assert set(decided.checker_persons) == {dan.user_id, cleo.user_id}
    leaf = Leaf.events.filter(action="ApprovalGranted", actor=dan.reference).get()
    delegation = RoleGrant.objects.get(user_id=dan.user_id)
    assert f'"on_behalf_of":"user:{cleo.user_id} role_grant:{delegation.pk}"' in leaf.body


def test_a_stand_in_who_asked_is_the_one_they_stand_in_for(house: Granting, clock: RecordedClock) -> None:
    house.login("ada")
    house.login("eve")
    risk2 = grant_to(house, "risk2", "risk_officer")
    house.delegate(risk2, "eve", clock.after(0), clock.after(9))
    asked = house.ask("ada", "trader", actor=actor_named("eve"))
    _grant(User.objects.get(username="risk2"), house.world.firm, MAY_BOTH)
    with pytest.raises(ApprovalSamePerson, match="stands in"):
        house.agree(asked, actor=actor_named("risk2"))
    house.agree(asked)


def test_the_trail_of_an_order_says_for_whom_its_trader_stood_in(
    house: Granting, clock: RecordedClock
) -> None:
    ada, bob = house.login("ada"), house.login("bob")
    services.register_limit(
        actor=SETUP, kind=LimitKind.PERMITTED, value=Decimal(1), holder=User.objects.get(pk=bob.user_id)
    )
    grant = house.grant("ada", "trader")
    delegation = house.delegate(grant, "bob", clock.after(0), clock.after(9))
    order = services.place(actor=bob, command=house.world.command()).order
    whom = f'"on_behalf_of":"user:{ada.user_id} role_grant:{delegation.pk}"'
    placed = Leaf.events.get(object_id=str(order.pk), action="OrderPlaced")
    assert placed.actor == bob.reference
    assert whom in placed.body
    row = Leaf.objects.filter(kind="row", object_type="orders_order", object_id=str(order.pk)).first()
    assert row is not None
    assert whom in row.body
    reads = Actor(name="ada", door=Door.ADMIN, user_id=ada.user_id)
    assert "in the place of ada" in TRAIL.render(reads, order)
    services.register_user(actor=SETUP, username="after")
    assert whom not in Leaf.objects.order_by("-id")[0].body, "the next service is nobody's but its actor's"


def test_nobody_overrides_the_refusal_of_an_order_that_was_placed_in_their_stead(
    house: Granting, clock: RecordedClock
) -> None:
    ada, bob = house.login("ada"), house.login("bob")
    services.register_limit(
        actor=SETUP, kind=LimitKind.PERMITTED, value=Decimal(1), holder=User.objects.get(pk=bob.user_id)
    )
    house.delegate(house.grant("ada", "trader"), "bob", clock.after(0), clock.after(9))
    _grant(User.objects.get(pk=ada.user_id), house.world.desk, (OVERRIDE_LIMITS,))
    order = services.place(actor=bob, command=house.world.command(quantity="15000")).order
    asked: dict[str, Any] = {
        "codes": [order.denial_code],
        "expires_in_minutes": 5,
        "reason": "an index event",
    }
    with pytest.raises(OverrideOwnOrder, match="stands in"):
        services.grant_override(actor=ada, order_id=order.pk, **asked)
    clock.ahead += 10 * HOUR
    assert services.grant_override(actor=ada, order_id=order.pk, **asked).granted_by_id == ada.user_id


def test_who_asked_must_still_be_the_one_who_may(house: Granting, clock: RecordedClock) -> None:
    house.login("ada")
    house.login("bob")
    risk2 = grant_to(house, "risk2", "risk_officer")
    grant = house.grant("ada", "trader")
    asked = house.ask("bob", "trader", actor=actor_named("risk2"))
    back = house.ask_to_revoke(grant, actor=actor_named("risk2"))
    revoke_role(actor=SETUP, user_id=risk2.user_id, role="risk_officer", scope=house.world.firm)
    for approval in (asked, back):
        with pytest.raises(MakerNotPermitted):
            house.agree(approval)


def test_a_redefined_role_is_not_the_one_that_was_asked_for(
    house: Granting, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.login("ada")
    approval = house.ask("ada", "trader")
    monkeypatch.setitem(ROLES, "trader", (VIEW_ORDERS, PLACE_ORDERS))
    define_roles(actor=SETUP)
    with pytest.raises(ApprovalOutdated):
        house.agree(approval)


def test_people_see_their_own_grants_and_who_audits_those_of_the_place(
    house: Granting, clock: RecordedClock, django_assert_num_queries: Any
) -> None:
    ada, bob = house.login("ada"), house.login("bob")
    grant = house.grant("ada", "operator")
    house.delegate(grant, "bob", clock.after(1), clock.after(9))
    reader = person("reads", house.world.desk, (VIEW_AUDIT, VIEW_LIMITS))
    seen = {actor.name: list(grants_for(actor)) for actor in (ada, bob, reader, house.world.nobody, SETUP)}
    counts = {"ada": 2, "bob": 1, "reads": 2, "nobody": 0, SETUP.name: 0}
    assert {name: len(rows) for name, rows in seen.items()} == counts
    assert [row.standing for row in seen["reads"]] == ["coming", "in_force"]
    with django_assert_num_queries(3):
        assert [(row.user.username, row.role.name, row.scope.code) for row in grants_for(reader)] == [
            ("bob", "operator", "EQ1"),
            ("ada", "operator", "EQ1"),
        ]


def test_a_grant_is_never_changed_or_removed_and_by_nobody_of_the_same_person(house: Granting) -> None:
    ada = house.login("ada")
    grant = house.grant("ada", "trader")
    rows = RoleGrant.objects.filter(pk=grant.pk)
    for change in (
        {"effective_until": grant.recorded_at},
        {"begun_at": None},
        {"user_id": house.asks.user_id},
    ):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            rows.update(**change)
    fresh = RoleGrant(
        pk=new_id(),
        user_id=ada.user_id,
        role=grant.role,
        desk=house.world.other_desk,
        effective_from=grant.recorded_at,
        recorded_at=grant.recorded_at,
        approval_id=grant.approval_id,
        asked_by_id=ada.user_id,
        agreed_by_id=house.agrees.user_id,
    )
    with pytest.raises(IntegrityError, match="role_grant_by_two_others"), transaction.atomic():
        fresh.save(force_insert=True)
