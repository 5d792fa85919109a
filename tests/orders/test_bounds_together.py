"""A limit or a state that changes while an order is judged: the order has committed before it, or is judged by it.

Sessions of their own on real PostgreSQL as the application's role.
"""

import contextlib
import multiprocessing
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from importlib import import_module
from multiprocessing.synchronize import Barrier

import pytest

from compliance.commands import ProposeLimitEnd
from compliance.models import Approval
from compliance.services.approvals import approve
from compliance.services.limit_changes import propose_limit_end
from orders import services
from orders.commands import AmendOrder
from orders.errors import OrderNotOpen, RiskRefused
from orders.kernel.context import Actor
from orders.limit_kinds import LimitKind
from orders.models import Limit, Order, User
from orders.permissions import CHANGE_STATES, PROPOSE_LIMITS, VIEW_LIMITS, VIEW_ORDERS
from orders.verification import Difference, verify_orders
from tests.compliance.proposals import propose_new, propose_value
from tests.orders.held_up import PATIENCE_S, HeldUp, await_waiting, sessions
from tests.orders.test_concurrency import run_processes
from tests.orders.test_same_ids_together import deadlocks
from tests.world import SETUP, World, person

Change = Callable[[], object]
Changing = Callable[[World], Change]
FORK = multiprocessing.get_context("fork")

# The package exports a function of this name.
placing = import_module("orders.services.place")


def limit_of(world: World, kind: LimitKind) -> Limit:
    return Limit.objects.get(account=world.account, kind=kind)


def agreed(world: World, approval: Approval) -> Change:
    return lambda: approve(actor=world.risk_officer, approval_id=approval.pk, reason="agreed")


def lowered(world: World) -> Change:
    limit = limit_of(world, LimitKind.POSITION_QUANTITY)
    return agreed(world, propose_value(actor=world.head, limit_id=limit.pk, value="50", reason="less of it"))


def set_anew(world: World) -> Change:
    return agreed(world, propose_new(world.head, account="ALPHA", kind=LimitKind.GROSS_NOTIONAL, value="50"))


def ended(world: World) -> Change:
    limit, command = limit_of(world, LimitKind.ORDER_QUANTITY), ProposeLimitEnd(reason="no longer")
    return agreed(world, propose_limit_end(actor=world.head, limit_id=limit.pk, command=command))


def registered(world: World) -> Change:
    terms = {"holder": world.account, "kind": LimitKind.GROSS_NOTIONAL, "value": Decimal(50)}
    return lambda: services.register_limit(actor=SETUP, **terms)


def halted(world: World) -> Change:
    officer = person("officer", world.firm, (VIEW_ORDERS, CHANGE_STATES))
    return lambda: services.set_instrument_state(actor=officer, symbol="SPY", state="halted", reason="news")


def closed(world: World) -> Change:
    officer = person("officer", world.firm, (VIEW_ORDERS, CHANGE_STATES))
    return lambda: services.set_market_state(actor=officer, mic="ARCX", state="halted", reason="news")


def suspended(world: World) -> Change:
    officer = person("officer", world.firm, (VIEW_ORDERS, CHANGE_STATES))
    return lambda: services.set_account_state(actor=officer, code="ALPHA", state="suspended", reason="news")


LIMITS, REFERENCE, STATES = (
    ("orders.services.limits", "publish"),
    ("orders.services.reference", "publish"),
    ("orders.services.trading_states", "publish"),
)
CHANGES = pytest.mark.parametrize(
    ("changing", "written", "code"),
    [
        (lowered, LIMITS, "RISK_POSITION_LIMIT"),
        (set_anew, LIMITS, "RISK_GROSS_LIMIT"),
        (ended, LIMITS, "RISK_LIMIT_MISSING"),
        (registered, REFERENCE, "RISK_GROSS_LIMIT"),
        (halted, STATES, "RISK_INSTRUMENT_HALTED"),
        (closed, STATES, "RISK_MARKET_HALTED"),
        (suspended, STATES, "RISK_ACCOUNT_SUSPENDED"),
    ],
    ids=["lowered", "set", "ended", "registered", "halted", "closed", "suspended"],
)
"""What is changed, what the change does after it was written and before it commits, and what refuses from then on."""


