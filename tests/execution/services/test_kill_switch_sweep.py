"""A kill switch, the desk that works by hand, and a sweep whose course is disturbed."""

from decimal import Decimal

import psycopg
import pytest
from django.db import connection

from execution import tasks
from execution.models import Run
from execution.services.claim import claim_due
from execution.services.renew_run import renew_run
from execution.services.stop_run import close_run, settle_stopped
from execution.tasks import EXECUTION, KILL_SWITCH
from orders import services
from orders.commands import AmendOrder, AnswerOrder, CancelOrder
from orders.errors import RiskRefused
from orders.kernel.context import Actor
from orders.models import KillSwitch, OrderRequest, User
from orders.permissions import ENGAGE_KILL_SWITCH, VIEW_ORDERS, WORK_ORDERS
from orders.risk.kill_switch_evidence import asked_by, evidence_of
from orders.selectors import executions_of, market_now
from orders.services import sweep
from tests.conftest import CommittedDatabase
from tests.execution.replay import Replay, fresh
from tests.execution.services.stopping import FAR, engage, swept
from tests.world import World, person


@pytest.fixture
def desk(world: World) -> Actor:
    return person("desk.worker", world.desk, (VIEW_ORDERS, WORK_ORDERS))


def test_the_desk_neither_accepts_nor_follows_an_amendment_and_still_fills(
    world: World, replay: Replay, officer: Actor, desk: Actor
) -> None:
    waits, works = (world.place(algorithm={"name": "manual"}) for _ in range(2))
    services.accept_order(actor=desk, order_id=works.pk)
    amended = AmendOrder.model_validate({"quantity": "50"})
    services.amend(
        actor=world.trader, order_id=works.pk, command=amended, expected_revision=works.terms_revision
    )
    engage(officer, "desk", world.desk)

    for ask in (
        lambda: services.accept_order(actor=desk, order_id=waits.pk),
        lambda: services.confirm_request(actor=desk, order_id=works.pk),
    ):
        with pytest.raises(RiskRefused) as refused:
            ask()
        assert refused.value.code == "RISK_KILL_SWITCH"
    assert fresh(waits).status == "pending_new"
    assert fresh(works).quantity == Decimal(100)


def test_an_order_that_is_done_for_the_day_is_not_renewed_while_it_is_stopped(
    world: World, replay: Replay, officer: Actor
) -> None:
    order = replay.work(world.place(limit_price=FAR, time_in_force="gtc"))
    replay.pass_minutes(400)
    run = Run.objects.get()
    close_run(actor=EXECUTION, order_id=order.pk, market_time=market_now())
    replay.resolve()
    replay.listen()
    assert fresh(order).status == "done_for_day"
    run.refresh_from_db()
    assert run.renews_at is not None
    switch = engage(officer, "desk", world.desk)

    renew_run(actor=EXECUTION, order_id=order.pk, market_time=run.renews_at)

    assert fresh(order).status == "done_for_day"
    assert swept(switch) == 1
    assert fresh(order).status == "canceled"


def test_an_order_that_ended_or_was_asked_meanwhile_is_passed_over(
    world: World, replay: Replay, officer: Actor
) -> None:
    ended, asked = (world.place(limit_price=FAR) for _ in range(2))
    asked = replay.work(asked)
    switch = engage(officer, "desk", world.desk)
    services.cancel(actor=world.trader, order_id=ended.pk, command=CancelOrder())
    services.cancel(actor=world.trader, order_id=asked.pk, command=CancelOrder())

    for order in (ended, asked):
        assert not sweep.ask_one(actor=KILL_SWITCH, kill_switch_id=switch.pk, order_id=order.pk)


