"""The page of market data: for people who see orders, by few statements, with what a person has to look at."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from execution.market_data.generator import trading_day
from execution.market_data.kinds import BARS, Row
from execution.market_data.sources import RowSource
from execution.services.market_data import load_bars, load_market_data
from tests.execution.figures import show_figures
from tests.sign_in import sign_in, visible_text
from tests.world import SETUP, World

PAGE = reverse("admin:market_data")
DAY = {"from": "2013-10-07", "to": "2013-10-07"}


@pytest.fixture
def reader(world: World) -> Client:
    return sign_in(world.trader)


def load_day(world: World) -> None:
    """A day without three of its minutes, with one that was corrected."""
    bars = trading_day(
        "SPY", date(2013, 10, 7), seed=1, open_price=Decimal(100), tick_size=Decimal("0.01"), day_volume=10**6
    )
    opened = datetime(2013, 10, 7, 14, 0, tzinfo=UTC)
    load_bars(actor=SETUP, bars=[bar for bar in bars if not opened <= bar.start <= opened.replace(minute=2)])
    prices = (Decimal(100), Decimal(100), Decimal(100), Decimal(100), Decimal(0))
    rows = [Row("SPY", opened.replace(minute=1), prices)]
    load_market_data(actor=world.trader, kind=BARS, source=RowSource(BARS, rows), reason="late <print>")


def test_what_a_day_lacks_and_who_loaded_and_corrected_is_shown(world: World, reader: Client) -> None:
    load_day(world)
    show_figures(world.instrument, spread="0.02", average_daily_volume=1_000_000, volatility="1.5")

    with CaptureQueriesContext(connection) as queries:
        text = visible_text(reader.get(PAGE, {"symbol": "SPY", **DAY}))

    assert (
        "2013-10-07 390 388 2 14:00 , 14:02 14:01 100.42 to 100, -14.2 14:03 100 to 100.42, 14.2 1 24" in text
    )
    assert "a program's rows trader 1 0 late <print>" in text
    assert "Average daily volume 1,000,000" in text
    assert len(queries) < 20


def test_without_bars_the_page_says_how_they_come(world: World, reader: Client) -> None:
    assert "Nothing of SPY was loaded since loads are kept." in visible_text(reader.get(PAGE))
    text = visible_text(reader.get(PAGE, {"from": "2013-10-05", "to": "2013-10-06"}))
    assert "The market has no session on these days." in text


@pytest.mark.parametrize(
    "query",
    [
        {"symbol": "XYZ"},
        {"from": "7 October"},
        {"from": "2013-10-07", "to": "2013-10-01"},
        {"from": "2012-01-01", "to": "2013-01-01"},
    ],
)
def test_what_cannot_be_shown_is_said(reader: Client, query: dict[str, str]) -> None:
    assert reader.get(PAGE, query).status_code == 400


def test_who_sees_no_orders_sees_no_market_data(world: World) -> None:
    assert sign_in(world.nobody).get(PAGE).status_code == 403
