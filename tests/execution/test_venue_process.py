"""What the venue's process is given: the market's clock, bars, listings, and faults by the environment."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from execution import venue_process
from execution.venue_process import MarketSources, StoredTicks, parse_conditions, parse_faults
from execution.venues.simulated.conditions import Conditions
from execution.venues.simulated.faults import Faults
from execution.venues.simulated.market import Listing
from execution.venues.simulated.tick_files import HeldTicks
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


def test_the_command_wants_quotes_and_prints_or_neither_and_names_a_file_that_it_cannot_read(
    tmp_path: Path,
) -> None:
    with pytest.raises(CommandError, match="or neither"):
        call_command("venue", "SIM", quotes=tmp_path / "quotes.csv")
    (tmp_path / "quotes.csv").write_text("symbol,time,bid,ask\n")
    with pytest.raises(CommandError, match="does not run: line 1"):
        call_command("venue", "SIM", quotes=tmp_path / "quotes.csv", trades=tmp_path / "trades.csv")


def test_sources_have_the_ticks_that_they_were_given() -> None:
    ticks = HeldTicks({}, {})
    assert MarketSources(ticks).market().ticks is ticks
    assert isinstance(MarketSources().market().ticks, StoredTicks)


def test_faults_are_read_from_text() -> None:
    assert parse_faults("seed=7,delay_ms=20,repeat=0.1,drop=0.05") == Faults(7, 20, 0.1, 0.05)
    assert parse_faults("seed=7,bust=0.1,correct=0.2") == Faults(7, bust_share=0.1, correct_share=0.2)
    assert parse_faults("") == Faults()


def test_the_markets_conditions_are_read_from_the_same_text() -> None:
    text = "seed=7,delay_ms=20,latency_ms=5,reject=0.1,halt=0.02,halt_minutes=3,spread_bps=1.5,impact_bps=8"
    assert parse_conditions(text) == Conditions(
        seed=7,
        latency_ms=5,
        reject_share=0.1,
        halt_share=0.02,
        halt_minutes=3,
        spread_bps=Decimal("1.5"),
        impact_bps=Decimal(8),
    )
    assert parse_faults(text) == Faults(7, 20)
    assert parse_conditions("") == Conditions()
    with pytest.raises(ValueError, match="no decimal number"):
        parse_conditions("spread_bps=wide")


@pytest.mark.parametrize(
    "text", ["seed", "speed=1", "seed=x", "drop=1", "delay_ms=-1", "repeat=a", "bust=0.6,correct=0.5"]
)
def test_faults_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_faults(text)
