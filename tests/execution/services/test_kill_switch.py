"""What an engaged kill switch does to orders and to what of them is planned, claimed and live."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.models import Leaf
from execution.models import Run, Slice, VenueOrder
from execution.selectors import venue_orders_of
from execution.services.claim import claim_due
from execution.services.stop_run import settle_all_stopped
from execution.services.submit import submit
from execution.services.triggers import evaluate_triggers, fire, look
from execution.tasks import EXECUTION, KILL_SWITCH, WORKER
from orders import services
from orders.commands import AmendOrder, CancelOrder
from orders.errors import RiskRefused
from orders.kernel.context import Actor
from orders.models import Order, OrderRequest, OrderRevision, User
from orders.permissions import AMEND_ORDERS, VIEW_ORDERS
from orders.selectors import market_now
from orders.services import sweep
from tests.execution.replay import Replay, fresh
from tests.execution.services.stopping import FAR, engage, swept
from tests.world import World, person


def test_a_live_order_is_pending_cancel_and_the_venue_confirms(
    world: World, replay: Replay, officer: Actor
) -> None:
    order = replay.work(world.place(limit_price=FAR))

    switch = engage(officer, "desk", world.desk)
    assert swept(switch) == 1
    assert fresh(order).status == "pending_cancel"
    replay.resolve()
    replay.listen()

    assert fresh(order).status == "canceled"
    assert venue_orders_of(order).get().status == "canceled"
    assert OrderRequest.objects.get().kill_switch_id == switch.pk


def test_many_orders_go_out_in_one_mass_cancel(
    world: World, replay: Replay, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [replay.work(world.place(limit_price=FAR, quantity="1")) for _ in range(3)]
    swept(engage(officer, "desk", world.desk))
    monkeypatch.setattr(replay, "cancel_order", None)

    assert replay.resolve() == 3
    replay.listen()

    assert {fresh(order).status for order in orders} == {"canceled"}


def test_no_order_in_scope_is_admitted(world: World, replay: Replay, officer: Actor) -> None:
    engage(officer, "instrument", world.instrument)

    order = world.place()

    assert (order.status, order.denial_code) == ("rejected", "RISK_KILL_SWITCH")
    assert order.denial_detail == "a kill switch is engaged for the order's instrument"


def test_an_amendment_is_refused_and_kept_and_a_cancel_goes(
    world: World, replay: Replay, officer: Actor
) -> None:
    order = replay.work(world.place(limit_price=FAR))
    engage(officer, "account", world.account)

    with pytest.raises(RiskRefused) as refused:
        services.amend(
            actor=world.trader,
            order_id=order.pk,
            command=AmendOrder.model_validate({"quantity": "50"}),
            expected_revision=order.terms_revision,
        )

    assert refused.value.code == "RISK_KILL_SWITCH"
    assert OrderRequest.objects.get().denial_code == "RISK_KILL_SWITCH"


def test_a_stopped_trader_does_not_amend_the_order_of_another(
    world: World, replay: Replay, officer: Actor
) -> None:
    colleague = person("colleague", world.desk, (VIEW_ORDERS, AMEND_ORDERS))
    order = replay.work(world.place(limit_price=FAR))
    engage(officer, "trader", User.objects.get(pk=colleague.user_id))
    more: dict[str, Any] = {"command": AmendOrder(quantity="500"), "expected_revision": order.terms_revision}

    with pytest.raises(RiskRefused) as refused:
        services.amend(actor=colleague, order_id=order.pk, **more)

    assert refused.value.code == "RISK_KILL_SWITCH"
    assert services.amend(actor=world.trader, order_id=order.pk, **more).status == "pending_replace"


@pytest.mark.parametrize(
    ("scope", "target"),
    [
        ("firm", lambda world: world.firm),
        ("desk", lambda world: world.desk),
        ("account", lambda world: world.account),
        ("trader", lambda world: User.objects.get(pk=world.trader.user_id)),
        ("algorithm", lambda world: "direct"),
        ("instrument", lambda world: world.instrument),
    ],
)
def test_each_scope_stops_its_own_orders_and_no_others(
    world: World, replay: Replay, officer: Actor, scope: str, target: Callable[[World], Any]
) -> None:
    mine = replay.work(world.place(limit_price=FAR))
    other = services.place(
        actor=world.stranger,
        command=world.command(account=world.other_account.code, algorithm={"name": "twap"}),
    ).order

    assert swept(engage(officer, scope, target(world))) == (2 if scope in ("firm", "instrument") else 1)

    assert fresh(mine).status == "pending_cancel"
    if scope not in ("firm", "instrument"):
        assert fresh(other).status == "new"


def test_a_run_in_scope_is_not_planned(world: World, replay: Replay, officer: Actor) -> None:
    order = world.place()
    switch = engage(officer, "desk", world.desk)

    assert replay.plan(order).state == "new"
    assert swept(switch) == 1

    assert fresh(order).status == "canceled"
    assert Run.objects.get().state == "done"


def test_a_stop_in_scope_is_not_triggered_and_one_outside_is(
    world: World, replay: Replay, officer: Actor
) -> None:
    stop = {"type": "stop", "side": "sell", "limit_price": None, "stop_price": "150"}
    stopped = world.place(**stop)
    elsewhere = world.command(account=world.other_account.code, **stop)
    other = services.place(actor=world.stranger, command=elsewhere).order
    replay.plan(stopped), replay.plan(other)
    replay.pass_minutes(2)
    _looked_at, hits = look(market_time=market_now())
    switch = engage(officer, "desk", world.desk)

    assert sorted(fire(actor=WORKER, hit=hit) for hit in hits) == [False, True]
    assert evaluate_triggers(actor=WORKER, market_time=market_now()) == 0

    assert [fresh(order).triggered_at is None for order in (stopped, other)] == [True, False]
    assert swept(switch) == 1
    assert fresh(stopped).status == "canceled"


def test_a_due_slice_in_scope_is_not_claimed_and_one_outside_is(
    world: World, replay: Replay, officer: Actor
) -> None:
    stopped = world.place()
    other = services.place(
        actor=world.stranger, command=world.command(account=world.other_account.code)
    ).order
    replay.plan(stopped), replay.plan(other)
    switch = engage(officer, "desk", world.desk)

    assert replay.dispatch() == 1
    assert [row.run.order_id for row in VenueOrder.objects.all()] == [other.pk]
    swept(switch)

    assert fresh(stopped).status == "canceled"
    assert set(Slice.objects.filter(run__order_id=stopped.pk).values_list("state", flat=True)) == {
        "withdrawn"
    }


def test_nobody_lists_all_that_was_ever_in_scope_to_send_what_is_outside(
    world: World, replay: Replay, officer: Actor
) -> None:
    """Years of a desk's orders are as quick as one: each slice and each message looks up its own order."""
    elsewhere = world.command(account=world.other_account.code)
    replay.plan(services.place(actor=world.stranger, command=elsewhere).order)
    engage(officer, "desk", world.desk)

    with CaptureQueriesContext(connection) as queries:
        assert replay.dispatch() == 1

    passing = [each["sql"] for each in queries if world.desk.pk.hex in each["sql"]]
    assert len(passing) == 3, "twice what is due, once what is sent"
    assert not [sql for sql in passing if "IN (SELECT" in sql or "EXISTS(SELECT" not in sql]


