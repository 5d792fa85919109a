"""The operator's page: dead letters and venue orders without an answer, for the accounts that the person reaches."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from execution.admin import dead_letter
from execution.dead_letters import DeadLetter, dead_letter_for
from execution.models import Run, Slice, VenueOrder, VenueReport
from execution.services.dead_letters import retry_dead_letter
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
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


def _dead(order: Order) -> Run:
    run = Run.objects.get(order_id=order.pk)
    Run.objects.filter(pk=run.pk).update(dead_lettered_at=recorded_now(), attempts=5, last_error="no bars")
    return run


@pytest.mark.parametrize(
    ("act", "consequence", "status"),
    [("retry", "A worker plans what is left", "new"), ("discard", "The order is canceled", "canceled")],
)
def test_a_dead_letter_is_settled_on_a_page_that_says_what_happens(
    world: World, operator: Client, act: str, consequence: str, status: str
) -> None:
    order = world.place()
    url = reverse(f"admin:dead_letter_{act}", args=[_dead(order).pk])
    assert url in addresses(operator.get(PAGE))

    form = operator.get(url)
    assert consequence in visible_text(form) and "no bars" in visible_text(form)
    without = operator.post(url, {"reason": ""})
    assert (without.status_code, Run.objects.get().dead_lettered_at is None) == (400, False)
    done = operator.post(url, {"reason": "asked the desk"}, follow=True)

    assert "Plan of direct." in visible_text(done) and "No dead letters." in visible_text(done)
    assert Order.objects.get(pk=order.pk).status == status
    again = visible_text(operator.post(url, {"reason": "asked the desk"}, follow=True))
    assert "STATE_DEAD_LETTER_SETTLED" in again


def test_somebody_who_was_faster_is_told_on_the_form(
    world: World, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _dead(world.place())
    url = reverse("admin:dead_letter_discard", args=[run.pk])

    def seen_and_then_settled(actor: Actor, letter_id: UUID) -> DeadLetter:
        letter = dead_letter_for(actor, letter_id)
        retry_dead_letter(actor=actor, letter_id=letter_id, reason="a moment before")
        return letter

    monkeypatch.setattr(dead_letter, "dead_letter_for", seen_and_then_settled)
    answer = operator.post(url, {"reason": "asked the desk"})

    assert (answer.status_code, "STATE_DEAD_LETTER_SETTLED" in visible_text(answer)) == (409, True)
    assert Order.objects.get().status == "new"


def test_what_cannot_help_is_not_offered(world: World, operator: Client) -> None:
    robbed = _at_the_venue(world.place())
    VenueReport.objects.create(
        venue="SIM",
        sequence=41,
        kind="filled",
        client_order_id=robbed.pk,
        body={},
        dead_lettered_at=recorded_now(),
        discarded_at=recorded_now(),
        recorded_at=recorded_now(),
    )

    assert reverse("admin:dead_letter_discard", args=[robbed.pk]) in addresses(operator.get(PAGE))
    retry = reverse("admin:dead_letter_retry", args=[robbed.pk])
    assert retry not in addresses(operator.get(PAGE))
    assert "Trying it again would tell nothing new" in visible_text(operator.get(retry))


def test_who_only_watches_sees_no_way_to_settle(world: World) -> None:
    run = _dead(world.place())
    url = reverse("admin:dead_letter_discard", args=[run.pk])
    client = sign_in(in_role("auditor", world.firm))

    page = client.get(PAGE)

    assert "Plan of direct" in visible_text(page)
    assert url not in addresses(page)
    assert client.get(url).status_code == 403
    assert sign_in(in_role("operator", world.other_desk)).get(url).status_code == 404


def test_the_page_costs_no_query_per_row(
    world: World, operator: Client, django_assert_num_queries: object
) -> None:
    _dead(world.place())
    with CaptureQueriesContext(connection) as few:
        operator.get(PAGE)
    for _ in range(4):
        _dead(world.place())

    with django_assert_num_queries(len(few)):  # type: ignore[operator]
        operator.get(PAGE)
