"""An order's life is replayed step by step: its leaf, the order after it, the market then, and what risk saw."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from compliance.replay import Step, steps_of
from compliance.replay_panel import REPLAY
from compliance.selectors import trail_of
from execution.commands import PauseRun
from execution.market_data.bars import Bar
from execution.market_data.quotes import Quote
from execution.market_moments import market_at
from execution.services.market_data import load_bars, load_quotes
from execution.services.pause_run import pause_run
from orders import services
from orders.commands import AmendOrder
from orders.errors import RiskRefused
from orders.kernel.context import Actor
from orders.kernel.ids import new_id
from orders.models import Order, User
from orders.permissions import VIEW_AUDIT, VIEW_ORDERS
from tests.compliance.log import forge
from tests.orders.fills import fill
from tests.tokens import EVERYTHING
from tests.world import NOON, SETUP, World, person

TWAP = {"name": "twap", "parameters": {"duration_minutes": 60}}


def minutes_of_market(first: Any, number: int) -> list[Bar]:
    """Bars whose closes are 101, 102 and so on."""
    return [
        Bar("SPY", first + timedelta(minutes=n), *[Decimal(101 + n)] * 4, Decimal(1_000))
        for n in range(number)
    ]


def stand(minutes: int) -> None:
    services.set_market_clock(actor=SETUP, anchor=NOON + timedelta(minutes=minutes), paused=True)


@pytest.fixture
def order(world: World) -> Order:
    """Placed at noon, its run paused a minute later, amended at 12:02, refused more at 12:03, and filled."""
    load_bars(actor=SETUP, bars=minutes_of_market(NOON, 3))
    load_quotes(
        actor=SETUP, quotes=[Quote("SPY", NOON + timedelta(seconds=90), Decimal("101.9"), Decimal("102.1"))]
    )
    placed = world.place(quantity="100", limit_price="102", algorithm=TWAP)
    stand(1)
    pause_run(actor=world.trader, order_id=placed.pk, command=PauseRun(reason="too fast"))
    stand(2)
    amend(world, placed, "90")
    stand(3)
    with pytest.raises(RiskRefused):
        amend(world, placed, "1000000")
    fill(placed, "40", price="102")
    return placed


def amend(world: World, order: Order, quantity: str) -> None:
    order.refresh_from_db()
    services.amend(
        actor=world.trader,
        order_id=order.pk,
        expected_revision=order.terms_revision,
        command=AmendOrder(client_order_id=f"to-{quantity}", quantity=quantity),
    )


def steps(actor: Actor, order: Order) -> list[Step]:
    return steps_of(actor, order, list(trail_of(actor, order)))


def test_each_leaf_is_a_step_with_the_order_after_it(world: World, order: Order) -> None:
    replayed = steps(world.trader, order)

    told = [(step.leaf.action, step.revision and step.revision.version) for step in replayed]
    assert [action for action, _ in told][:2] == ["OrderPlaced", "RunPaused"]
    assert told[1][1] == told[0][1] == 1, "what is done to the work leaves the order as it was"
    for step in replayed:
        if step.leaf.object_type == "order":
            assert step.revision is not None
            assert step.revision.version == step.leaf.revision
            assert step.revision.event == step.leaf.action
    last = replayed[-1].revision
    assert last is not None
    assert (last.cum_quantity, last.order_quantity, last.avg_price) == (40, 90, 102)


def test_the_market_is_that_of_the_step_s_market_time(world: World, order: Order) -> None:
    by_action = {step.leaf.action: step for step in steps(world.trader, order)}

    placed, amended = by_action["OrderPlaced"], by_action["ReplaceRequested"]
    assert placed.market_time == NOON
    assert placed.market is not None and placed.market.bid is None
    assert amended.market_time == NOON + timedelta(minutes=2)
    assert amended.market is not None
    assert (amended.market.last, amended.market.last_at) == (102, NOON + timedelta(minutes=2))
    assert (amended.market.bid, amended.market.ask) == (Decimal("101.9"), Decimal("102.1"))
    refused = by_action["AmendmentRefused"]
    assert refused.market is not None
    assert (refused.market.last, refused.market.bid) == (103, None), "the quote is older than a minute"


def test_the_numbers_that_risk_saw_stand_with_the_step_that_they_were_for(world: World, order: Order) -> None:
    judged = {
        step.leaf.action: [each.decision for each in step.decisions]
        for step in steps(world.trader, order)
        if step.decisions
    }

    assert {action: [each.quantity for each in found] for action, found in judged.items()} == {
        "OrderPlaced": [100],
        "ReplaceRequested": [90],
        "AmendmentRefused": [1_000_000],
    }
    assert not judged["AmendmentRefused"][0].is_admitted


def test_who_may_not_see_a_limit_sees_no_number_of_it(world: World, order: Order) -> None:
    looker = person("looker", world.desk, (VIEW_ORDERS, VIEW_AUDIT))

    findings = [
        each for step in steps(looker, order) for kept in step.decisions for each in kept.decision.findings
    ]
    assert findings
    assert all(each.limit is None and each.used is None for each in findings)


def test_pages_of_the_api_are_the_same_steps(world: World, order: Order) -> None:
    whole = get(world.trader, order).json()["items"]
    paged, query = [], {"limit": "1"}
    while True:
        page = get(world.trader, order, **query).json()
        paged += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]

    assert paged == whole
    assert len(whole) == len(trail_of(world.trader, order))
    first, last = whole[0], whole[-1]
    assert first["state"]["status"] == "new"
    assert first["decisions"][0]["quantity"] == "100"
    assert last["state"] == {
        "version": last["leaf"]["revision"],
        "status": "partially_filled",
        "quantity": "90",
        "filled_quantity": "40",
        "leaves_quantity": "50",
        "filled_avg_price": "102",
    }
    assert (last["market_time"], last["market"]["last"]) == ("2013-10-04T16:00:00Z", "100"), (
        "when the venue filled"
    )


def test_a_replay_takes_the_same_queries_however_long_it_is(
    world: World, order: Order, django_assert_num_queries: Any
) -> None:
    leaves = list(trail_of(world.trader, order))
    for shown in (leaves[:1], leaves):
        with django_assert_num_queries(7):
            steps_of(world.trader, order, shown)
    assert steps_of(world.trader, order, []) == []


def test_a_hidden_order_s_replay_is_as_absent_as_one_of_no_order_and_takes_the_right_to_audit(
    world: World, order: Order
) -> None:
    hidden, absent = get(world.stranger, order), get(world.stranger, Order(pk=new_id()))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["detail"] == absent.json()["detail"]
    assert get(person("looker", world.desk, (VIEW_ORDERS,)), order).status_code == 403


def test_a_forged_leaf_is_a_step_that_tells_nothing(world: World, order: Order) -> None:
    for body in (
        "<script>alert(1)</script>",
        '{"market_time": "2024-03-08T14:30:00"}',
        '{"market_time": 7}',
        "[]",
    ):
        forge(object_type="order", object_id=str(order.pk), revision=99, actor="process:forger", body=body)
    forged = steps(world.trader, order)[-4:]

    assert [(step.revision, step.market, step.market_time) for step in forged] == [(None, None, None)] * 4
    assert "<script>" not in REPLAY.render(world.trader, order)


def test_the_tab_shows_every_step_with_its_mark_in_the_chart(world: World, order: Order) -> None:
    shown = REPLAY.render(world.trader, order)

    number = len(trail_of(world.trader, order))
    assert shown.count("data-number=") == shown.count("data-mark=") == number
    assert f"Step {number}: ExecutionApplied" in shown
    assert "Not judged anew: the numbers are those of step 1." in shown
    assert "102.00 for" not in shown
    assert "Price collar" in shown or "price collar" in shown


def test_without_loaded_minutes_the_tab_says_so(world: World) -> None:
    stand(60 * 24 * 40)
    order = world.place(client_order_id="later")

    assert "No minutes of the market are drawn" in REPLAY.render(world.trader, order)


def test_an_instrument_without_data_has_no_market(world: World) -> None:
    assert market_at(instrument_id=new_id(), moments=[NOON, NOON]) == {NOON: (None,) * 7}


def get(asker: Actor, order: Order, /, **query: str) -> Any:
    client = APIClient()
    client.force_authenticate(User.objects.get(pk=asker.user_id), EVERYTHING)
    return client.get(f"/api/v1/orders/{order.pk}/replay", query)