def test_what_was_claimed_and_not_sent_is_withheld_and_ends_as_canceled(
    world: World, replay: Replay, officer: Actor
) -> None:
    order = world.place()
    replay.plan(order)
    claimed = claim_due(market_time=market_now(), answering=["SIM"]).venue_orders[0]
    switch = engage(officer, "desk", world.desk)

    assert submit(WORKER, replay, claimed)
    assert replay.record.orders() == []
    swept(switch)
    replay.resolve()

    assert fresh(order).status == "canceled"
    assert venue_orders_of(order).get().reason == "voided"
    assert replay.record.orders() == []


def test_what_the_venue_never_heard_of_is_not_sent_again(
    world: World, replay: Replay, officer: Actor
) -> None:
    order = world.place()
    replay.lost = "request"
    replay.work(order)
    replay.lost = ""
    engage(officer, "desk", world.desk)

    assert replay.resolve(lease_over=True) == 1
    assert replay.record.orders() == []


def test_a_fill_that_comes_after_is_booked(world: World, replay: Replay, officer: Actor) -> None:
    order = replay.work(world.place(type="market", limit_price=None))
    switch = engage(officer, "desk", world.desk)
    replay.pass_minutes(2)  # filled at the venue before the cancel reaches it
    swept(switch)
    replay.resolve()
    replay.listen()

    filled = fresh(order)
    assert (filled.status, filled.filled_quantity) == ("filled", Decimal(100))


