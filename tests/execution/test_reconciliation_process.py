"""A venue in its own process that takes trades back by itself, a gateway that is killed, and one record at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from execution.models import VenueBreak, VenueOrder, VenueReport
from execution.services.reconcile import reconcile
from execution.venues.client import VenueClient
from execution.venues.protocol import CancelTrade
from orders.kernel.context import process_actor
from tests.conftest import CommittedDatabase
from tests.execution.market import load_day
from tests.execution.market import replay as replay_day
from tests.execution.services.test_trade_histories import standing_at, standing_here
from tests.execution.site import PATIENCE_S, Site, wait_until
from tests.execution.test_gateway import send
from tests.world import World

FAULTS = "seed=5,delay_ms=20,repeat=0.2,drop=0.1,bust=0.3,correct=0.3"
WORKER = process_actor("worker")


@pytest.fixture
def site(committed_database: CommittedDatabase, committed_world: World, tmp_path: Path) -> Iterator[Site]:
    load_day()
    replay_day(minutes_after_open=10, speed=60)
    site = Site(committed_database, tmp_path)
    yield site
    site.stop()


@pytest.mark.long
def test_a_venue_that_errs_and_a_gateway_that_is_killed_end_with_one_record(
    site: Site, committed_world: World
) -> None:
    site.start("venue", "gateway")
    for _ in range(8):
        send(site, committed_world.place(type="market", limit_price=None))
    site.kill("venue")
    site.let_venue_misbehave(FAULTS)
    site.start("venue")
    wait_until(lambda: bool(site.record.trade_changes()), "the venue has erred")
    site.kill("gateway")
    venue = VenueClient("127.0.0.1", site.port, PATIENCE_S)
    wait_until(lambda: not site.record.open_orders(), "the venue has filled all")
    [(execution_id, _, _), *_] = sorted(standing_at(site.record))
    site.kill("venue")
    site.let_venue_misbehave("")
    site.start("venue")
    venue.change_trade(CancelTrade(execution_id, "clearly_erroneous"))

    # What the bust opened is filled anew at the venue's own time, which may be in the midst of a comparison.
    wait_until(lambda: _agrees(site, venue), "the records agree without a gateway")
    site.start("gateway")
    wait_until(lambda: not VenueOrder.objects.exclude(status="filled").exists(), "all is filled again")

    wait_until(lambda: not VenueReport.objects.filter(applied_at=None).exists(), "all reports are applied")
    assert standing_here() == standing_at(site.record)
    reconcile(actor=WORKER, code="SIM", venue=venue)
    assert not VenueBreak.objects.exists()
    assert not VenueOrder.objects.filter(reconciled_at=None).exists()


def _agrees(site: Site, venue: VenueClient) -> bool:
    """Reconcile, and tell whether both records say the same then."""
    reconcile(actor=WORKER, code="SIM", venue=venue)
    return standing_here() == standing_at(site.record)
