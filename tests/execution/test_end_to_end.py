"""The whole way with every process real: placed, worked on Celery, filled by the venue, booked."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from execution.market_data.quotes import Quote
from execution.market_data.trades import Trade
from execution.models import VenueReport
from execution.selectors import slices_of, venue_orders_of
from execution.services.market_data import load_quotes, load_trades
from orders import services
from orders.models import Order
from orders.selectors import executions_of
from tests.conftest import CommittedDatabase
from tests.execution.market import load_day, replay, session
from tests.execution.site import Site, wait_until
from tests.world import SETUP, World


@pytest.fixture
def site(committed_database: CommittedDatabase, tmp_path: Path) -> Iterator[Site]:
    site = Site(committed_database, tmp_path)
    yield site
    site.stop()


def test_a_market_order_is_filled_by_the_venue_through_every_process(
    site: Site, committed_world: World
) -> None:
    load_day()
    replay(minutes_after_open=10, speed=120)
    site.start("venue", "gateway", "worker", "beat")
    order = committed_world.place(type="market", limit_price=None, quantity="500")

    wait_until(lambda: Order.objects.get(pk=order.pk).status == "filled", "the order is filled")

    assert sum(execution.quantity for execution in executions_of(order)) == Decimal(500)
    assert [worked.slice.state for worked in slices_of(order)] == ["sent"]
    assert sum(site.record.filled_quantities().values()) == Decimal(500)


@pytest.mark.long
def test_orders_are_filled_by_the_ticks_that_are_loaded_for_their_session_and_else_by_bars(
    site: Site, committed_world: World
) -> None:
    load_day()
    services.register_instrument(
        actor=SETUP,
        symbol="IBM",
        isin="US4592001014",
        mic="XNYS",
        currency="USD",
        tick_size=Decimal("0.01"),
        lot_size=Decimal(1),
    )
    load_day("IBM")
    opened = session().open
    size, price = Decimal(700), Decimal("101.37")
    load_quotes(actor=SETUP, quotes=[Quote("SPY", opened, Decimal("101.35"), price, size, size)])
    load_trades(actor=SETUP, trades=[Trade("SPY", opened, price, size, "X1")])
    replay(minutes_after_open=10, speed=120)
    site.start("venue", "gateway", "worker", "beat")
    orders = {
        symbol: committed_world.place(symbol=symbol, type="market", limit_price=None, quantity="500")
        for symbol in ("SPY", "IBM")
    }

    wait_until(lambda: Order.objects.filter(status="filled").count() == 2, "both orders are filled")

    assert {execution.price for execution in executions_of(orders["SPY"])} == {price}
    models = {}
    for symbol, order in orders.items():
        (sent,) = venue_orders_of(order)
        fills = VenueReport.objects.filter(client_order_id=sent.pk, kind="filled")
        models[symbol] = {fill.body["model"] for fill in fills}
    assert models == {"SPY": {"tick"}, "IBM": {"bar"}}
