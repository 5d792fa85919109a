"""Figures of a market for tests, as they come out of days and quotes that were loaded."""

from datetime import date
from decimal import Decimal

from execution.models import DailyBar, Quote
from orders.models import Instrument
from orders.selectors import market_now
from tests.world import have_month

DAYS = (date(2013, 10, 1), date(2013, 10, 2), date(2013, 10, 3))


def show_figures(instrument: Instrument, *, spread: str, average_daily_volume: int, volatility: str) -> None:
    """Let these be known now: the spread of one quote, and three days that go up and down by the same."""
    change = (Decimal(volatility) / Decimal(2).sqrt()).quantize(Decimal("0.00000001"))
    for day, close in zip(DAYS, (Decimal(100), Decimal(100) + change, Decimal(100)), strict=True):
        DailyBar.objects.create(instrument=instrument, day=day, close=close, volume=average_daily_volume)
    bid = Decimal(100)
    have_month("execution_quote", market_now())
    Quote.objects.create(instrument=instrument, at=market_now(), bid=bid, ask=bid + Decimal(spread))