def test_an_order_worked_by_hand_is_asked_for_and_the_desk_answers(
    world: World, replay: Replay, officer: Actor
) -> None:
    order = world.place(algorithm={"name": "manual"})

    assert swept(engage(officer, "desk", world.desk)) == 1

    assert fresh(order).status == "pending_new"
    assert OrderRequest.objects.get().state == "received"


def test_a_pending_replace_is_withdrawn(world: World, replay: Replay, officer: Actor) -> None:
    order = replay.work(world.place(limit_price=FAR))
    services.amend(
        actor=world.trader,
        order_id=order.pk,
        command=AmendOrder.model_validate({"quantity": "50"}),
        expected_revision=order.terms_revision,
    )

    assert swept(engage(officer, "desk", world.desk)) == 1

    assert fresh(order).status == "pending_cancel"
    assert set(OrderRequest.objects.values_list("kind", "state")) == {
        ("replace", "rejected"),
        ("cancel", "pending"),
    }


def test_new_terms_do_not_come_into_force_after_the_switch(
    world: World, replay: Replay, officer: Actor
) -> None:
    order = replay.work(world.place(limit_price=FAR))
    more = AmendOrder(quantity="500")
    services.amend(actor=world.trader, order_id=order.pk, command=more, expected_revision=1)
    switch = engage(officer, "desk", world.desk)

    replay.resolve()
    replay.listen()  # the old terms are off the market
    settle_all_stopped(actor=EXECUTION)
    assert (fresh(order).status, fresh(order).quantity) == ("pending_replace", Decimal(100))

    assert swept(switch) == 1
    assert (fresh(order).status, fresh(order).quantity) == ("canceled", Decimal(100))
    assert OrderRequest.objects.get(kind="replace").state == "rejected"


def test_what_is_being_canceled_already_is_not_asked_again(
    world: World, replay: Replay, officer: Actor
) -> None:
    order = replay.work(world.place(limit_price=FAR))
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())

    switch = engage(officer, "desk", world.desk)
    assert swept(switch) == 0

    switch.refresh_from_db()
    assert switch.swept_at is not None
    assert switch.pending_before == 1
    assert OrderRequest.objects.get().kill_switch_id is None


def test_sweeping_again_asks_nobody_twice(world: World, replay: Replay, officer: Actor) -> None:
    replay.work(world.place(limit_price=FAR))
    switch = engage(officer, "desk", world.desk)

    assert (swept(switch), swept(switch)) == (1, 0)
    assert OrderRequest.objects.count() == 1


