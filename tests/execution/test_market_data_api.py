"""Market data in the API: its figures, what its days lack, what was known when, and who loaded what."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from execution.market_data.bars import Bar
from execution.market_data.generator import trading_day
from execution.market_data.kinds import BARS, Row
from execution.market_data.quotes import Quote
from execution.market_data.sources import RowSource
from execution.services.market_data import load_bars, load_market_data, load_quotes
from tests.execution.figures import show_figures
from tests.orders.api.conftest import client_of
from tests.world import NOON, SETUP, World

URL = "/api/v1/market_data"
OPEN = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
DAY = {"symbol": "SPY", "first": "2013-10-07", "last": "2013-10-07"}


@pytest.fixture
def trader(world: World) -> APIClient:
    return client_of(world.trader)


def test_the_figures_that_plans_reckon_with_are_told(world: World, trader: APIClient) -> None:
    show_figures(world.instrument, spread="0.02", average_daily_volume=1_000_000, volatility="1.5")

    told = trader.get(f"{URL}/figures", {"symbol": "SPY"}).json()

    assert {name: told[name] for name in ("last_price", "average_daily_volume", "spread")} == {
        "last_price": "100",
        "average_daily_volume": "1000000",
        "spread": "0.02",
    }
    assert Decimal(told["daily_volatility"]) == pytest.approx(Decimal("1.5"), abs=Decimal("0.0001"))


def test_gaps_and_outliers_of_a_day_are_reported_alike_by_api_and_command(
    world: World, trader: APIClient, capsys: pytest.CaptureFixture[str]
) -> None:
    bars = trading_day(
        "SPY", date(2013, 10, 7), seed=1, open_price=Decimal(100), tick_size=Decimal("0.01"), day_volume=10**6
    )
    jump = Bar("SPY", OPEN.replace(minute=59), *[Decimal(150)] * 4, Decimal(0))
    load_bars(
        actor=SETUP,
        bars=[jump, *(bar for bar in bars if not OPEN.replace(minute=57) <= bar.start <= jump.start)],
    )
    load_quotes(actor=SETUP, quotes=[Quote("SPY", OPEN, Decimal(100), Decimal(100))])

    (day,) = trader.get(f"{URL}/report", DAY).json()["days"]
    call_command("market_data", "report", "SPY", "--from", "2013-10-07")
    printed = capsys.readouterr().out

    assert (day["expected"], day["present"], day["missing"], day["zero_volume"]) == (390, 388, 2, 1)
    assert day["gaps"] == [{"first": "2013-10-07T13:57:00Z", "last": "2013-10-07T13:58:00Z", "minutes": 2}]
    assert [each["start"] for each in day["outliers"]] == ["2013-10-07T13:59:00Z", "2013-10-07T14:00:00Z"]
    assert "SPY 2013-10-07: 388 of 390 minutes, 2 missing, 1 without volume, 2 outliers" in printed
    assert "missing 13:57 to 13:58 UTC: 2" in printed
    assert "outlier 13:59 UTC: " in printed
    assert "to 150, +" in printed
    assert "1 quotes, 1 locked" in printed


def test_minutes_are_told_as_they_were_known(committed_world: World) -> None:
    def store(price: str, reason: str) -> str:
        rows = [Row("SPY", OPEN, (*[Decimal(price)] * 4, Decimal(7)))]
        load_market_data(actor=SETUP, kind=BARS, source=RowSource(BARS, rows), reason=reason)
        return trader.get(f"{URL}/bars", {"symbol": "SPY", "day": "2013-10-07"}).json()["as_of"]

    trader = client_of(committed_world.trader)
    moments = [store("100", ""), store("100.5", "restated")]

    def known(as_of: str) -> list[tuple[str, int]]:
        told = trader.get(f"{URL}/bars", {"symbol": "SPY", "day": "2013-10-07", "as_of": as_of}).json()
        return [(item["close"], item["version"]) for item in told["items"]]

    assert [known(moment) for moment in moments] == [[("100", 1)], [("100.5", 2)]]
    loads = trader.get(f"{URL}/loads", {"symbol": "SPY"}).json()["items"]
    assert [(each["reason"], each["corrected"]) for each in loads] == [("restated", 1), ("", 0)]


@pytest.mark.parametrize("what", ["figures", "report", "bars", "loads"])
def test_who_sees_no_orders_and_who_asks_for_nothing_known_finds_nothing(world: World, what: str) -> None:
    query = {"report": DAY, "bars": {"symbol": "SPY", "day": "2013-10-07"}}.get(what, {"symbol": "SPY"})

    hidden = client_of(world.nobody).get(f"{URL}/{what}", query)
    absent = client_of(world.trader).get(f"{URL}/{what}", {**query, "symbol": "XYZ"})

    assert hidden.json()["code"] == absent.json()["code"] == "RESOURCE_INSTRUMENT_NOT_FOUND"


@pytest.mark.parametrize("last", ["2013-10-06", "2013-11-07"])
def test_a_report_is_of_a_month_at_most(trader: APIClient, last: str) -> None:
    assert trader.get(f"{URL}/report", {**DAY, "last": last}).status_code == 400


@pytest.mark.parametrize("arguments", [("XYZ",), ("SPY", "--from", "7.10.")])
def test_a_report_that_cannot_be_made_is_refused(world: World, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("market_data", "report", *arguments)


def test_the_newest_day_is_reported_where_none_is_named(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("market_data", "report", "SPY")
    assert f"SPY {NOON:%F}: 1 of 390 minutes" in capsys.readouterr().out
