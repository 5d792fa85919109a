"""Loading bars and quotes: all of a file or nothing of it; and the days that follow from the minutes."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection

from execution.errors import BarsPresent, QuotesPresent, SymbolUnknown
from execution.market_data.bars import Bar as MinuteBar
from execution.market_data.generator import trading_day
from execution.market_data.quotes import Quote
from execution.models import Bar, DailyBar
from execution.models import Quote as QuoteRow
from execution.selectors import bars_between
from execution.services.market_data import load_bars, load_quotes
from execution.session import XNYS, session_on
from orders import services
from orders.kernel.errors import InvalidInput
from orders.models import Instrument
from tests.conftest import CommittedDatabase
from tests.world import LAST_PRICE, NOON, SETUP, World, have_month

_COPY_BARS = "COPY execution_bar (instrument_id, start, open, high, low, close, volume) FROM STDIN"
HEADER = "symbol,date,time,open,high,low,close,volume\n"
GOOD = "SPY,2013-10-07,09:30:00,100,101,99,100.5,1000\n"


def day(symbol: str = "SPY", *, on: date = date(2013, 10, 7)) -> list[MinuteBar]:
    return trading_day(
        symbol,
        on,
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


def daily(world: World) -> list[tuple[date, Decimal, Decimal]]:
    """What is kept of the world's instrument by day."""
    rows = DailyBar.objects.filter(instrument_id=world.instrument.pk).order_by("day")
    return list(rows.values_list("day", "close", "volume"))


def naive_days(bars: list[MinuteBar]) -> list[tuple[date, Decimal, Decimal]]:
    """The same from the bars, day by day and bar by bar."""
    found = []
    for each in sorted({bar.start.date() for bar in bars}):
        hours = session_on(each, XNYS)
        inside = [bar for bar in bars if hours is not None and bar.start in hours]
        if inside:
            last = max(inside, key=lambda bar: bar.start)
            found.append((each, last.close, sum((bar.volume for bar in inside), Decimal(0))))
    return found


def test_a_day_is_derived_from_the_minutes_of_its_session(world: World) -> None:
    load_bars(actor=SETUP, bars=day())

    assert daily(world) == naive_days(day())
    assert daily(world)[0][2] == 10**6


def test_minutes_that_come_later_change_their_day_and_no_other(world: World) -> None:
    bars = [*day(), *day(on=date(2013, 10, 8))]
    order = [*bars[:200], *bars[430:]], bars[200:430]
    for part in order:
        load_bars(actor=SETUP, bars=part)

    assert len(daily(world)) == 2
    assert daily(world) == naive_days(bars)


def test_minutes_outside_every_session_make_no_day(world: World) -> None:
    load_bars(actor=SETUP, bars=[bar for bar in day() if bar.start.hour < 13])

    assert daily(world) == []


def test_an_instrument_of_a_market_without_a_calendar_has_no_days(world: World) -> None:
    Instrument.objects.filter(pk=world.instrument.pk).update(mic="XNON")

    assert load_bars(actor=SETUP, bars=day()).count == len(day())
    assert daily(world) == []


def test_a_session_that_begins_the_evening_before_is_one_day(world: World) -> None:
    Instrument.objects.filter(pk=world.instrument.pk).update(mic="CMES")
    evening, morning = datetime(2024, 1, 3, 0, 0, tzinfo=UTC), datetime(2024, 1, 3, 15, 0, tzinfo=UTC)
    row = day()[0]

    load_bars(
        actor=SETUP, bars=[replace(row, start=start, volume=Decimal(7)) for start in (evening, morning)]
    )

    assert daily(world) == [(date(2024, 1, 3), row.close, Decimal(14))]


def test_who_brings_minutes_of_a_day_waits_for_who_brings_others_and_counts_them(
    committed_world: World, committed_database: CommittedDatabase
) -> None:
    """The other one holds what `derive_daily_bars` holds, with minutes that nobody sees yet."""
    world, bars = committed_world, day()
    mine, others = bars[:200], bars[200:]
    with committed_database.as_application() as other, ThreadPoolExecutor(1) as executor:
        other.autocommit = False
        with other.cursor().copy(_COPY_BARS) as copy:
            for bar in others:
                prices = (bar.open, bar.high, bar.low, bar.close, bar.volume)
                copy.write_row((world.instrument.pk, bar.start, *prices))
        other.execute("LOCK TABLE execution_dailybar IN SHARE ROW EXCLUSIVE MODE")
        loading = executor.submit(load_in_thread, mine)
        wait_until(lambda: is_waiting(committed_database))
        assert DailyBar.objects.count() == 0
        other.commit()
        loading.result()

    assert daily(world) == naive_days(bars)


def load_in_thread(bars: list[MinuteBar]) -> None:
    try:
        load_bars(actor=SETUP, bars=bars)
    finally:
        connection.close()


