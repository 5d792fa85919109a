"""What was stored before exposure was kept by desk and firm counts afterwards as if it had been booked by it."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from orders.kernel.ids import new_id
from qtweb.embedded.postgres import create_database, drop_database
from tests.conftest import CommittedDatabase
from tests.embedded_services import instance
from tests.world import NOON

BEFORE, AFTER = ("orders", "0004_limits"), ("orders", "0005_exposure")
D = Decimal


@pytest.fixture
def database(committed_database: CommittedDatabase) -> Iterator[str]:
    """An empty database, to which the alias of migrations points; `committed_database` lets it be reached."""
    name = f"stored_{new_id().hex[-12:]}"
    create_database(instance(), name, template="template0")
    connection = connections["migration"]
    shared = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    yield name
    connection.close()
    connection.settings_dict["NAME"] = shared
    drop_database(instance(), name)


def migrated_to(target: tuple[str, str]) -> Any:
    """The models as they are at this migration."""
    executor = MigrationExecutor(connections["migration"])
    executor.migrate([target])
    return executor.loader.project_state([target]).apps


class Stored:
    """A firm in dollars with an order in dollars and in euro, as version 0004 kept them."""

    def __init__(self, apps: Any) -> None:
        self.apps = apps
        firm = self.add("Firm", code="F", currency="USD")
        desk = self.add("Desk", code="D", firm=firm)
        self.account = self.add("Account", code="A", desk=desk, currency="USD", state="active")
        self.user = self.add("User", username="u", is_active=True)
        self.dollars = self.instrument("SPY", "USD")
        self.euros = self.instrument("SAP", "EUR")
        self.add(
            "ExchangeRate",
            base="EUR",
            quote="USD",
            rate=D("1.25"),
            market_time=NOON - timedelta(hours=1),
            recorded_at=NOON,
            source="ECB",
        )

    def add(self, model: str, **columns: Any) -> Any:
        return self.apps.get_model("orders", model).objects.using("migration").create(id=new_id(), **columns)

    def instrument(self, symbol: str, currency: str) -> Any:
        terms = {"tick_size": D("0.01"), "lot_size": D(1), "state": "active", "asset_class": "equity"}
        return self.add(
            "Instrument", symbol=symbol, isin=f"US{symbol:0>9}0", mic="ARCX", currency=currency, **terms
        )

    def order(self, instrument: Any, quantity: int, filled: int, price: int, **terms: Any) -> Any:
        name = f"o-{new_id()}"
        return self.add(
            "Order",
            account=self.account,
            instrument=instrument,
            placed_by=self.user,
            client_order_id=name,
            current_client_order_id=name,
            digest="d",
            time_in_force="day",
            quantity=quantity,
            filled_quantity=filled,
            filled_notional=filled * price,
            reserved_quantity=quantity - filled,
            instruction={"name": "direct"},
            status="partially_filled" if filled else "new",
            base_status="working",
            market_time=NOON,
            recorded_at=NOON,
            **{"side": "buy", "type": "limit", **terms},
        )

    def fill(self, order: Any, quantity: int, price: int, **terms: Any) -> Any:
        return self.add(
            "Execution",
            order=order,
            order_version=2,
            venue="SIM",
            venue_execution_id=f"x-{new_id()}",
            quantity=quantity,
            price=price,
            market_time=NOON,
            recorded_at=NOON,
            **{"kind": "trade", **terms},
        )

    def position(self, instrument: Any, **columns: Any) -> Any:
        return self.add("Position", account=self.account, instrument=instrument, **columns)


def test_stored_orders_executions_and_positions_are_filled_in(database: str) -> None:
    stored = Stored(migrated_to(BEFORE))
    bought = stored.order(stored.dollars, 100, 40, 99, limit_price=D(101))
    wrong = stored.fill(bought, 50, 98)
    stored.fill(bought, 40, 99, kind="correction", corrects=wrong)
    market = stored.order(stored.dollars, 10, 0, 0, type="market", side="sell")
    replaced = stored.order(stored.dollars, 10, 0, 0, limit_price=D(100))
    _ask_for(stored, replaced, quantity=20, limit_price=D(105))
    sold = stored.order(stored.euros, 8, 8, 200, limit_price=D(200), side="sell")
    stored.fill(sold, 8, 200)
    stored.position(
        stored.dollars, bought_quantity=40, bought_notional=3960, open_buy_quantity=80, open_sell_quantity=10
    )
    stored.position(stored.euros, sold_quantity=8, sold_notional=1600)

    apps = migrated_to(AFTER)
    orders = apps.get_model("orders", "Order").objects.using("migration")
    assert [
        tuple(orders.values_list("worst_price", "reserved_notional").get(pk=each.pk))
        for each in (bought, market, replaced, sold)
    ] == [(101, 6060), (99, 990), (100, 2100), (250, 0)]
    amounts = apps.get_model("orders", "Execution").objects.using("migration").order_by("id")
    assert list(amounts.values_list("cash_amount", flat=True)) == [-4900, -3960, 2000]
    positions = apps.get_model("orders", "Position").objects.using("migration").order_by("id")
    assert list(
        positions.values_list(
            "mark", "traded_cash", "open_buy_notional", "open_sell_notional", "worst_notional"
        )
    ) == [(99, -3960, 8160, 990, 12_120), (250, 2000, 0, 0, 2000)]
    rows = apps.get_model("orders", "Exposure").objects.using("migration")
    assert list(rows.values_list("gross_notional", "net_notional", "cash")) == [(14_120, 1960, -1960)] * 3
    _still_append_only(database)


def _ask_for(stored: Stored, order: Any, **terms: Any) -> None:
    """Let new terms of the order be asked for, and nobody have decided."""
    stored.apps.get_model("orders", "Order").objects.using("migration").filter(pk=order.pk).update(
        status="pending_replace", reserved_quantity=20
    )
    request = stored.add(
        "OrderRequest",
        order=order,
        account=stored.account,
        kind="replace",
        client_order_id="r-1",
        orig_client_order_id=order.client_order_id,
        digest="d",
        recorded_at=NOON,
    )
    stored.add("Replacement", request=request, order=order, terms_revision=2, recorded_at=NOON, **terms)


def _still_append_only(database: str) -> None:
    with (
        psycopg.connect(instance().superuser_url(database), autocommit=True) as superuser,
        pytest.raises(psycopg.Error, match="append-only"),
    ):
        superuser.execute("UPDATE orders_execution SET cash_amount = 0")
