"""Four eyes on busts, corrections and fills by hand: asked for by one person, carried out by another's decision."""

from decimal import Decimal

import pytest
from django.urls import reverse

from compliance.commands import ProposeBust, ProposeDeal
from compliance.errors import ApprovalSamePerson
from compliance.models import Leaf
from compliance.selectors import approvals_for
from compliance.services.approvals import approve, refuse
from compliance.services.execution_changes import propose_bust, propose_correction, propose_fill
from orders.errors import (
    ExecutionNotFound,
    ExecutionNotInForce,
    OrderNotFound,
    OrderNotManual,
    PriceOffTick,
)
from orders.in_force import executions_in_force
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.models import Execution, Order, User
from orders.permissions import APPROVE_EXECUTIONS, PROPOSE_EXECUTIONS, VIEW_LIMITS, VIEW_ORDERS
from tests.orders.desk import manual_order
from tests.orders.fills import fill
from tests.world import World, person

BUST = ProposeBust(reason="erroneous trade")


def deal(quantity: str = "50", price: str = "101") -> ProposeDeal:
    return ProposeDeal.model_validate({"quantity": quantity, "price": price, "reason": "as confirmed"})


@pytest.fixture
def maker(world: World) -> Actor:
    return person("maker", world.desk, (VIEW_ORDERS, VIEW_LIMITS, PROPOSE_EXECUTIONS, APPROVE_EXECUTIONS))


@pytest.fixture
def checker(world: World) -> Actor:
    return person("checker", world.desk, (VIEW_ORDERS, VIEW_LIMITS, APPROVE_EXECUTIONS))


@pytest.fixture
def execution(world: World) -> Execution:
    booked = fill(world.place(), "40")
    assert booked is not None
    return booked


def test_a_bust_waits_for_another_person_and_is_then_done(
    execution: Execution, maker: Actor, checker: Actor
) -> None:
    approval = propose_bust(actor=maker, execution_id=execution.pk, command=BUST)
    assert executions_in_force().filter(order=execution.order_id).get() == execution
    with pytest.raises(ApprovalSamePerson):
        approve(actor=maker, approval_id=approval.pk, reason="mine")

    approve(actor=checker, approval_id=approval.pk, reason="agreed")

    assert not executions_in_force().filter(order=execution.order_id).exists()
    assert Order.objects.get(pk=execution.order_id).filled_quantity == 0
    actions = set(Leaf.events.values_list("action", flat=True))
    assert {"ApprovalRequested", "ApprovalGranted", "ExecutionBusted"} <= actions


def test_a_correction_is_booked_as_it_was_approved(
    execution: Execution, maker: Actor, checker: Actor
) -> None:
    approval = propose_correction(actor=maker, execution_id=execution.pk, command=deal())

    approve(actor=checker, approval_id=approval.pk, reason="agreed")

    corrected = executions_in_force().filter(order=execution.order_id).get()
    assert (corrected.quantity, corrected.price, corrected.corrects_id) == (50, 101, execution.pk)
    assert corrected.venue_execution_id == str(approval.pk)


def test_a_fill_by_hand_is_booked_once_it_is_approved(world: World, maker: Actor, checker: Actor) -> None:
    order = manual_order(world)
    approval = propose_fill(actor=maker, order_id=order.pk, command=deal("40", "99"))

    approve(actor=checker, approval_id=approval.pk, reason="agreed")

    booked = executions_in_force().filter(order=order).get()
    assert (booked.venue, booked.quantity, booked.price) == ("desk", 40, 99)
    assert booked.market_time.isoformat() == approval.payload["market_time"]


def test_what_is_refused_never_happens(execution: Execution, maker: Actor, checker: Actor) -> None:
    approval = propose_bust(actor=maker, execution_id=execution.pk, command=BUST)

    refuse(actor=checker, approval_id=approval.pk, reason="it stands")

    assert executions_in_force().filter(order=execution.order_id).get() == execution


def test_what_another_took_back_meanwhile_is_not_taken_back_again(
    execution: Execution, maker: Actor, checker: Actor
) -> None:
    first, second = (propose_bust(actor=maker, execution_id=execution.pk, command=BUST) for _time in range(2))
    approve(actor=checker, approval_id=first.pk, reason="agreed")

    with pytest.raises(ExecutionNotInForce):
        approve(actor=checker, approval_id=second.pk, reason="agreed")
    second.refresh_from_db()
    assert second.state == "pending"


def test_who_may_not_ask_or_decide_does_not(
    world: World, execution: Execution, maker: Actor, checker: Actor
) -> None:
    with pytest.raises(NotPermitted):
        propose_bust(actor=world.trader, execution_id=execution.pk, command=BUST)
    with pytest.raises(ExecutionNotFound):
        propose_bust(actor=world.stranger, execution_id=execution.pk, command=BUST)
    approval = propose_bust(actor=maker, execution_id=execution.pk, command=BUST)
    with pytest.raises(NotPermitted):
        approve(actor=world.risk_officer, approval_id=approval.pk, reason="limits are mine, not this")
    assert not approvals_for(world.stranger).exists()


def test_only_manual_orders_are_filled_by_hand(world: World, maker: Actor) -> None:
    with pytest.raises(OrderNotManual):
        propose_fill(actor=maker, order_id=world.place().pk, command=deal())
    with pytest.raises(OrderNotFound):
        propose_fill(actor=world.stranger, order_id=world.place().pk, command=deal())
    with pytest.raises(PriceOffTick):
        propose_fill(actor=maker, order_id=manual_order(world).pk, command=deal(price="99.001"))


@pytest.mark.parametrize("decision", ["approve", "refuse"])
def test_the_inbox_shows_the_difference_and_takes_the_decision(
    client, execution: Execution, maker: Actor, checker: Actor, decision: str
) -> None:
    approval = propose_correction(actor=maker, execution_id=execution.pk, command=deal())
    user = User.objects.get(pk=checker.user_id)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=user.pk))

    inbox = client.get(reverse("admin:compliance_approval_changelist")).content.decode()
    page = client.get(reverse("admin:compliance_approval_change", args=[approval.pk])).content.decode()
    assert "40 at 100" in inbox
    assert "40 at 100" in page
    assert "50 at 101" in page

    url = reverse("admin:compliance_approval_decide", args=[approval.pk])
    assert client.post(url, {"decision": decision, "reason": "seen"}).status_code == 302
    filled = Order.objects.get(pk=execution.order_id).filled_quantity
    assert filled == (Decimal(50) if decision == "approve" else Decimal(40))
