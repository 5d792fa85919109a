"""A limit or a state that changes while an order is judged: the order has committed before it, or is judged by it.

Sessions of their own on real PostgreSQL as the application's role.
"""

from collections.abc import Callable
from decimal import Decimal
from importlib import import_module

import pytest

from compliance.commands import ProposeLimitEnd
from compliance.models import Approval
from compliance.services.approvals import approve
from compliance.services.limit_changes import propose_limit_end
from orders import services
from orders.commands import AmendOrder
from orders.errors import RiskRefused
from orders.limit_kinds import LimitKind
from orders.models import Limit
from orders.permissions import CHANGE_STATES, VIEW_ORDERS
from tests.compliance.proposals import propose_new, propose_value
from tests.orders.held_up import PATIENCE_S, HeldUp, await_waiting, sessions
from tests.world import SETUP, World, person

Change = Callable[[], object]
Changing = Callable[[World], Change]

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
    more = AmendOrder.model_validate({"quantity": "120"})

    with sessions(2) as start:
        changed = start(change)
        assert is_written.reached.wait(PATIENCE_S)
        amended = start(
            lambda: services.amend(actor=world.trader, order_id=order.pk, command=more, expected_revision=1)
        )
        await_waiting()
        is_written.let_go.set()
        changed.result(PATIENCE_S)
        with pytest.raises(RiskRefused) as refused:
            amended.result(PATIENCE_S)
    assert refused.value.code == code


def held_up(monkeypatch: pytest.MonkeyPatch, name: tuple[str, str]) -> HeldUp:
    module = import_module(name[0])
    held = HeldUp(getattr(module, name[1]))
    monkeypatch.setattr(module, name[1], held)
    return held
