"""Who decides on a role is judged by the grants that another transaction leaves, not by those it found."""

from collections.abc import Callable
from typing import Any

import pytest

from compliance.errors import ApprovalSamePerson
from compliance.models import Approval, RoleGrant
from compliance.services import role_carriers, roles
from compliance.services.roles import grant_role, revoke_role
from orders.kernel.clock import recorded_now
from orders.kernel.errors import NotPermitted
from orders.kernel.moments import moment_text
from orders.permissions import APPROVE_ROLES, PROPOSE_ROLES, VIEW_AUDIT
from tests.compliance.granting import HOUR, Granting
from tests.orders.held_up import PATIENCE_S, HeldUp, await_waiting, sessions
from tests.world import SETUP, World, person


@pytest.fixture
def house(committed_world: World) -> Granting:
    house = Granting(committed_world)
    house.login("ada")
    return house


def decide_after(under_way: HeldUp, first: Callable[[], Any], then: Callable[[], Any]) -> None:
    """Start `first`, held up under the lock of all grants, and `then`, which waits for it; raise what that raised."""
    with sessions(2) as start:
        one = start(first)
        assert under_way.reached.wait(PATIENCE_S)
        other = start(then)
        await_waiting()
        under_way.let_go.set()
        one.result(PATIENCE_S)
        other.result(PATIENCE_S)


def test_who_lost_the_right_while_waiting_for_the_grants_decides_no_more(
    house: Granting, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleo = house.login("cleo")
    held: dict[str, Any] = {
        "user_id": cleo.user_id,
        "role": "compliance_officer",
        "scope": house.world.firm,
    }
    grant_role(actor=SETUP, **held)
    approval = house.ask("ada", "trader")
    under_way = HeldUp(roles.end_grant)
    monkeypatch.setattr(roles, "end_grant", under_way)
    with pytest.raises(NotPermitted):
        decide_after(
            under_way,
            lambda: revoke_role(actor=SETUP, **held),
            lambda: house.agree(approval, actor=cleo),
        )
    assert not RoleGrant.objects.filter(approval=approval).exists()


def test_who_came_to_stand_in_for_the_asker_while_waiting_does_not_decide(
    house: Granting, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = house.login("risk2")
    source = grant_role(actor=SETUP, user_id=asks.person_id(), role="risk_officer", scope=house.world.firm)
    both = person("both", house.world.desk, (PROPOSE_ROLES, APPROVE_ROLES, VIEW_AUDIT))
    approval = house.ask("ada", "trader", actor=asks)
    since, until = (moment_text(recorded_now() + hours * HOUR) for hours in (0, 9))
    delegation = house.ask_to_delegate(source, "both", since, until)
    under_way = HeldUp(role_carriers.write_grant)
    monkeypatch.setattr(role_carriers, "write_grant", under_way)
    with pytest.raises(ApprovalSamePerson):
        decide_after(under_way, lambda: house.agree(delegation), lambda: house.agree(approval, actor=both))
    assert Approval.objects.get(pk=approval.pk).state == "pending"
