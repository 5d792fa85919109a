"""Halting and resuming instruments, markets and accounts."""

from datetime import datetime

from django.http import HttpResponse
from pydantic import BaseModel

from orders import services
from orders.commands import ChangeState
from orders.errors import AccountNotFound, InstrumentNotFound, MarketNotFound, StateUnchanged
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted
from orders.models import TradingStateChange


class TradingStateRepresentation(BaseModel):
    """The state that something has now, the one that it had, and since when."""

    name: str
    before: str
    state: str
    reason: str
    market_time: datetime
    recorded_at: datetime


def _changed(name: str, change: TradingStateChange) -> HttpResponse:
    return answer(
        TradingStateRepresentation(
            name=name,
            before=change.before,
            state=change.after,
            reason=change.reason,
            market_time=change.market_time,
            recorded_at=change.recorded_at,
        )
    )


class InstrumentStateView(ApiView):
    """The state of one instrument."""

    @endpoint(
        "set_instrument_state",
        "Halt an instrument (halted) or let it be traded again (active)",
        body=ChangeState,
        answers={200: TradingStateRepresentation},
        refusals=(NotPermitted, InstrumentNotFound, StateUnchanged),
    )
    def post(self, symbol: str, body: ChangeState) -> HttpResponse:
        given = body.model_dump()
        return _changed(symbol, services.set_instrument_state(actor=self.actor, symbol=symbol, **given))


class MarketStateView(ApiView):
    """The state of one market."""

    @endpoint(
        "set_market_state",
        "Take no more orders for a market (halted), or take them again (active)",
        body=ChangeState,
        answers={200: TradingStateRepresentation},
        refusals=(NotPermitted, MarketNotFound, StateUnchanged),
    )
    def post(self, mic: str, body: ChangeState) -> HttpResponse:
        return _changed(mic, services.set_market_state(actor=self.actor, mic=mic, **body.model_dump()))


class AccountStateView(ApiView):
    """The state of one account."""

    @endpoint(
        "set_account_state",
        "Suspend an account (suspended) or let it trade again (active)",
        body=ChangeState,
        answers={200: TradingStateRepresentation},
        refusals=(NotPermitted, AccountNotFound, StateUnchanged),
    )
    def post(self, code: str, body: ChangeState) -> HttpResponse:
        return _changed(code, services.set_account_state(actor=self.actor, code=code, **body.model_dump()))
