"""A kill switch is lifted by a second person, once its orders have been asked to be canceled, and then for good."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from compliance.commands import ProposeLift
from compliance.errors import ApprovalSamePerson
from compliance.models import Approval, Leaf
from compliance.services.approvals import approve, refuse
from compliance.services.kill_switch_lifts import propose_lift
from orders import services
from orders.errors import KillSwitchNotFound, KillSwitchNotLiftable
from orders.kernel.context import Actor, process_actor
from orders.kernel.errors import NotPermitted
from orders.models import KillSwitch, KillSwitchGate, User
from orders.permissions import ENGAGE_KILL_SWITCH, LIFT_KILL_SWITCH, VIEW_LIMITS, VIEW_ORDERS
from orders.terms import KillSwitchScope
from tests.sign_in import addresses, sign_in, visible_text
from tests.tokens import EVERYTHING
from tests.world import World, person

ACTING = (VIEW_ORDERS, VIEW_LIMITS, ENGAGE_KILL_SWITCH, LIFT_KILL_SWITCH)


@pytest.fixture
def officer(world: World) -> Actor:
    return person("officer", world.firm, ACTING)


@pytest.fixture
def second(world: World) -> Actor:
    return person("second", world.firm, ACTING)


@pytest.fixture
def switch(world: World, officer: Actor) -> KillSwitch:
    return services.engage_kill_switch(
        actor=officer, scope=KillSwitchScope.DESK, target=world.desk, reason="runaway"
    )


def swept(switch: KillSwitch) -> KillSwitch:
    services.sweep_kill_switch(actor=process_actor("kill_switch"), kill_switch_id=switch.pk)
    switch.refresh_from_db()
    return switch


def asked(actor: Actor, switch: KillSwitch) -> Approval:
    return propose_lift(
        actor=actor, kill_switch_id=switch.pk, command=ProposeLift(reason="the algorithm is mended")
    )


def test_a_second_person_lifts_it_and_orders_are_taken_again(
    world: World, switch: KillSwitch, officer: Actor, second: Actor
) -> None:
    approval = asked(officer, swept(switch))
    assert world.place().denial_code == "RISK_KILL_SWITCH", "asked for is not lifted"

    approve(actor=second, approval_id=approval.pk, reason="looked at it")

    switch.refresh_from_db()
    assert (switch.is_engaged, switch.lifted_by_id) == (False, second.user_id)
    assert KillSwitchGate.objects.get().engaged == []
    assert world.place().status == "new"
    leaf = Leaf.objects.get(action="KillSwitchLifted")
    assert (leaf.object_id, leaf.actor) == (str(switch.pk), second.reference)


def test_what_comes_after_a_lift_is_not_swept(
    world: World, switch: KillSwitch, officer: Actor, second: Actor
) -> None:
    approve(actor=second, approval_id=asked(officer, swept(switch)).pk, reason="ok")
    order = world.place()

    swept(switch)
    assert not services.ask_batch(actor=process_actor("kill_switch"), kill_switch_id=switch.pk)
    services.sweep.ask_one(actor=process_actor("kill_switch"), kill_switch_id=switch.pk, order_id=order.pk)

    order.refresh_from_db()
    assert order.status == "new"


def test_the_same_desk_can_be_stopped_again_after_a_lift(
    world: World, switch: KillSwitch, officer: Actor, second: Actor
) -> None:
    approve(actor=second, approval_id=asked(officer, swept(switch)).pk, reason="ok")

    services.engage_kill_switch(actor=officer, scope=KillSwitchScope.DESK, target=world.desk, reason="again")

    assert KillSwitchGate.objects.get().engaged == [switch.key]


def test_one_switch_of_two_is_lifted_and_the_other_stops_on(
    world: World, switch: KillSwitch, officer: Actor, second: Actor
) -> None:
    services.engage_kill_switch(actor=officer, scope=KillSwitchScope.FIRM, target=world.firm, reason="wider")

    approve(actor=second, approval_id=asked(officer, swept(switch)).pk, reason="ok")

    assert world.place().denial_detail == "a kill switch is engaged for the order's firm"


def test_nobody_lifts_what_they_asked_to_be_lifted_or_engaged_themselves(
    switch: KillSwitch, officer: Actor, second: Actor
) -> None:
    swept(switch)
    with pytest.raises(ApprovalSamePerson):
        approve(actor=officer, approval_id=asked(officer, switch).pk, reason="ok")
    with pytest.raises(KillSwitchNotLiftable, match="you engaged it yourself"):
        approve(actor=officer, approval_id=asked(second, switch).pk, reason="ok")

    switch.refresh_from_db()
    assert switch.is_engaged


def test_a_switch_whose_orders_were_not_all_asked_is_not_lifted(switch: KillSwitch, officer: Actor) -> None:
    with pytest.raises(KillSwitchNotLiftable, match="not all been asked"):
        asked(officer, switch)


def test_a_switch_is_lifted_once(switch: KillSwitch, officer: Actor, second: Actor) -> None:
    first, other = asked(officer, swept(switch)), asked(officer, switch)
    approve(actor=second, approval_id=first.pk, reason="ok")

    with pytest.raises(KillSwitchNotLiftable, match="lifted already"):
        approve(actor=second, approval_id=other.pk, reason="ok")


def test_a_refused_lift_leaves_it_engaged(switch: KillSwitch, officer: Actor, second: Actor) -> None:
    refuse(actor=second, approval_id=asked(officer, swept(switch)).pk, reason="not yet")

    switch.refresh_from_db()
    assert switch.is_engaged


def test_asking_takes_the_permission_on_all_that_is_stopped(world: World, switch: KillSwitch) -> None:
    swept(switch)

    with pytest.raises(NotPermitted):
        asked(world.trader, switch)
    with pytest.raises(KillSwitchNotFound):
        asked(world.stranger, switch)


def test_the_api_asks_and_another_person_approves_over_it(
    switch: KillSwitch, officer: Actor, second: Actor
) -> None:
    client, other = client_of(officer), client_of(second)
    early = client.post(f"/api/v1/kill_switches/{switch.pk}/lift", {"reason": "now"}, format="json")
    assert (early.status_code, early.json()["code"]) == (409, "STATE_KILL_SWITCH_NOT_LIFTABLE")
    swept(switch)

    answer = client.post(f"/api/v1/kill_switches/{switch.pk}/lift", {"reason": "mended"}, format="json")
    assert (answer.status_code, answer.json()["action"]) == (202, "lift_kill_switch")
    approval = f"/api/v1/approvals/{answer.json()['id']}/approve"
    assert other.post(approval, {"reason": "yes"}, format="json").status_code == 200

    read = client.get(f"/api/v1/kill_switches/{switch.pk}").json()
    assert (read["is_engaged"], read["lifted_by"]) == (False, "second")


def client_of(actor: Actor) -> APIClient:
    client = APIClient()
    client.force_authenticate(User.objects.get(pk=actor.user_id), EVERYTHING)
    return client


def test_the_admin_asks_on_the_page_of_the_switch_and_decides_in_the_inbox(
    world: World, switch: KillSwitch, officer: Actor, second: Actor
) -> None:
    swept(switch)
    asking, deciding = sign_in(officer), sign_in(second)
    page = f"/admin/orders/killswitch/{switch.pk}/"
    assert "Ask that it be lifted" in visible_text(asking.get(page))
    assert "Lift the kill switch of desk EQ1" in visible_text(asking.get(f"{page}lift/"))

    assert asking.post(f"{page}lift/", {"reason": "mended"}).status_code == 302
    approval = f"/admin/compliance/approval/{Approval.objects.get().pk}/"
    assert "officer asked that it be lifted" in visible_text(deciding.get(page))
    assert approval in addresses(deciding.get(page))
    operator = sign_in(person("keeps.it.running", world.firm, (VIEW_ORDERS,)))
    assert approval not in addresses(operator.get(page))
    assert "lift kill switch: desk eq1" in visible_text(deciding.get(approval)).lower()
    deciding.post(f"{approval}decide/", {"decision": "approve", "reason": "ok"})

    text = visible_text(asking.get(page))
    assert "Lifted by second" in text
    assert "Ask that it be lifted" not in text
    assert "Kill switch engaged" not in text


def test_who_may_not_ask_has_no_button_and_no_form(world: World, switch: KillSwitch) -> None:
    swept(switch)
    trader, page = sign_in(world.trader), f"/admin/orders/killswitch/{switch.pk}/"

    assert "Ask that it be lifted" not in visible_text(trader.get(page))
    assert trader.get(f"{page}lift/").status_code == 403


@pytest.mark.parametrize(
    ("scope", "stops"),
    [("instrument", "instrument SPY"), ("trader", "trader trader"), ("algorithm", "algorithm twap")],
)
def test_who_decides_reads_what_would_go_on(
    world: World, officer: Actor, second: Actor, scope: str, stops: str
) -> None:
    targets = {
        "instrument": world.instrument,
        "trader": User.objects.get(pk=world.trader.user_id),
        "algorithm": "twap",
    }
    engaged = services.engage_kill_switch(
        actor=officer, scope=KillSwitchScope(scope), target=targets[scope], reason="runaway"
    )
    asked(officer, swept(engaged))

    inbox = visible_text(sign_in(second).get(reverse("admin:compliance_approval_changelist")))

    assert f"lift kill switch {stops} engaged → lifted officer" in inbox
