"""What an approval of a role is bound to, who is told what on asking, and permissions that follow the roles in time."""

import pytest

from compliance.errors import ApprovalAltered, MakerNotPermitted, RoleOwn, RolesIncompatible
from compliance.models import Approval, RoleGrant
from compliance.roles import ROLES
from compliance.services import role_dates
from compliance.services.people import deactivate_person
from compliance.services.roles import define_roles
from orders import authority
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.models import User
from orders.permissions import PLACE_ORDERS, VIEW_ORDERS
from tests.compliance.granting import HOUR, Granting, RecordedClock
from tests.sign_in import in_role
from tests.world import SETUP, World


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> RecordedClock:
    return RecordedClock(monkeypatch)


@pytest.fixture
def house(world: World, clock: RecordedClock) -> Granting:
    return Granting(world)


def places(house: Granting, actor: Actor) -> bool:
    return authority.may_on(actor, PLACE_ORDERS, house.world.account)


def test_an_approval_is_bound_to_where_the_role_is_held(house: Granting) -> None:
    house.login("ada")
    house.login("bob")
    grant = house.grant("ada", "trader")
    for approval in (house.ask("bob", "trader"), house.ask_to_revoke(grant)):
        assert approval.payload["scope"] == {"desk": str(house.world.desk.pk)}
        Approval.objects.filter(pk=approval.pk).update(desk=house.world.other_desk)
        with pytest.raises(ApprovalAltered):
            house.agree(approval)
    assert RoleGrant.objects.get() == grant


def test_who_stands_in_for_the_person_meanwhile_has_asked_for_a_role_of_their_own(
    house: Granting, clock: RecordedClock
) -> None:
    house.login("bob")
    held = house.grant("bob", "operator")
    asked = house.ask("bob", "risk_officer")
    house.delegate(held, house.asks.name, clock.after(0), clock.after(9))
    with pytest.raises(RoleOwn, match="by now"):
        house.agree(asked)


def test_nobody_agrees_to_what_who_left_the_house_asked_for(house: Granting, clock: RecordedClock) -> None:
    ada = house.login("ada")
    house.login("bob")
    grant = house.grant("ada", "trader")
    approvals = [house.ask("bob", "trader"), house.ask_to_revoke(grant)]
    deactivate_person(actor=SETUP, person=User.objects.get(pk=house.asks.user_id), reason="left")
    approvals.append(house.ask_to_delegate(grant, "bob", clock.after(0), clock.after(9)))
    deactivate_person(actor=SETUP, person=User.objects.get(pk=ada.user_id), reason="left")
    for approval in approvals:
        with pytest.raises(MakerNotPermitted):
            house.agree(approval)


def test_a_start_that_comes_while_the_beat_runs_is_written_by_the_next(
    house: Granting, clock: RecordedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = house.login("ada")
    house.grant("ada", "trader", effective_from=clock.after(0.5))
    read = [clock.now(), clock.now() + HOUR]
    monkeypatch.setattr(role_dates, "recorded_now", lambda: read.pop(0) if len(read) > 1 else read[0])
    role_dates.begin_and_end_roles(actor=SETUP)
    role_dates.begin_and_end_roles(actor=SETUP)
    clock.ahead += HOUR
    assert places(house, ada)


def test_what_lasts_into_a_coming_grant_ends_before_it_where_its_role_is_redefined(
    house: Granting, clock: RecordedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = house.login("ada")
    middle = clock.after(2)
    house.grant("ada", "trader", effective_until=middle)
    house.grant("ada", "portfolio_manager", effective_from=middle)
    monkeypatch.setitem(ROLES, "portfolio_manager", (VIEW_ORDERS,))
    define_roles(actor=SETUP)
    assert places(house, ada)
    clock.ahead += 2.5 * HOUR
    assert not places(house, ada)


def test_who_may_not_ask_learns_neither_names_nor_roles(house: Granting, clock: RecordedClock) -> None:
    for name in ("ada", "bob"):
        house.login(name)
    grant = house.grant("ada", "trader")
    house.grant("bob", "auditor", desk="EQ2")
    for user, until in (("bob", 1), ("noone", 1), ("bob", 9999)):
        with pytest.raises(NotPermitted) as refused:
            house.ask_to_delegate(grant, user, clock.after(0), clock.after(until), actor=house.agrees)
        assert refused.value.code == NotPermitted.code


def test_what_another_holds_is_told_to_who_may_propose_roles_there(
    house: Granting, clock: RecordedClock
) -> None:
    for name in ("ada", "bob"):
        house.login(name)
    grant = house.grant("ada", "trader")
    house.grant("bob", "auditor", desk="EQ2")
    own = Actor(name="ada", door=SETUP.door, user_id=grant.user_id)
    told = []
    for actor in (own, in_role("desk_head", house.world.desk), house.asks):
        with pytest.raises(RolesIncompatible) as refused:
            house.ask_to_delegate(grant, "bob", clock.after(0), clock.after(1), actor=actor)
        assert refused.value.facts["rule"] == "internal_audit"
        told.append((refused.value.facts.get("held"), "auditor" in refused.value.detail))
    assert told == [(None, False), (None, False), ("auditor", True)]
