"""Partitions by month: made as they are needed, once, and no other month is looked at by who reads one."""

import gzip
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pyarrow as pa
import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from stdnum import isin

from execution.market_data.bars import Bar
from execution.market_data.kinds import BARS
from execution.market_data.quotes import Quote
from execution.market_data.recent import of_recent_months
from execution.market_data.sources import file_source
from execution.market_data.trades import Trade as Print
from execution.market_figures import _text, market_figures
from execution.models import Bar as BarRow
from execution.models import DailyBar, Trade
from execution.models import Quote as QuoteRow
from execution.services.market_data import load_bars, load_market_data, load_quotes, load_trades
from orders import services
from orders.models import Instrument
from qtweb.embedded.instance import CHECKOUT
from tests.conftest import CommittedDatabase
from tests.embedded_services import instance
from tests.execution.market_data.test_files import NAUTILUS, bars
from tests.world import NOON, SETUP, World

HEADER = "symbol,date,time,open,high,low,close,volume\n"


def bar(start: datetime, price: str = "100") -> Bar:
    return Bar("SPY", start, *[Decimal(price)] * 5)


def months(table: str = "execution_bar") -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table]
        )
        return {name.removeprefix(f"{table}_") for (name,) in cursor.fetchall()}


def test_a_load_makes_the_months_that_it_needs_in_utc(world: World) -> None:
    last = datetime(2013, 11, 30, 23, 59, tzinfo=UTC)
    load_bars(actor=SETUP, bars=[bar(last), bar(last + timedelta(minutes=1))])

    assert months() == {"201310", "201311", "201312"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM execution_bar WHERE start = %s", [last])
        assert cursor.fetchall() == [("execution_bar_201311",)]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(bars(), min_size=1, max_size=8, unique_by=lambda row: row.at))
def test_random_bars_are_kept_exactly_as_their_file_says(
    world: World, tmp_path: Path, rows: list[object]
) -> None:
    """Each example is of an instrument of its own, so that none is refused for what another brought."""
    columns: dict[str, pa.Array] = {
        "timestamp_utc": pa.array([row.at for row in rows], pa.timestamp("us", "UTC"))
    }
    for place, name in enumerate(BARS.numbers):
        columns[name] = pa.array([row.numbers[place] for row in rows], pa.decimal128(38, 8))
    path = tmp_path / "bars.parquet"
    parquet.write_table(pa.table(columns), path)
    number = Instrument.objects.count()
    symbol, body = f"X{number}", f"XS00{number:07}"
    other = services.register_instrument(
        actor=SETUP,
        symbol=symbol,
        isin=body + isin.calc_check_digit(body),
        mic="XNON",
        currency="USD",
        tick_size=Decimal("0.01"),
        lot_size=Decimal(1),
    )

    load_market_data(actor=SETUP, kind=BARS, source=file_source(BARS, path, symbol=symbol))

    kept = BarRow.objects.filter(instrument_id=other.pk).order_by("start")
    assert [
        (each.start, (each.open, each.high, each.low, each.close, each.volume)) for each in kept
    ] == sorted((row.at, row.numbers) for row in rows)


def test_who_reads_an_instruments_minutes_looks_at_their_months_alone(world: World) -> None:
    first = datetime(2012, 1, 2, 15, 0, tzinfo=UTC)
    load_bars(actor=SETUP, bars=[bar(first + each * timedelta(days=31)) for each in range(24)])
    at = {"i": world.instrument.pk, "since": NOON, "until": NOON + timedelta(hours=1)}
    between = (
        "SELECT * FROM execution_bar WHERE instrument_id = %(i)s AND start >= %(since)s AND start < %(until)s"
    )
    values = {
        "instrument": world.instrument.pk,
        "newest": NOON,
        "window": NOON,
        "stale": NOON,
        "market_time": NOON,
    }
    hot = of_recent_months(_text(frozenset({"last", "mid", "window_average"})), NOON)

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {between}", at)
        assert looked_at(cursor.fetchall()) == {"execution_bar_201310"}
        cursor.execute(f"EXPLAIN {hot}", values)
        assert looked_at(cursor.fetchall()) == {"execution_bar_201310", "execution_bar_201309"}


def looked_at(plan: list[tuple[str]]) -> set[str]:
    words = " ".join(line for (line,) in plan).split()
    return {each for each in words if each.startswith("execution_bar_") and each[-6:].isdigit()}


def test_a_last_price_of_long_ago_is_still_the_last_price(world: World) -> None:
    long_after = NOON + timedelta(days=400)
    figures = market_figures(instrument_id=world.instrument.pk, mic="XNYS", market_time=long_after)
    assert figures.last == Decimal(100)