def test_a_sweep_that_leaves_something_does_not_call_itself_done(
    world: World, replay: Replay, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay.work(world.place(limit_price=FAR))
    switch = engage(officer, "desk", world.desk)
    with monkeypatch.context() as patch:
        patch.setattr(sweep, "ask_batch", lambda **_: 0)
        patch.setattr(sweep, "ask_one", lambda **_: False)
        swept(switch)

    switch.refresh_from_db()
    assert switch.swept_at is None
    swept(switch)
    switch.refresh_from_db()
    assert switch.swept_at is not None


def test_a_mass_cancel_that_is_not_answered_is_asked_one_by_one(
    world: World, replay: Replay, officer: Actor
) -> None:
    orders = [replay.work(world.place(limit_price=FAR, quantity="1")) for _ in range(2)]
    swept(engage(officer, "desk", world.desk))
    replay.lost = "answer"
    assert replay.resolve() == 2
    replay.lost = ""

    assert replay.resolve() == 0, "their lease is not over"
    assert replay.resolve(lease_over=True) == 2
    replay.listen()

    assert {fresh(order).status for order in orders} == {"canceled"}


def test_a_mass_cancel_that_did_not_reach_the_venue_goes_out_when_it_is_back(
    world: World, replay: Replay, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [replay.work(world.place(limit_price=FAR, quantity="1")) for _ in range(3)]
    swept(engage(officer, "desk", world.desk))
    monkeypatch.setattr(replay, "cancel_order", None)
    replay.lost = "call"
    assert replay.resolve() == 3
    replay.lost = ""

    assert replay.resolve(lease_over=True) == 3
    replay.listen()

    assert {fresh(order).status for order in orders} == {"canceled"}


def test_a_mass_cancel_settles_what_is_too_late_and_what_never_came(
    world: World, replay: Replay, officer: Actor
) -> None:
    filled = replay.work(world.place(type="market", limit_price=None))
    live = replay.work(world.place(limit_price=FAR))
    unsent = world.place()
    replay.plan(unsent)
    claim_due(market_time=market_now(), answering=["SIM"])
    replay.pass_minutes(2)
    swept(engage(officer, "desk", world.desk))

    assert replay.resolve() == 3
    replay.listen()

    assert [fresh(order).status for order in (filled, live, unsent)] == ["filled", "canceled", "canceled"]


def test_the_tasks_sweep_and_settle(world: World, replay: Replay, officer: Actor) -> None:
    order = world.place()
    engage(officer, "desk", world.desk)

    tasks.sweep_kill_switches()
    assert fresh(order).status == "pending_cancel"
    tasks.settle_stopped_runs()

    assert fresh(order).status == "canceled"


def test_a_stopped_order_that_somebody_holds_keeps_no_other_from_being_settled(
    committed_world: World, committed_database: CommittedDatabase
) -> None:
    world = committed_world
    officer = person("officer", world.firm, (VIEW_ORDERS, ENGAGE_KILL_SWITCH))
    held, other = (world.place(limit_price=FAR) for _ in range(2))
    switch = engage(officer, "desk", world.desk)
    assert services.ask_batch(actor=KILL_SWITCH, kill_switch_id=switch.pk) == 2
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")

    with committed_database.as_application() as holder, holder.transaction():
        holder.execute("SELECT FROM orders_order WHERE id = %s FOR UPDATE", [held.pk])
        tasks.settle_stopped_runs()
        assert [fresh(order).status for order in (held, other)] == ["pending_cancel", "canceled"]

    tasks.settle_stopped_runs()
    assert fresh(held).status == "canceled"


def test_settling_a_run_that_was_not_stopped_changes_nothing(world: World, replay: Replay) -> None:
    order = replay.work(world.place(limit_price=FAR))

    settle_stopped(actor=EXECUTION, order_id=order.pk)

    assert fresh(order).status == "new"


def test_an_order_that_somebody_holds_keeps_up_no_other(
    committed_world: World, committed_database: CommittedDatabase
) -> None:
    world = committed_world
    officer = person("officer", world.firm, (VIEW_ORDERS, ENGAGE_KILL_SWITCH))
    held, other = (world.place(algorithm={"name": "manual"}) for _ in range(2))
    switch = engage(officer, "desk", world.desk)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")

    with committed_database.as_application() as holder, holder.transaction():
        holder.execute("SELECT FROM orders_order WHERE id = %s FOR UPDATE", [held.pk])
        assert swept(switch) == 1
        assert OrderRequest.objects.get().order_id == other.pk
        assert KillSwitch.objects.get().swept_at is None

    assert swept(switch) == 1
    assert KillSwitch.objects.get().swept_at is not None


def test_a_switch_that_somebody_holds_keeps_no_other_from_being_swept(
    committed_world: World, committed_database: CommittedDatabase
) -> None:
    world = committed_world
    officer = person("officer", world.firm, (VIEW_ORDERS, ENGAGE_KILL_SWITCH))
    order = world.place(limit_price=FAR)
    held, other = (engage(officer, "desk", desk) for desk in (world.other_desk, world.desk))
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")

    with committed_database.as_application() as holder, holder.transaction():
        holder.execute("SELECT FROM orders_killswitch WHERE id = %s FOR UPDATE", [held.pk])
        tasks.sweep_kill_switches()

    assert OrderRequest.objects.get().order_id == order.pk
    assert list(KillSwitch.objects.exclude(swept_at=None)) == [other]


def test_the_orders_of_a_batch_that_fails_are_asked_one_by_one(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    officer = person("officer", world.firm, (VIEW_ORDERS, ENGAGE_KILL_SWITCH))
    orders = [world.place(limit_price=FAR) for _ in range(2)]
    switch = engage(officer, "desk", world.desk)

    def fail(*_: object) -> None:
        raise RuntimeError("more slices than a statement may take time for")

    monkeypatch.setattr(sweep, "_write_down", fail)

    assert swept(switch) == 2
    assert {fresh(order).status for order in orders} == {"canceled"}
    assert KillSwitch.objects.get().swept_at is not None


@pytest.mark.parametrize(
    "hold",
    [
        pytest.param("SELECT engaged FROM orders_killswitchgate FOR SHARE", id="who passes it"),
        pytest.param("LOCK TABLE orders_killswitchgate IN EXCLUSIVE MODE", id="who closes it"),
    ],
)
def test_whoever_is_stuck_with_the_gate_is_put_out_with_nothing_committed(
    committed_world: World, committed_database: CommittedDatabase, hold: str
) -> None:
    world = committed_world
    officer = person("officer", world.firm, (VIEW_ORDERS, ENGAGE_KILL_SWITCH))
    stuck = committed_database.as_application()
    stuck.execute("BEGIN")
    stuck.execute(hold)

    engage(officer, "desk", world.desk)

    assert world.place().denial_code == "RISK_KILL_SWITCH"
    with pytest.raises(psycopg.OperationalError):
        stuck.execute("COMMIT")


def test_an_order_that_is_asked_twice_is_one_order_of_the_evidence(
    world: World, replay: Replay, officer: Actor
) -> None:
    order = world.place(algorithm={"name": "manual"})
    switch = engage(officer, "desk", world.desk)
    assert swept(switch) == 1
    services.desk.reject_request(actor=KILL_SWITCH, order_id=order.pk)
    assert swept(switch) == 1, "what the desk refused is asked again"
    assert OrderRequest.objects.count() == 2

    found = evidence_of(officer, switch)
    assert (found.requested, found.still_open) == (1, 1)
    services.desk.confirm_request(actor=KILL_SWITCH, order_id=order.pk)

    found = evidence_of(officer, switch)
    assert (found.requested, found.confirmed, found.filled, found.still_open) == (1, 1, 0, 0)
    assert [row.order_id for row in asked_by(officer, switch)] == [order.pk]


def test_an_order_that_a_bust_opened_again_has_not_ended_until_it_ends_again(
    world: World, replay: Replay, officer: Actor
) -> None:
    order = replay.work(world.place(type="market", limit_price=None))
    switch = engage(officer, "desk", world.desk)
    replay.pass_minutes(2)
    swept(switch)
    replay.resolve()
    replay.listen()
    [filled] = asked_by(officer, switch)
    assert (filled.outcome, filled.filled_meanwhile) == ("filled", Decimal(100))
    assert filled.ended_at is not None

    [execution] = executions_of(order)
    services.bust_execution(actor=EXECUTION, execution_id=execution.pk, report_id="bust", reason="erroneous")
    [reopened] = asked_by(officer, switch)
    assert (reopened.outcome, reopened.filled_meanwhile, reopened.ended_at) == ("open", Decimal(0), None)

    assert swept(switch) == 1
    [ended] = asked_by(officer, switch)
    assert (ended.order.status, ended.outcome) == ("canceled", "confirmed")
    assert ended.ended_at > filled.ended_at


@pytest.mark.parametrize(
    "answer",
    [
        {"answer": "accept"},
        {"answer": "confirm_request"},
        {"answer": "restate", "quantity": "100", "restatement_reason": "renewal"},
        {"answer": "stop", "quantity": "100"},
        {"answer": "trigger"},
    ],
)
def test_the_desk_takes_nothing_on_of_what_is_stopped(
    world: World, replay: Replay, officer: Actor, answer: dict[str, str]
) -> None:
    order = world.place(algorithm={"name": "manual"})
    if answer["answer"] != "accept":
        services.desk.accept_order(actor=KILL_SWITCH, order_id=order.pk)
    if answer["answer"] == "confirm_request":
        services.amend(
            actor=world.trader, order_id=order.pk, command=AmendOrder(quantity="500"), expected_revision=1
        )
    if answer["answer"] == "restate":
        services.desk.done_for_day(actor=KILL_SWITCH, order_id=order.pk)
    dealer = person("dealer", world.desk, (VIEW_ORDERS, WORK_ORDERS))
    engage(officer, "desk", world.desk)

    with pytest.raises(RiskRefused) as refused:
        services.answer_order(actor=dealer, order_id=order.pk, command=AnswerOrder.model_validate(answer))

    assert refused.value.code == "RISK_KILL_SWITCH"


def test_a_stopped_dealer_takes_nothing_on_for_another_trader(
    world: World, replay: Replay, officer: Actor
) -> None:
    order = world.place(algorithm={"name": "manual"})
    services.desk.accept_order(actor=KILL_SWITCH, order_id=order.pk)
    dealer = person("dealer", world.desk, (VIEW_ORDERS, WORK_ORDERS))
    engage(officer, "trader", User.objects.get(pk=dealer.user_id))
    more = AnswerOrder.model_validate({"answer": "restate", "quantity": "500"})

    with pytest.raises(RiskRefused) as refused:
        services.answer_order(actor=dealer, order_id=order.pk, command=more)

    assert refused.value.code == "RISK_KILL_SWITCH"
    assert fresh(order).quantity == Decimal(100)
