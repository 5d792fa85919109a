"""Loading bars: all of a file or nothing of it."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from execution.errors import BarsPresent, SymbolUnknown
from execution.market_data.bars import Bar as MinuteBar
from execution.market_data.generator import trading_day
from execution.models import Bar
from execution.selectors import bars_between, reference_price
from execution.services.market_data import load_bars
from orders.kernel.errors import InvalidInput
from tests.world import SETUP, World

HEADER = "symbol,date,time,open,high,low,close,volume\n"
GOOD = "SPY,2013-10-07,09:30:00,100,101,99,100.5,1000\n"


def day(symbol: str = "SPY") -> list[MinuteBar]:
    return trading_day(
        symbol,
        date(2013, 10, 7),
        seed=1,
        open_price=Decimal(100),
        tick_size=Decimal("0.01"),
        day_volume=10**6,
    )


def test_bars_are_loaded_as_they_are(world: World) -> None:
    bars = day()

    loaded = load_bars(actor=SETUP, bars=bars)

    assert (loaded.count, loaded.symbols, loaded.first, loaded.last) == (
        len(bars),
        ("SPY",),
        bars[0].start,
        bars[-1].start,
    )
    kept = bars_between(
        instrument_id=world.instrument.pk, symbol="SPY", after=bars[0].start, until=bars[-1].start
    )
    assert kept == bars[1:]
    assert loaded.facts()["count"] == len(bars)


def test_symbol_without_an_instrument_is_named_and_nothing_is_kept(world: World) -> None:
    before = Bar.objects.count()

    with pytest.raises(SymbolUnknown, match="XYZ"):
        load_bars(actor=SETUP, bars=[*day(), *day("XYZ")])

    assert Bar.objects.count() == before


@pytest.mark.usefixtures("committed_database")
def test_minute_that_is_there_already_is_refused(committed_world: World) -> None:
    load_bars(actor=SETUP, bars=day())
    before = Bar.objects.count()

    with pytest.raises(BarsPresent):
        load_bars(actor=SETUP, bars=day())

    assert Bar.objects.count() == before


def test_no_bars_at_all_are_an_error(world: World) -> None:
    with pytest.raises(InvalidInput):
        load_bars(actor=SETUP, bars=[])


def test_command_loads_a_file(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bars.csv"
    file.write_text(HEADER + GOOD)

    call_command("load_bars", str(file))

    assert capsys.readouterr().out == "1 bars of SPY, 2013-10-07 13:30 to 2013-10-07 13:30 UTC\n"


def test_command_names_line_and_column_and_keeps_nothing(world: World, tmp_path: Path) -> None:
    before = Bar.objects.count()
    file = tmp_path / "bars.csv"
    file.write_text(HEADER + GOOD + "SPY,2013-10-07,09:31:00,100,101,99,many,1000\n")

    with pytest.raises(CommandError, match="line 3, column close"):
        call_command("load_bars", str(file))

    assert Bar.objects.count() == before


def test_reference_price_is_the_close_of_a_bar_that_has_ended(world: World) -> None:
    bars = day()
    load_bars(actor=SETUP, bars=bars)
    bar = bars[100]

    assert reference_price(instrument_id=world.instrument.pk, market_time=bar.end) == bar.close
    just_before = bar.end.replace(microsecond=0) - (bar.end - bar.start) / 60
    assert reference_price(instrument_id=world.instrument.pk, market_time=just_before) == bars[99].close
