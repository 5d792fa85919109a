"""Corrections: what was said is kept as a version, with who, when and why; and what was known at any time is told."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection

from compliance.models import Leaf
from execution.errors import BarsPresent, TradesPresent
from execution.market_data.bars import Bar
from execution.market_data.kinds import BARS, QUOTES, TRADES, Row
from execution.market_data.sources import RowSource
from execution.market_history import bars_as_of, loads_of
from execution.models import Bar as BarRow
from execution.models import DailyBar, MarketDataLoad, MarketDataVersion, Quote, Trade
from execution.services.market_data import load_bars, load_market_data
from orders.kernel.clock import recorded_now
from orders.kernel.errors import InvalidInput
from tests.conftest import CommittedDatabase
from tests.embedded_services import instance
from tests.world import NOON, SETUP, World

MINUTE = timedelta(minutes=1)
OPEN = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
FILE = "symbol,date,time,open,high,low,close,volume\nSPY,2013-10-07,09:{minute}:00,{prices},{volume}\n"


def bar(start: datetime, price: str, volume: int = 100) -> Bar:
    return Bar("SPY", start, *[Decimal(price)] * 4, Decimal(volume))


def correct(*bars: Bar, reason: str = "restated by the exchange") -> int:
    rows = [
        Row(each.symbol, each.start, (each.open, each.high, each.low, each.close, each.volume))
        for each in bars
    ]
    source = RowSource(BARS, rows)
    return load_market_data(actor=SETUP, kind=BARS, source=source, reason=reason).corrected


def closes(world: World, at: datetime) -> list[tuple[Decimal, int]]:
    known = bars_as_of(world.instrument, since=OPEN, until=OPEN + 5 * MINUTE, recorded_at=at)
    return [(each.bar.close, each.version) for each in known]


def test_a_correction_restates_what_is_there_and_every_moment_knows_what_it_knew(
    committed_world: World,
) -> None:
    world, before = committed_world, recorded_now()
    load_bars(actor=SETUP, bars=[bar(OPEN, "100"), bar(OPEN + MINUTE, "101")])
    loaded = recorded_now()
    assert correct(bar(OPEN, "100.5"), bar(OPEN + MINUTE, "101"), bar(OPEN + 2 * MINUTE, "102")) == 1
    once = recorded_now()
    assert correct(bar(OPEN, "100.25"), reason="and again") == 1

    assert closes(world, before) == []
    assert closes(world, loaded) == [(Decimal(100), 1), (Decimal(101), 1)]
    assert closes(world, once) == [(Decimal("100.5"), 2), (Decimal(101), 1), (Decimal(102), 1)]
    assert closes(world, recorded_now()) == [(Decimal("100.25"), 3), (Decimal(101), 1), (Decimal(102), 1)]
    assert BarRow.objects.get(instrument_id=world.instrument.pk, start=OPEN).close == Decimal("100.25")
    assert DailyBar.objects.get(day=date(2013, 10, 7)).close == 102

    told = [(each.reason, each.count, each.corrected, each.actor) for each in loads_of("SPY")]
    assert told == [
        ("and again", 1, 1, SETUP.reference),
        ("restated by the exchange", 3, 1, SETUP.reference),
        ("", 2, 0, SETUP.reference),
    ]
    replaced = MarketDataVersion.objects.get(load_id=loads_of("SPY")[0].pk)
    assert (replaced.version, replaced.values["close"], replaced.at) == (2, 100.5, OPEN)
    leaves = Leaf.objects.filter(object_type="market_data").order_by("pk").values_list("action", flat=True)
    assert list(leaves) == ["BarsLoaded", "BarsCorrected", "BarsCorrected"]


def test_what_a_correction_says_twice_or_wrongly_changes_nothing(committed_world: World) -> None:
    load_bars(actor=SETUP, bars=[bar(OPEN, "100")])
    twice = bar(OPEN, "101"), bar(OPEN, "102")

    with pytest.raises(BarsPresent, match="twice"):
        correct(*twice)
    with pytest.raises(BarsPresent, match="bar_prices_ordered"):
        correct(bar(OPEN + MINUTE, "101"), bar(OPEN, "-1"))

    assert closes(committed_world, recorded_now()) == [(Decimal(100), 1)]
    assert not MarketDataVersion.objects.exists()


def test_a_key_that_comes_again_in_a_later_batch_is_found_too(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("execution.market_data.sources._ROWS_AT_ONCE", 1)
    with pytest.raises(BarsPresent, match=r"SPY at .* comes twice"):
        correct(bar(OPEN, "101"), bar(OPEN, "102"))
    assert closes(committed_world, recorded_now()) == []


def test_prints_are_corrected_by_their_id(committed_world: World) -> None:
    def load(price: str, reason: str = "") -> None:
        rows = [Row("SPY", NOON, (Decimal(price), Decimal(5)), (trade_id, "")) for trade_id in ("A", "B")]
        load_market_data(
            actor=SETUP, kind=TRADES, source=RowSource(TRADES, rows[: 1 if reason else 2]), reason=reason
        )

    load("100")
    with pytest.raises(TradesPresent, match="row 1: duplicate"):
        load("101")
    load("99", "busted and reprinted")

    assert list(Trade.objects.order_by("trade_id").values_list("price", "version")) == [(99, 2), (100, 1)]
    assert MarketDataVersion.objects.get().trade_id == "A"


def test_a_corrections_sizes_are_kept_in_versions_and_a_file_without_them_leaves_them(
    committed_world: World,
) -> None:
    def load(*numbers: str, reason: str = "") -> None:
        source = RowSource(QUOTES, [Row("SPY", NOON, tuple(Decimal(each) for each in numbers))])
        load_market_data(actor=SETUP, kind=QUOTES, source=source, reason=reason)

    load("99", "100")
    load("99", "100", "300", "0", reason="sizes came later")
    load("99", "100", reason="nothing new")
    load("98", "100", reason="another bid")
    load("98", "100", "200", "5", reason="other sizes")

    kept = Quote.objects.get()
    assert (kept.bid, kept.bid_size, kept.ask_size, kept.version) == (98, 200, 5, 4)
    versions = [each.values for each in MarketDataVersion.objects.order_by("version")]
    assert [(each["bid"], each["bid_size"], each["ask_size"]) for each in versions] == [
        (99, None, None),
        (99, 300, 0),
        (98, 300, 0),
    ]


def test_the_command_corrects_for_a_person_with_a_reason(
    committed_world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bars.csv"
    path.write_text(FILE.format(minute=30, prices="100,101,99,100", volume=5))
    call_command("load_bars", str(path))
    path.write_text(FILE.format(minute=30, prices="100,101,99,100.5", volume=5))

    with pytest.raises(CommandError, match="SPY at 2013-10-07 13:30:00 UTC, row 1: duplicate key"):
        call_command("load_bars", str(path))
    with pytest.raises(CommandError, match="who corrects"):
        call_command("load_bars", str(path), "--correct", "vendor's notice 7")
    call_command("load_bars", str(path), "--correct", "vendor's notice 7", "--user", "trader")

    assert capsys.readouterr().out.endswith(
        "1 bars of SPY, 2013-10-07 13:30 to 2013-10-07 13:30 UTC, 1 of them corrected\n"
    )
    load = MarketDataLoad.objects.latest("id")
    assert (load.source, load.reason, load.actor) == (
        "bars.csv",
        "vendor's notice 7",
        committed_world.trader.reference,
    )
    assert len(load.sha256) == 64


def test_nobody_restates_or_removes_a_row_but_by_a_correction(
    committed_world: World, committed_database: CommittedDatabase
) -> None:
    load_bars(actor=SETUP, bars=[bar(OPEN, "100")])
    part = "execution_bar_201310"
    with committed_database.as_application() as application:
        for statement in (
            "UPDATE execution_bar SET close = close",
            "DELETE FROM execution_bar",
            "TRUNCATE execution_bar",
            f"SELECT * FROM {part}",
            f"UPDATE {part} SET close = close",
            f"ALTER TABLE execution_bar DETACH PARTITION {part}",
            "UPDATE execution_marketdataversion SET version = version",
            "UPDATE execution_marketdataload SET reason = 'other'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute(statement)  # type: ignore[call-overload]
    with psycopg.connect(
        instance().migration_database_url(committed_database.name), autocommit=True
    ) as owner:
        for statement in (f"UPDATE {part} SET close = 1", f"DELETE FROM {part}", f"TRUNCATE {part}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                owner.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("table", "month"),
    [
        ("orders_order", date(2013, 1, 1)),
        ("execution_bar", date(1969, 12, 31)),
        ("execution_bar; --", date(2013, 1, 1)),
    ],
)
def test_the_application_gets_a_month_of_market_data_and_nothing_else(
    world: World, table: str, month: date
) -> None:
    with connection.cursor() as cursor, pytest.raises(Exception, match="of market data"):
        cursor.execute("SELECT qtweb_market_data_month(%s, %s)", [table, month])


def test_a_moment_out_of_every_month_is_refused(committed_world: World) -> None:
    with pytest.raises(InvalidInput, match="no month of market data"):
        load_bars(actor=SETUP, bars=[bar(datetime(1960, 1, 4, 15, 0, tzinfo=UTC), "1")])


def test_a_key_is_never_changed(committed_world: World) -> None:
    load_bars(actor=SETUP, bars=[bar(OPEN, "100")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('qtweb.market_data_load', gen_random_uuid()::text, false)")
        with pytest.raises(ProgrammingError, match="a key is never changed"):
            cursor.execute(
                "UPDATE execution_bar SET start = start + interval '1 minute' WHERE start = %s", [OPEN]
            )
