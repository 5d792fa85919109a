"""Instruments, markets and accounts are halted and resumed at once, by name and with a reason."""

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from compliance.models import Leaf
from orders.errors import AccountNotFound, InstrumentNotFound, MarketNotFound, StateUnchanged
from orders.kernel.context import Actor
from orders.kernel.errors import InvalidInput, NotPermitted
from orders.models import TradingStateChange
from orders.permissions import CHANGE_STATES, VIEW_ORDERS
from orders.services import set_account_state, set_instrument_state, set_market_state
from tests.world import World, person

Change = Callable[[Actor, str], TradingStateChange]


def instrument(actor: Actor, state: str) -> TradingStateChange:
    return set_instrument_state(actor=actor, symbol="SPY", state=state, reason="news pending")


def market(actor: Actor, state: str) -> TradingStateChange:
    return set_market_state(actor=actor, mic="ARCX", state=state, reason="news pending")


def account(actor: Actor, state: str) -> TradingStateChange:
    return set_account_state(actor=actor, code="ALPHA", state=state, reason="news pending")


EACH = pytest.mark.parametrize(
    ("change", "stopped", "code"),
    [
        (instrument, "halted", "RISK_INSTRUMENT_HALTED"),
        (market, "halted", "RISK_MARKET_HALTED"),
        (account, "suspended", "RISK_ACCOUNT_SUSPENDED"),
    ],
)


@pytest.fixture
def officer(world: World) -> Actor:
    return person("officer", world.firm, (VIEW_ORDERS, CHANGE_STATES))


@EACH
def test_what_is_stopped_is_refused_until_it_is_resumed(
    world: World, officer: Actor, change: Change, stopped: str, code: str
) -> None:
    change(officer, stopped)
    assert world.place().denial_code == code

    change(officer, "active")
    assert world.place().status == "new"


@EACH
def test_who_when_and_why_is_kept(
    world: World, officer: Actor, change: Change, stopped: str, code: str
) -> None:
    kept = change(officer, stopped)

    assert (kept.before, kept.after, kept.changed_by_id) == ("active", stopped, officer.user_id)
    assert kept.reason == "news pending"
    leaf = Leaf.events.get(object_id=str(kept.pk))
    assert (leaf.action, leaf.actor) == ("TradingStateChanged", officer.reference)


@EACH
def test_a_state_that_it_has_or_that_there_is_not_is_told(
    world: World, officer: Actor, change: Change, stopped: str, code: str
) -> None:
    with pytest.raises(StateUnchanged):
        change(officer, "active")
    with pytest.raises(InvalidInput):
        change(officer, "asleep")
    with pytest.raises(ValidationError):
        change(officer, "No State!")


def test_stopping_what_concerns_everybody_takes_the_right_everywhere(world: World) -> None:
    on_desk = person("second", world.desk, (VIEW_ORDERS, CHANGE_STATES))
    for change in (instrument, market):
        with pytest.raises(NotPermitted):
            change(on_desk, "halted")
    assert account(on_desk, "suspended").after == "suspended"
    with pytest.raises(NotPermitted):
        account(world.trader, "active")


def test_hidden_and_absent_are_told_alike(world: World, officer: Actor) -> None:
    with pytest.raises(AccountNotFound):
        account(world.stranger, "suspended")
    with pytest.raises(AccountNotFound):
        set_account_state(actor=officer, code="NONE", state="suspended", reason="x")
    with pytest.raises(InstrumentNotFound):
        set_instrument_state(actor=officer, symbol="NONE", state="halted", reason="x")
    with pytest.raises(MarketNotFound):
        set_market_state(actor=officer, mic="NONE", state="halted", reason="x")
    with pytest.raises(InstrumentNotFound):
        instrument(world.nobody, "halted")
