"""Exchange rates are recorded by who may, all or none, and never changed."""

from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from psycopg.errors import InsufficientPrivilege

from compliance.models import Leaf
from orders import services
from orders.currencies.rates import Rate
from orders.errors import RatesFileError
from orders.kernel.errors import NotPermitted
from orders.models import ExchangeRate
from orders.permissions import RECORD_RATES
from tests.conftest import CommittedDatabase
from tests.orders.rates import record, recorder
from tests.world import NOON, World, person

HEADER = "base,quote,rate,market_time,source\n"
EURO = Rate("EUR", "USD", Decimal("1.0842"), NOON, "ECB")


def test_a_rate_is_kept_with_its_time_and_source_and_leaves_a_leaf(world: World) -> None:
    services.record_rates(actor=recorder(world), rates=[EURO])

    row = ExchangeRate.objects.get()
    assert (row.base, row.quote, row.rate, row.market_time, row.source) == (
        "EUR",
        "USD",
        Decimal("1.0842"),
        NOON,
        "ECB",
    )
    body = Leaf.events.latest("pk").body
    assert '"action":"ExchangeRatesRecorded"' in body
    assert '"pairs":["EUR/USD"]' in body


def test_who_may_not_record_rates_on_all_accounts_records_none(world: World) -> None:
    of_one_desk = person("desk.recorder", world.desk, (RECORD_RATES,))
    for actor in (world.trader, world.risk_officer, world.nobody, of_one_desk):
        with pytest.raises(NotPermitted):
            services.record_rates(actor=actor, rates=[EURO])
    assert not ExchangeRate.objects.exists()


def test_nothing_is_no_rate(world: World) -> None:
    with pytest.raises(RatesFileError):
        services.record_rates(actor=recorder(world), rates=[])


def test_a_recorded_rate_is_never_changed(
    committed_world: World, committed_database: CommittedDatabase
) -> None:
    record(committed_world, "EUR/USD", "1.08")
    with committed_database.as_application() as application:
        for statement in ("UPDATE orders_exchangerate SET rate = 2", "DELETE FROM orders_exchangerate"):
            with pytest.raises(InsufficientPrivilege):
                application.execute(statement)
    with committed_database.as_superuser() as superuser, pytest.raises(psycopg.Error, match="append-only"):
        superuser.execute("UPDATE orders_exchangerate SET rate = 2")


def test_a_file_of_rates_is_loaded_by_command(world: World, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(
        f"{HEADER}EUR,USD,1.0842,2024-03-01T14:15:00Z,ECB\nGBP,USD,1.27,2024-03-01T14:15:00Z,ECB\n"
    )
    out = StringIO()

    call_command("load_rates", file, "--user", recorder(world).name, stdout=out)

    assert out.getvalue() == "2 rates of EUR/USD, GBP/USD, 2024-03-01 14:15 to 2024-03-01 14:15 UTC\n"
    assert set(ExchangeRate.objects.values_list("market_time", flat=True)) == {
        datetime(2024, 3, 1, 14, 15, tzinfo=UTC)
    }


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", f"{HEADER}EUR,USD,1.08,2024-03-01T14:15:00Z,ECB\nx\n".encode()]
)
def test_of_a_file_with_a_wrong_line_nothing_is_loaded(world: World, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "rates.csv"
    file.write_bytes(content)

    with pytest.raises(CommandError, match="nothing was loaded:\nline "):
        call_command("load_rates", file, "--user", recorder(world).name)
    assert not ExchangeRate.objects.exists()


def test_the_command_says_who_may_not_and_what_is_not_there(world: World, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(f"{HEADER}EUR,USD,1.08,2024-03-01T14:15:00Z,ECB\n")

    with pytest.raises(CommandError, match="there is no user nemo"):
        call_command("load_rates", file, "--user", "nemo")
    with pytest.raises(CommandError, match="record_rates"):
        call_command("load_rates", file, "--user", "trader")
    with pytest.raises(CommandError, match="nothing was loaded"):
        call_command("load_rates", tmp_path / "absent.csv", "--user", recorder(world).name)
