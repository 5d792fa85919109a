"""The operator's page: dead letters and venue orders without an answer, for the accounts that the person reaches."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from execution.models import Run, Slice, VenueOrder, VenueReport
from orders.kernel.clock import recorded_now
from orders.kernel.ids import new_id
from orders.models import Order
from tests.sign_in import addresses, in_role, sign_in, visible_text
from tests.world import NOON, World

PAGE = reverse("admin:operations")


@pytest.fixture
def operator(world: World) -> Client:
    return sign_in(in_role("operator", world.firm))


def _at_the_venue(order: Order, **changes: object) -> VenueOrder:
    run = Run.objects.get(order_id=order.pk)
    part = Slice.objects.create(run=run, plan=1, number=1, quantity=order.quantity, due_at=NOON)
    return VenueOrder.objects.create(
        slice=part,
        run=run,
        venue="SIM",
        symbol="SPY",
        side=order.side,
        type=order.type,
        time_in_force=order.time_in_force,
        quantity=order.quantity,
        limit_price=order.limit_price,
        market_time=NOON,
        recorded_at=recorded_now() - timedelta(minutes=5),
        **changes,
    )


def test_a_quiet_day_says_that_nothing_needs_the_operator(world: World, operator: Client) -> None:
    text = visible_text(operator.get(PAGE))

    assert "No dead letters." in text
    assert "The venue has answered for all of them." in text
    assert "Nothing needs you." in visible_text(operator.get(reverse("admin:index")))


def test_a_dead_plan_is_shown_with_its_error_and_its_order(world: World, operator: Client) -> None:
    order = world.place()
    Run.objects.filter(order_id=order.pk).update(
        dead_lettered_at=recorded_now(), attempts=7, last_error="no <bars> for SPY"
    )

    page = operator.get(PAGE)

    assert "7 no <bars> for SPY" in visible_text(page)
    assert reverse("admin:orders_order_change", args=[order.pk]) in addresses(page)
    assert "1 dead letters" in visible_text(operator.get(reverse("admin:index")))


def test_dead_venue_orders_and_reports_are_shown(world: World, operator: Client) -> None:
    _at_the_venue(world.place(), dead_lettered_at=recorded_now(), last_error="unreadable answer")
    VenueReport.objects.create(
        venue="SIM",
        sequence=41,
        kind="fill",
        client_order_id=new_id(),
        body={"quantity": str(Decimal(5))},
        last_error="unknown venue order",
        dead_lettered_at=recorded_now(),
        recorded_at=recorded_now(),
    )

    text = visible_text(operator.get(PAGE))

    assert "unreadable answer" in text
    assert "Report 41 (fill) of SIM" in text
    assert "unknown venue order" in text


def test_a_venue_order_without_an_answer_is_shown(world: World, operator: Client) -> None:
    waiting = _at_the_venue(world.place(), next_attempt_at=recorded_now(), attempts=3)

    text = visible_text(operator.get(PAGE))

    assert f"…{str(waiting.pk)[-8:]}" in text
    assert "SPY buy 100 0 pending new 3" in text


def test_an_operator_of_one_desk_sees_nothing_of_another(world: World) -> None:
    _at_the_venue(world.place(), next_attempt_at=recorded_now(), attempts=3)

    page = sign_in(in_role("operator", world.other_desk)).get(PAGE)

    assert "The venue has answered for all of them." in visible_text(page)


def test_a_role_without_operations_does_not_get_in(world: World) -> None:
    assert sign_in(world.trader).get(PAGE).status_code == 403