def is_waiting(database: CommittedDatabase) -> bool:
    with database.as_superuser() as looking:
        waits = (
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'execution_dailybar'::regclass"
        )
        return looking.execute(waits).fetchone() == (1,)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_migration_derives_the_days_of_the_minutes_that_are_there(world: World) -> None:
    load_bars(actor=SETUP, bars=day("SPY"))
    derived = daily(world)
    other, unknown = (
        services.register_instrument(
            actor=SETUP,
            symbol=symbol,
            isin=isin,
            mic=mic,
            currency="USD",
            tick_size=Decimal("0.01"),
            lot_size=Decimal(1),
        )
        for symbol, isin, mic in (("IBM", "US4592001014", "XNYS"), ("XYZ", "US0378331005", "XNON"))
    )
    for instrument in (other, unknown):
        Bar.objects.bulk_create(
            Bar(
                instrument=instrument,
                start=bar.start,
                open=bar.open,
                high=bar.high,
                low=bar.low,
                close=bar.close,
                volume=bar.volume,
            )
            for bar in day()
        )
    migration = import_module("execution.migrations.0002_market_figures")

    migration._derive(None, SimpleNamespace(connection=connection))

    # The world's own price of Friday noon was written without the service: it has its day now as well.
    friday = (date(2013, 10, 4), LAST_PRICE, Decimal(10_000))
    assert daily(world) == [friday, *derived]
    assert (
        list(DailyBar.objects.filter(instrument_id=other.pk).values_list("day", "close", "volume")) == derived
    )
    assert not DailyBar.objects.filter(instrument_id=unknown.pk).exists()


def test_quotes_are_loaded_as_they_are(world: World) -> None:
    quotes = [
        Quote("SPY", NOON + timedelta(milliseconds=250), Decimal("99.99"), Decimal("100.01")),
        Quote("SPY", NOON, Decimal(100), Decimal(100)),
    ]

    loaded = load_quotes(actor=SETUP, quotes=quotes)

    assert loaded.facts() == {
        "count": 2,
        "symbols": ["SPY"],
        "first": quotes[1].at.isoformat(),
        "last": quotes[0].at.isoformat(),
        "sha256": "",
        "corrected": 0,
        "reason": "",
    }
    kept = QuoteRow.objects.order_by("at").values_list("at", "bid", "ask")
    assert list(kept) == [(each.at, each.bid, each.ask) for each in reversed(quotes)]


def test_a_second_quote_of_one_moment_is_refused_and_nothing_is_kept(committed_world: World) -> None:
    quote = Quote("SPY", NOON, Decimal(99), Decimal(100))

    with pytest.raises(QuotesPresent):
        load_quotes(actor=SETUP, quotes=[quote, quote])

    assert QuoteRow.objects.count() == 0


def test_no_quotes_and_quotes_of_no_instrument_are_errors(world: World) -> None:
    with pytest.raises(InvalidInput):
        load_quotes(actor=SETUP, quotes=[])
    with pytest.raises(SymbolUnknown, match="XYZ"):
        load_quotes(actor=SETUP, quotes=[Quote("XYZ", NOON, Decimal(99), Decimal(100))])


def test_a_kept_quote_is_changed_by_nobody(world: World) -> None:
    load_quotes(actor=SETUP, quotes=[Quote("SPY", NOON, Decimal(99), Decimal(100))])

    with pytest.raises(ProgrammingError, match="permission denied"):
        QuoteRow.objects.update(bid=Decimal(1))


def test_a_crossed_quote_is_refused_by_the_database_too(world: World) -> None:
    with pytest.raises(IntegrityError, match="quote_not_crossed"):
        have_month("execution_quote", NOON)
        QuoteRow.objects.create(instrument=world.instrument, at=NOON, bid=Decimal(101), ask=Decimal(100))


@pytest.mark.parametrize("sizes", [(1, None), (None, 1), (1, -1)])
def test_the_database_keeps_both_sizes_of_a_quote_or_neither(
    world: World, sizes: tuple[int | None, int | None]
) -> None:
    have_month("execution_quote", NOON)
    bid_size, ask_size = sizes
    with pytest.raises(IntegrityError, match="quote_sizes_both_or_neither"):
        QuoteRow.objects.create(
            instrument=world.instrument, at=NOON, bid=1, ask=1, bid_size=bid_size, ask_size=ask_size
        )


def test_command_names_the_row_of_a_negative_size_and_keeps_nothing(
    committed_world: World, tmp_path: Path
) -> None:
    file = tmp_path / "quotes.csv"
    rows = "SPY,2013-10-07T13:30:00Z,99,100,5,0\nSPY,2013-10-07T13:30:01Z,99,100,5,-1\n"
    file.write_text(f"symbol,time,bid,ask,bid_size,ask_size\n{rows}")

    with pytest.raises(CommandError, match="line 3, column ask_size"):
        call_command("load_quotes", str(file))

    assert QuoteRow.objects.count() == 0


def test_command_loads_a_file_of_quotes(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "quotes.csv"
    file.write_text("symbol,time,bid,ask\nSPY,2013-10-07T09:30:00.25-04:00,99.99,100.01\n")

    call_command("load_quotes", str(file))

    shown = "2013-10-07T13:30:00.250000Z"
    assert capsys.readouterr().out == f"1 quotes of SPY, {shown} to {shown}\n"


def test_command_names_line_and_column_of_a_wrong_quote_and_keeps_nothing(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "quotes.csv"
    file.write_text(
        "symbol,time,bid,ask\nSPY,2013-10-07T13:30:00Z,99,100\nSPY,2013-10-07T13:30:01Z,101,100\n"
    )

    with pytest.raises(CommandError, match="line 3, column ask"):
        call_command("load_quotes", str(file))

    assert QuoteRow.objects.count() == 0