def trail(order: Order) -> list[Any]:
    """What the cancel left of requests, revisions and leaves, but for ids and times."""
    requests = OrderRequest.objects.filter(order=order)
    revisions = list(OrderRevision.objects.filter(order=order, version__gt=order.version).order_by("version"))
    leaves = Leaf.events.filter(object_id=str(order.pk), revision__gt=order.version).order_by("id")
    own = {str(order.pk), order.client_order_id, *requests.values_list("client_order_id", flat=True)}
    ids = {"id", "order_id", "exec_id", "recorded_at", "_state"}
    rows = [{name: value for name, value in vars(row).items() if name not in ids} for row in revisions]
    bodies = [json.loads(leaf.body) for leaf in leaves]
    return [
        list(requests.values_list("kind", "state", "digest", "kill_switch", "reject_reason", "denial_code")),
        without(rows, own),
        without(bodies, own),
        list(leaves.values_list("object_type", "revision", "action", "actor")),
    ]


def without(value: Any, own: set[str]) -> Any:
    """The value with the ids of the order, the times of recording and which of the two services it was replaced."""
    if isinstance(value, dict):
        dropped = ("recorded_at", "correlation_id", "service")
        return {k: without(v, own) for k, v in value.items() if k not in dropped}
    if isinstance(value, list):
        return [without(each, own) for each in value]
    return "own" if isinstance(value, str) and value in own else value


def test_a_batch_leaves_what_canceling_one_by_one_leaves(
    world: World, replay: Replay, officer: Actor
) -> None:
    """The fast way and the naive one, held equal: rows, revisions and leaf bodies but for ids and times."""
    naive, fast = two_of_each(world, replay)
    naive, fast = [fresh(order) for order in naive], [fresh(order) for order in fast]
    switch = engage(officer, "desk", world.desk)

    for order in naive:
        assert sweep.ask_one(actor=KILL_SWITCH, kill_switch_id=switch.pk, order_id=order.pk)
    assert sweep.ask_batch(actor=KILL_SWITCH, kill_switch_id=switch.pk) == len(fast)
    settle_all_stopped(actor=EXECUTION)

    for one, other in zip(naive, fast, strict=True):
        assert trail(one)[2], "there is something to compare"
        assert trail(other) == trail(one)
        assert state(other) == state(one)


def two_of_each(world: World, replay: Replay) -> tuple[list[Order], list[Order]]:
    """Twice one of each kind that a batch takes: live, partly filled, unplanned, planned, waiting, claimed."""
    twap = {"name": "twap", "parameters": {"slices": 10, "duration_minutes": 60}}
    later = {"name": "twap", "parameters": {"start": "2013-10-07T15:00:00Z"}}

    def two(**terms: Any) -> tuple[Order, Order]:
        return world.place(**terms), world.place(**terms)

    live = two(limit_price=FAR)
    partly = two(quantity="1000", type="market", limit_price=None, algorithm=twap)
    for order in (*live, *partly):
        replay.plan(order)
    replay.dispatch()
    replay.pass_minutes(2)
    replay.listen()
    assert 0 < fresh(partly[0]).filled_quantity == fresh(partly[1]).filled_quantity
    unplanned, planned = two(limit_price=FAR, quantity="10"), two(algorithm=later)
    waiting = two(type="stop", stop_price="102", limit_price=None)
    claimed = two(quantity="7")
    for order in (*planned, *waiting, *claimed):
        replay.plan(order)
    assert len(claim_due(market_time=market_now(), answering=["SIM"]).venue_orders) >= len(claimed)
    pairs = (live, partly, unplanned, planned, waiting, claimed)
    return [one for one, _other in pairs], [other for _one, other in pairs]


def state(order: Order) -> list[Any]:
    """How the order and the work on it stand."""
    columns = ("status", "base_status", "version", "quantity", "filled_quantity", "reserved_quantity")
    now = fresh(order)
    run = Run.objects.get(order_id=order.pk)
    slices = Slice.objects.filter(run=run).order_by("number").values_list("number", "state", "quantity")
    venue_orders = venue_orders_of(order).values_list(
        "status", "attempts", "version", "dead_lettered_at", "filled_quantity", "reason"
    )
    asked = [row.cancel_requested_at == row.next_attempt_at for row in venue_orders_of(order)]
    stored = [getattr(now, name) for name in columns]
    return [stored, run.state, run.version, run.plan, list(slices), list(venue_orders), asked]
