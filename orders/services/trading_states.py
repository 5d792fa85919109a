"""Halt and resume what is traded, where and for whom: at once, by a named person, with a reason that is kept."""

from enum import StrEnum
from typing import Any

from orders import authority
from orders.authority import Scope
from orders.commands import ChangeState
from orders.errors import AccountNotFound, InstrumentNotFound, MarketNotFound, StateUnchanged
from orders.events import TradingStateChanged
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import InvalidInput
from orders.kernel.transactions import service, step
from orders.models import TradingStateChange
from orders.models.organisation import AccountState
from orders.models.reference import InstrumentState, MarketState
from orders.permissions import CHANGE_STATES
from orders.risk.kill_switch import close_gate
from orders.selectors import accounts_for, instruments_for, market_now, markets_for


@service
def set_instrument_state(*, actor: Actor, symbol: str, state: str, reason: str) -> TradingStateChange:
    """Halt an instrument (`halted`) or let it be traded again (`active`): the next order meets the new state.

    Raises pydantic.ValidationError, InvalidInput for a state that there is not, InstrumentNotFound, NotPermitted
    without change_states on every account, and StateUnchanged.
    """
    found = instruments_for(actor).filter(symbol=symbol).first()
    if found is None:
        raise InstrumentNotFound(f"there is no instrument {symbol} for you")
    return _changed(actor, found, None, InstrumentState, ChangeState(state=state, reason=reason))


@service
def set_market_state(*, actor: Actor, mic: str, state: str, reason: str) -> TradingStateChange:
    """Take no more orders for a market, or take them again. As `set_instrument_state`, raises MarketNotFound."""
    found = markets_for(actor).filter(mic=mic).first()
    if found is None:
        raise MarketNotFound(f"there is no market {mic} for you")
    return _changed(actor, found, None, MarketState, ChangeState(state=state, reason=reason))


@service
def set_account_state(*, actor: Actor, code: str, state: str, reason: str) -> TradingStateChange:
    """Suspend an account (`suspended`) or let it trade again (`active`).

    As `set_instrument_state`, but for change_states on the account only; raises AccountNotFound.
    """
    found = accounts_for(actor).filter(code=code).first()
    if found is None:
        raise AccountNotFound(f"there is no account {code} for you")
    return _changed(actor, found, found, AccountState, ChangeState(state=state, reason=reason))


@step
def _changed(
    actor: Actor, found: Any, scope: Scope | None, states: type[StrEnum], command: ChangeState
) -> TradingStateChange:
    authority.require_on(actor, CHANGE_STATES, scope)
    if command.state not in list(states):
        known = ", ".join(states)
        raise InvalidInput(
            "there is no such state", errors=[{"pointer": "/state", "detail": f"one of: {known}"}]
        )
    close_gate()
    row = type(found).objects.select_for_update(of=("self",)).get(pk=found.pk)
    if row.state == command.state:
        raise StateUnchanged(f"{row} is {row.state} already")
    before, row.state = row.state, command.state
    row.save(update_fields=["state"])
    change = TradingStateChange.objects.create(
        **{row._meta.model_name: row},
        before=before,
        after=command.state,
        changed_by_id=actor.person_id(),
        reason=command.reason,
        market_time=market_now(),
        recorded_at=recorded_now(),
    )
    publish(
        TradingStateChanged(
            actor=actor,
            object_id=str(change.pk),
            revision=1,
            market_time=change.market_time,
            table=row._meta.db_table,
            key=str(row.pk),
            before=before,
            after=command.state,
        )
    )
    return change
