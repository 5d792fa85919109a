"""The whole way with every process real: placed, worked on Celery, filled by the venue, booked."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from execution.selectors import slices_of
from orders.models import Order
from orders.selectors import executions_of
from tests.conftest import CommittedDatabase
from tests.execution.market import load_day, replay
from tests.execution.site import Site, wait_until
from tests.world import World


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
