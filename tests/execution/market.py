"""A replayed trading day for tests."""

from datetime import date, timedelta
from decimal import Decimal

from execution.market_data.generator import trading_day
from execution.services.market_data import load_bars
from execution.session import XNYS, Session, session_on
from orders import services
from tests.world import SETUP

DAY = date(2013, 10, 7)


def session() -> Session:
    """The session of the replayed day."""
    found = session_on(DAY, XNYS)
    assert found is not None
    return found


def load_day(symbol: str = "SPY", *, day: date = DAY, day_volume: int = 4_000_000) -> None:
    """Load a made-up day around a price of 100."""
    bars = trading_day(
        symbol, day, seed=1, open_price=Decimal(100), tick_size=Decimal("0.01"), day_volume=day_volume
    )
    load_bars(actor=SETUP, bars=bars)


def replay(*, minutes_after_open: int, speed: int) -> None:
    """Let market time run from so many minutes after the open."""
    anchor = session().open + timedelta(minutes=minutes_after_open)
    services.set_market_clock(actor=SETUP, anchor=anchor, speed=Decimal(speed))


def stand_still(*, minutes_after_open: int) -> None:
    """Let market time stand so many minutes after the open."""
    anchor = session().open + timedelta(minutes=minutes_after_open)
    services.set_market_clock(actor=SETUP, anchor=anchor, paused=True)
