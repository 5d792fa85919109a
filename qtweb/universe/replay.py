"""The market of an instance that is served: made-up days, replayed one after the other, faster than real time.

Market time never goes back: a bar that the venue has worked is not worked again. So a day is played once, and
when its session is over the next day on which New York trades is made and opened.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from execution.selectors import last_prices
from execution.services.market_data import load_bars
from execution.session import NEW_YORK, XNYS, Session, in_regular_session, session_on
from orders.kernel.context import Actor
from orders.selectors import instrument_with_symbol, market_now
from orders.services import set_market_clock
from qtweb.universe.catalogue import LISTINGS
from qtweb.universe.made_up import made_up_day

SPEED = Decimal(10)
"""Six real seconds are a minute of the market: an order fills while a person watches, a day lasts 39 minutes."""

OPENING = timedelta(minutes=5)
"""The clock starts so long after the open: by then every instrument has a price to judge orders by."""


def open_market(*, actor: Actor) -> Session | None:
    """Let the next made-up day begin, unless one is being played; returns its session when it does.

    Raises ReplayRefused on production settings.
    """
    now = market_now()
    if in_regular_session(now, XNYS) and _has_traded_today(now):
        return None
    day, session = _next_session(now.astimezone(NEW_YORK).date())
    load_bars(actor=actor, bars=made_up_day(day))
    set_market_clock(actor=actor, anchor=session.open + OPENING, speed=SPEED)
    return session


def _has_traded_today(now: datetime) -> bool:
    """Whether a bar of the day is there; before the first replay the clock shows real time, without any bar."""
    today = session_on(now.astimezone(NEW_YORK).date(), XNYS)
    instrument_id = _any_instrument()
    last = last_prices(instrument_ids=[instrument_id], market_time=now).get(instrument_id)
    return today is not None and last is not None and last.market_time > today.open


def _any_instrument() -> UUID:
    instrument = instrument_with_symbol(LISTINGS[0].symbol)
    if instrument is None:
        raise LookupError("the universe has not been seeded")
    return instrument.pk


def _next_session(day: date) -> tuple[date, Session]:
    while True:
        day += timedelta(days=1)
        session = session_on(day, XNYS)
        if session is not None:
            return day, session
