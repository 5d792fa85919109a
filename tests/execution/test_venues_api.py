"""What the API tells of venues and of where a slice went, while orders are worked."""

from datetime import UTC, datetime
from pathlib import Path

from rest_framework.test import APIClient

from orders import services
from tests.execution.replay import Replay
from tests.execution.routes import Router, register
from tests.orders.api.conftest import client_of
from tests.world import SETUP, World


def test_what_is_live_at_a_venue_is_counted_for_who_may_see_the_orders(world: World, replay: Replay) -> None:
    replay.work(world.place(limit_price="99"), minutes=1)

    def seen(who: APIClient) -> tuple[int, int | None]:
        [sim] = who.get("/api/v1/venues").json()["items"]
        return sim["live_orders"], sim["reports"]

    assert (seen(client_of(world.trader)), seen(client_of(world.stranger))) == ((1, None), (0, None))
    assert seen(client_of(world.auditor)) == (1, 1), "the whole house's are the operations'"


def test_a_slice_tells_its_venue_the_rule_and_who_did_not_take_it(
    world: World, replay: Replay, tmp_path: Path
) -> None:
    register("MTF", calendar="XTKS")
    mtf = Replay(tmp_path, minutes_after_open=10, code="MTF")
    replay.others.append(mtf)
    Router(world).rule()
    order = replay.work(world.place())

    [sent] = client_of(world.trader).get(f"/api/v1/orders/{order.pk}/slices").json()["items"]

    told = {name: sent["venue_order"][name] for name in ("venue", "routing_rule", "passed_over")}
    passed_over = [{"venue": "MTF", "why": "closed"}]
    assert told == {"venue": "SIM", "routing_rule": "blocks", "passed_over": passed_over}
    mtf.close()


def test_a_venue_at_lunch_is_not_open_as_routing_has_it(world: World) -> None:
    register("MTF", calendar="XHKG")
    lunch = datetime(2013, 10, 7, 4, 30, tzinfo=UTC)
    services.set_market_clock(actor=SETUP, anchor=lunch, paused=True)

    mtf, _sim = client_of(world.trader).get("/api/v1/venues").json()["items"]

    assert (mtf["is_open"], mtf["session_opens_at"]) == (False, "2013-10-07T01:30:00Z")