def test_two_processes_that_need_the_same_new_months_at_once_both_load(
    committed_world: World, committed_database: CommittedDatabase, tmp_path: Path
) -> None:
    names = "AB"
    for name in names:
        lines = [
            f"SPY,2014-{month:02}-03,1{names.index(name)}:{minute:02}:00,1,1,1,1,1\n"
            for month in range(1, 13)
            for minute in range(60)
        ]
        (tmp_path / name).write_text(HEADER + "".join(lines))
    processes = [
        subprocess.Popen(
            [sys.executable, "manage.py", "load_bars", str(tmp_path / name)],
            cwd=CHECKOUT,
            env=committed_database.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    ended = [(each.communicate(timeout=120), each.returncode) for each in processes]

    assert [code for _said, code in ended] == [0, 0], ended
    assert BarRow.objects.filter(start__year=2014).count() == 2 * 12 * 60
    assert len(months()) == 13
    assert {
        volume for volume in DailyBar.objects.filter(day__year=2014).values_list("volume", flat=True)
    } == {120}


def test_a_month_of_real_futures_bars_is_loaded_from_its_gzipped_file(world: World) -> None:
    if not NAUTILUS.is_file():
        pytest.skip(f"NO REAL BARS: {NAUTILUS} is absent")
    services.register_instrument(
        actor=SETUP,
        symbol="6EH4",
        isin="US0378331005",
        mic="CMES",
        currency="USD",
        tick_size=Decimal("0.00005"),
        lot_size=Decimal(1),
    )
    call_command("load_bars", str(NAUTILUS), "--symbol", "6EH4")

    assert (
        BarRow.objects.filter(start__year=2024).count()
        == len(gzip.decompress(NAUTILUS.read_bytes()).splitlines()) - 1
    )


def test_prints_are_loaded_as_they_are(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load_trades(actor=SETUP, trades=[Print("SPY", NOON, Decimal("99.5"), Decimal(3), "X1", "6")])
    path = tmp_path / "trades.csv"
    path.write_text("timestamp_utc,price,size\n2013-10-04 16:00:00.5,100,1\n2013-10-04 16:00:00.5,100,1\n")
    call_command("load_trades", str(path), "--symbol", "SPY")

    assert list(
        Trade.objects.order_by("at", "trade_id").values_list("trade_id", "price", "size", "condition")
    ) == [
        ("X1", Decimal("99.5"), 3, "6"),
        ("#1", 100, 1, ""),
        ("#2", 100, 1, ""),
    ]
    assert "2 trades of SPY" in capsys.readouterr().out


def test_the_migration_keeps_every_row_there_and_back(
    committed_world: World, committed_database: CommittedDatabase
) -> None:
    load_bars(
        actor=SETUP, bars=[bar(datetime(2013, month, 7, 15, 0, tzinfo=UTC), "1.5") for month in range(1, 12)]
    )
    migration = import_module("execution.migrations.0006_market_data")
    select = "SELECT instrument_id, start, open, high, low, close, volume FROM execution_bar ORDER BY start"
    url = instance().migration_database_url(committed_database.name)
    with psycopg.connect(url) as owner:
        editor = SimpleNamespace(connection=owner)
        before = owner.execute(select).fetchall()
        migration._make_whole(None, editor)
        assert owner.execute(
            "SELECT relkind::text FROM pg_class WHERE relname = 'execution_bar'"
        ).fetchone() == ("r",)
        assert owner.execute(select).fetchall() == before
        migration._partition(None, editor)
        assert owner.execute(select).fetchall() == before
        assert owner.execute("SELECT DISTINCT recorded_at::date, version FROM execution_bar").fetchall() == [
            (date(1970, 1, 1), 1)
        ]

    load_trades(actor=SETUP, trades=[Print("SPY", NOON, Decimal(1), Decimal(1), "X1")])
    with psycopg.connect(url) as owner, pytest.raises(RuntimeError, match="nothing was changed"):
        migration._make_whole(None, SimpleNamespace(connection=owner))


@pytest.mark.long
def test_sizes_come_to_quotes_that_are_there_and_go_only_where_that_loses_none(
    committed_world: World, committed_database: CommittedDatabase
) -> None:
    def migrate(*target: str) -> str:
        command = [sys.executable, "manage.py", "migrate", "execution", *target]
        owner = instance().migration_database_url(committed_database.name)
        environment = {**committed_database.environment, "DATABASE_URL": owner}
        done = subprocess.run(
            command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        return done.stderr

    before = Quote("SPY", NOON, Decimal(99), Decimal(100))
    load_quotes(actor=SETUP, quotes=[before])
    assert migrate("0006") == ""
    with pytest.raises(ProgrammingError, match="bid_size"):
        load_quotes(actor=SETUP, quotes=[replace(before, at=NOON + timedelta(seconds=1))])
    assert migrate() == ""

    later = replace(before, at=NOON + timedelta(seconds=2), bid_size=Decimal(5), ask_size=Decimal(0))
    load_quotes(actor=SETUP, quotes=[later])
    assert "there are quotes with sizes" in migrate("0006")
    kept = QuoteRow.objects.order_by("at").values_list("at", "bid_size", "ask_size")
    assert list(kept) == [(NOON, None, None), (later.at, 5, 0)]