@CHANGES
def test_a_change_waits_until_who_was_judged_without_it_has_committed(
    committed_world: World,
    monkeypatch: pytest.MonkeyPatch,
    changing: Changing,
    written: tuple[str, str],
    code: str,
) -> None:
    world, change = committed_world, changing(committed_world)
    judged = HeldUp(placing.judge_exposure)
    monkeypatch.setattr(placing, "judge_exposure", judged)

    with sessions(2) as start:
        placed = start(world.place)
        assert judged.reached.wait(PATIENCE_S)
        changed = start(change)
        await_waiting()
        judged.let_go.set()
        assert placed.result(PATIENCE_S).denial_code == ""
        changed.result(PATIENCE_S)

    assert world.place().denial_code == code


@CHANGES
def test_who_comes_while_it_is_changed_is_judged_by_the_change(
    committed_world: World,
    monkeypatch: pytest.MonkeyPatch,
    changing: Changing,
    written: tuple[str, str],
    code: str,
) -> None:
    world, change = committed_world, changing(committed_world)
    is_written = held_up(monkeypatch, written)

    with sessions(2) as start:
        changed = start(change)
        assert is_written.reached.wait(PATIENCE_S)
        placed = start(world.place)
        await_waiting()
        is_written.let_go.set()
        changed.result(PATIENCE_S)
        assert placed.result(PATIENCE_S).denial_code == code


@CHANGES
def test_new_terms_that_come_while_it_is_changed_are_judged_by_the_change(
    committed_world: World,
    monkeypatch: pytest.MonkeyPatch,
    changing: Changing,
    written: tuple[str, str],
    code: str,
) -> None:
    world, order, change = committed_world, committed_world.place(), changing(committed_world)
    is_written = held_up(monkeypatch, written)

    with sessions(2) as start:
        changed = start(change)
        assert is_written.reached.wait(PATIENCE_S)
        amended = start(lambda: amend_to(world, order, "120"))
        await_waiting()
        is_written.let_go.set()
        changed.result(PATIENCE_S)
        with pytest.raises(RiskRefused) as refused:
            amended.result(PATIENCE_S)
    assert refused.value.code == code


def amend_to(world: World, order: Order, quantity: str) -> Order:
    command = AmendOrder.model_validate({"quantity": quantity})
    return services.amend(actor=world.trader, order_id=order.pk, command=command, expected_revision=1)


def held_up(monkeypatch: pytest.MonkeyPatch, name: tuple[str, str]) -> HeldUp:
    module = import_module(name[0])
    held = HeldUp(getattr(module, name[1]))
    monkeypatch.setattr(module, name[1], held)
    return held


ORDERS_EACH, CHANGES_EACH = 40, 12


def place_often(world: World, name: str, start: Barrier) -> None:
    start.wait(PATIENCE_S)
    for number in range(ORDERS_EACH):
        order = world.place(client_order_id=f"{name}-{number}", quantity="1")
        with contextlib.suppress(RiskRefused, OrderNotOpen):
            amend_to(world, order, "2")


def change_often(world: World, limit: Limit, officer: Actor, start: Barrier) -> None:
    start.wait(PATIENCE_S)
    for number in range(CHANGES_EACH):
        value = str(10_000 + number)
        agreed(world, propose_value(actor=officer, limit_id=limit.pk, value=value, reason="more"))()


def halt_often(world: World, officer: Actor, start: Barrier) -> None:
    start.wait(PATIENCE_S)
    for number in range(CHANGES_EACH):
        state = "active" if number % 2 else "halted"
        services.set_instrument_state(actor=officer, symbol="SPY", state=state, reason="news")


def test_orders_amendments_limits_and_halts_at_once_end_nobody(committed_world: World) -> None:
    world = committed_world
    officer = person("officer", world.firm, (VIEW_ORDERS, CHANGE_STATES, VIEW_LIMITS, PROPOSE_LIMITS))
    # A limit whose own row is locked by every order that it counts.
    trader = User.objects.get(pk=world.trader.user_id)
    limit = services.register_limit(
        actor=SETUP, holder=trader, kind=LimitKind.ORDERS_PER_MINUTE, value=Decimal(1_000)
    )
    start = FORK.Barrier(4)
    before = deadlocks()

    run_processes(
        [
            partial(place_often, world, "one", start),
            partial(place_often, world, "other", start),
            partial(change_often, world, limit, officer, start),
            partial(halt_often, world, officer, start),
        ]
    )

    assert deadlocks() == before
    limit.refresh_from_db()
    assert limit.version == 1 + CHANGES_EACH
    assert Order.objects.count() == 2 * ORDERS_EACH
    assert {order.denial_code for order in Order.objects.all()} <= {"", "RISK_INSTRUMENT_HALTED"}
    differences: list[Difference] = []
    assert verify_orders(progress=lambda *_: None, report=differences.append) == 0, differences
