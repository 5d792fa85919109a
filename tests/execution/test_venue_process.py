"""What the venue's process is given: the market's clock, bars, listings, and faults by the environment."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError

from execution import venue_process
from execution.venue_process import MarketSources, parse_faults
from execution.venues.simulated.faults import Faults
from execution.venues.simulated.market import Listing
from tests.execution.market import load_day, session, stand_still
from tests.world import World


def test_clock_is_read_anew_after_fifty_milliseconds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [0.0]
    monkeypatch.setattr(venue_process.time, "monotonic", lambda: passed[0])
    stand_still(minutes_after_open=1)
    sources = MarketSources()
    assert sources.now() == session().open + timedelta(minutes=1)

    stand_still(minutes_after_open=2)
    assert sources.now() == session().open + timedelta(minutes=1)
    passed[0] = 0.051
    assert sources.now() == session().open + timedelta(minutes=2)


def test_bars_are_those_after_and_until(world: World) -> None:
    load_day()
    start = session().open

    bars = MarketSources().bars("SPY", start, start + timedelta(minutes=3))

    assert [bar.start - start for bar in bars] == [timedelta(minutes=minute) for minute in (1, 2, 3)]


def test_symbol_that_is_not_listed_has_neither_bars_nor_terms(world: World) -> None:
    sources = MarketSources().market()

    assert sources.listing("XYZ") is None
    assert sources.bars("XYZ", session().open, session().close) == []
    assert sources.listing("SPY") == Listing(Decimal("0.01"), Decimal(1), "ARCX")


def test_broken_connection_is_let_go_of(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []

    def broken() -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(venue_process, "market_clock", broken)
    monkeypatch.setattr(venue_process.connection, "close", lambda: closed.append(True), raising=False)

    with pytest.raises(OperationalError):
        MarketSources().now()

    assert closed == [True]


def test_faults_are_read_from_text() -> None:
    assert parse_faults("seed=7,delay_ms=20,repeat=0.1,drop=0.05") == Faults(7, 20, 0.1, 0.05)
    assert parse_faults("seed=7,bust=0.1,correct=0.2") == Faults(7, bust_share=0.1, correct_share=0.2)
    assert parse_faults("") == Faults()


@pytest.mark.parametrize(
    "text", ["seed", "speed=1", "seed=x", "drop=1", "delay_ms=-1", "repeat=a", "bust=0.6,correct=0.5"]
)
def test_faults_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_faults(text)
